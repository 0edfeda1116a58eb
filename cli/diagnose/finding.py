"""A result of `paysandbox doctor`, and how checks are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from cli.terminal.failure import Failure, from_exception

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Finding:
    """The result of one check; for a problem, why it matters and how to fix it."""

    check: str
    ok: bool
    what: str
    why: str = ""
    advice: str = ""


def run_checks(checks: Iterable[Callable[[Subject], Iterator[Finding]]], subject: Subject) -> list[Finding]:
    """Run checks. An error in one is a problem of its own, and the others run."""
    return [finding for check in checks for finding in _carefully(check, subject)]


def _carefully(check: Callable[[Subject], Iterator[Finding]], subject: Subject) -> Iterator[Finding]:
    try:
        yield from check(subject)
    except Exception as error:  # noqa: BLE001 - the other checks run all the same
        failure = from_exception(error) or Failure(f"{type(error).__name__}: {error}")
        name = check.__name__.removeprefix("check_").replace("_", " ")
        yield Finding(name, ok=False, what=failure.message, why="The check could not run.", advice=failure.advice)
