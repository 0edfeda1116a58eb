"""A plugin of pytest that records what the functions' handlers ask of AWS while tests call them.

    python -m pytest -p tests.infra.iam.recording --recorded-calls=calls.json tests/settlement/workers

Each call is recorded for the function whose handler makes it, with the names of the variables by which it found the
resource. What a test does itself, in the midst of a call or of none, is not recorded.
"""

import functools
import importlib
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from botocore import signers
from botocore.client import BaseClient

from api_reference.routes import ROUTES
from paysandbox.http.route import HANDLER
from paysandbox.stripe_api.routes import DEPLOYED, ROUTES as V1_ROUTES
from tests.infra.iam.aws_requests import AwsRequest, requests_of
from tests.support.builders import build
from tests.support.worlds import tables

LAMBDAS: Final = Path(__file__).resolve().parents[3] / "lambdas"

_ROUTES: Final[Mapping[tuple[str, str], list[Any]]] = {
    (route.method, route.path): [
        one for one in (*ROUTES, *DEPLOYED) if (one.method, one.path) == (route.method, route.path)
    ]
    for route in (*ROUTES, *DEPLOYED)
}

_VARYING: Final = re.compile(r"(?<=[_#/])[A-Za-z0-9]{8,}|\d+")
"""What differs between two keys of one kind."""


class Recorder:
    """The requests so far. Of those that differ in keys of one kind, the first is kept."""

    def __init__(self) -> None:
        self.requests: dict[str, dict[str, Any]] = {}
        self._own = threading.local()
        self._running: list[str] = []

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Record the calls of this thread, and of those that it waits for, for a function."""
        stack, inside = self._stack(), self._inside()
        self._own.stack, self._own.inside = [*stack, function], False
        self._running.append(function)
        try:
            yield
        finally:
            self._running.remove(function)
            self._own.stack, self._own.inside = stack, inside

    def note(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Record a call if a handler makes it."""
        function = self._function()
        if function is not None and not self._inside():
            for request in requests_of(service, operation, parameters):
                self._keep(function, request)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Record no call of this thread meanwhile: a test that replaces a call's delivery makes it."""
        inside = self._inside()
        self._own.inside = True
        try:
            yield
        finally:
            self._own.inside = inside

    def _keep(self, function: str, request: AwsRequest) -> None:
        name = request.target[1]
        variables = sorted({key for key, value in _settings() if value == name or value.endswith(f"/{name}")})
        kept = {
            "function": function,
            "action": request.action,
            "target": request.target,
            "context": request.context,
            "variables": variables,
        }
        leading = _VARYING.sub("", json.dumps(request.context.get("dynamodb:LeadingKeys")))
        alike = {**kept, "context": {**request.context, "dynamodb:LeadingKeys": leading}}
        self.requests.setdefault(json.dumps(alike), kept)

    def _stack(self) -> list[str]:
        return getattr(self._own, "stack", [])

    def _inside(self) -> bool:
        return getattr(self._own, "inside", False)

    def _function(self) -> str | None:
        if stack := self._stack():
            return stack[-1]
        # A thread of a pool, which works for the one function that runs.
        return self._running[0] if len({*self._running}) == 1 else None


def _settings() -> Iterator[tuple[str, str]]:
    """Yield this function's variables, and those of a test's world, which may be gone while the function goes on."""
    yield from os.environ.items()
    yield from _settings_of_a_world().items()


@functools.cache
def _settings_of_a_world() -> Mapping[str, str]:
    """Return the variables once: to write them anew takes as long as to answer a call."""
    return build.function_environment(ledger_table=tables.TABLE)


def _function_of(module: str, event: Any) -> str:
    """Return the name of the function: that of the event's route, or of the worker's module."""
    if isinstance(event, Mapping) and "httpMethod" in event:
        routes = _ROUTES.get((event["httpMethod"], event["resource"]), [])
        routes = [route for route in routes if route.module == module] or routes
        if routes:
            return routes[0].function_name
    return module.rpartition(".")[2]


def _record_handlers(recorder: Recorder) -> None:
    entry_points = {route.entry_point for route in (*ROUTES, *V1_ROUTES)}
    for file in LAMBDAS.glob("*/**/*.py"):
        if "def handler(" in (text := file.read_text()) or "\nhandler" in text:
            entry_points.add((".".join(file.relative_to(LAMBDAS).with_suffix("").parts), HANDLER))
    for name, handler in sorted(entry_points):
        module = importlib.import_module(name)
        setattr(module, handler, _recorded(recorder, name, getattr(module, handler)))


def _recorded(recorder: Recorder, module: str, handler: Any) -> Any:
    @functools.wraps(handler)
    def run(event: Any, context: Any) -> Any:
        with recorder.running(_function_of(module, event)):
            return handler(event, context)

    return run


def _record_calls(recorder: Recorder) -> None:
    make: Any = BaseClient._make_api_call  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
    presign = signers.generate_presigned_url

    def make_api_call(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
        recorder.note(client.meta.service_model.service_name, operation, parameters)
        with recorder.call():
            return make(client, operation, parameters)

    def generate_presigned_url(client: Any, ClientMethod: str, Params: Any = None, **options: Any) -> Any:  # noqa: N803 - botocore's
        operation = client.meta.method_to_api_mapping[ClientMethod]
        recorder.note(client.meta.service_model.service_name, operation, Params)
        return presign(client, ClientMethod, Params, **options)

    BaseClient._make_api_call = make_api_call  # pyright: ignore[reportAttributeAccessIssue] - the same
    signers.generate_presigned_url = generate_presigned_url


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file into which the record is written."""
    parser.addoption("--recorded-calls", required=True)


@pytest.hookimpl
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Record from before a test is imported, since tests import handlers by name."""
    recorder = Recorder()
    early_config.stash[_RECORDER] = recorder
    _record_calls(recorder)
    _record_handlers(recorder)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the record."""
    file: Any = session.config.getoption("--recorded-calls")
    Path(file).write_text(json.dumps([*session.config.stash[_RECORDER].requests.values()], indent=1))


_RECORDER: Final = pytest.StashKey[Recorder]()
