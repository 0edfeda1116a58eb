"""A suite of checks, which are functions of a client. The first line of a check's docstring is its name.

    def void(shop: Shop) -> None:
        \"\"\"A void releases an authorization, which is then not captured.\"\"\"
        payment = shop.authorize("order 7")
        voided = shop.send(VOID_PAYMENT, "cancel 7", {"auth_id": payment["auth_id"]})
        assert voided.has({"status": "completed"}), "the authorization is voided"

The message of an `assert` is what was expected. A check ends at the first that fails, and the next check runs. Nothing
is retried, since a user would see the failure too, but a 502 `upstream_error` and the 429 of a rate limit, as the
documents advise (`client.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx

from cli.terminal.failure import from_exception
from cli.verification.client import Client
from cli.verification.response import Comparison, NotRun

Check = Callable[[Any], None]


class Outcome(Enum):
    """The outcome of a check. A check that needs a missing credential or configuration does not run."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Finding:
    """The result of a check; `expected` and `seen` are of its last response. `differences` are sentences.

    `repeats` is how often a request was repeated that no function had answered.
    """

    chapter: str
    name: str
    outcome: Outcome
    expected: str
    seen: str
    took_ms: float
    differences: tuple[str, ...] = ()
    request_id: str | None = None
    repeats: int = 0


@dataclass(frozen=True)
class Suite:
    """Checks in order, as one merchant that is named after the run and the suite. Suites may run in parallel."""

    name: str
    client: type[Client]
    checks: tuple[Check, ...]

    def findings(self, client: Client, began: Callable[[str], None] = lambda _: None) -> Iterator[Finding]:
        """Run the checks. `began` is called with the name of each before it runs. Raises Stopped."""
        for check in self.checks:
            began(name_of(check))
            yield _finding(self.name, check, client)


def name_of(check: Check) -> str:
    """Return the first line of a check's docstring, without its period."""
    return (check.__doc__ or check.__name__).partition("\n")[0].removesuffix(".")


def _finding(chapter: str, check: Check, client: Client) -> Finding:
    client.last, started, repeats = Comparison(), time.monotonic(), client.repeats

    def finding(outcome: Outcome, expected: str, seen: str, *differences: str) -> Finding:
        took_ms, request_id = (time.monotonic() - started) * 1000, client.last.request_id
        return Finding(
            chapter,
            name_of(check),
            outcome,
            expected,
            seen,
            took_ms,
            differences,
            request_id,
            client.repeats - repeats,
        )

    try:
        check(client)
    except NotRun as reason:
        return finding(Outcome.NOT_TRIED, "", f"not run: {reason}")
    except AssertionError as failed:
        expected, differences = str(failed), client.last.differences or (f"it is not so that {failed}",)
        expected = f"{expected}: {client.last.expected}" if client.last.differences else expected
        return finding(Outcome.FAILED, expected, client.last.seen, *differences)
    except httpx.RequestError as error:
        seen = f"no response: {type(error).__name__}: {error}"
        return finding(Outcome.FAILED, client.last.expected, seen, seen)
    except Exception as error:
        failure = from_exception(error)
        if failure is None:
            raise
        return finding(Outcome.FAILED, "AWS accepts the call", failure.message, failure.message)
    return finding(Outcome.PASSED, client.last.expected, client.last.seen)
