"""Every line of docs/how-to/simulation.md works as the page says: the program calls the handlers.

tests/e2e/payments/test_simulation_guide.py runs the first line of each kind on the deployed sandbox.
"""

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from urllib.parse import unquote

import pytest

from api_reference.routes import ROUTES
from paysandbox.http.route import Route
from tests.support.builders import build
from tests.support.clients.call import send
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.simulation_guide import lines

LINES = [*lines()]


def route_of(request: Request) -> tuple[Route, dict[str, str]]:
    """Return the route of a request, and the values in its path."""
    for route in sorted(ROUTES, key=lambda route: "{" in route.path):
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path)
        if route.method == request.method and (match := re.fullmatch(pattern, request.path)):
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    raise AssertionError(f"no route for {request.method} {request.path}")


@pytest.fixture
def base_url() -> Iterator[str]:
    """Provide the URL of a port that answers as API Gateway does, with the handlers of this process."""

    def answer(request: Request) -> Reply:
        route, path = route_of(request)
        # The program waits, and its output shall have none of the handlers' log lines.
        with redirect_stdout(StringIO()):
            reply = send(
                route,
                path=path,
                query=request.query,
                body=request.body,
                key=request.headers.get("x-idempotency-key"),
                api_key=request.headers["x-api-key"],
                headers={name: value for name, value in request.headers.items() if name.startswith("x-sandbox-")},
            )
        return Reply(reply.status, reply.json, {"Content-Type": reply.headers["Content-Type"]})

    with served(answer) as wire:
        yield wire.base_url


def test_there_are_forty() -> None:
    assert len(LINES) >= 40
    assert len({line.purpose for line in LINES}) == len(LINES)


@pytest.mark.full
def test_lines_work_as_written(base_url: str, subtests: pytest.Subtests) -> None:
    def run(words: list[str]) -> str:
        done = paysandbox(
            *words, "--json", "--base-url", base_url, *KEY_FROM_STDIN, piped=f"{build.api_key(build.MERCHANT)}\n"
        )
        assert done.exit_code in {0, 1}, done.stderr
        return done.stdout if done.exit_code == 0 else done.stderr

    for line in LINES:
        if not line.needs_more_than_handlers:
            with subtests.test(line.purpose):
                line.check(run)
