"""Functions that others update at the same time: the clock waits for them, and names those that it could not change."""

from collections.abc import Sequence
from typing import Any

import pytest

from paysandbox.clock.function_clocks import FunctionClocks, NotUpdatedError, OvertakenError, set_offsets

OFFSET = "PAYSANDBOX_CLOCK_OFFSET"


def function(offset: str, status: str = "Successful", **more: str) -> dict[str, Any]:
    return {"Environment": {"Variables": {OFFSET: offset}}, "LastUpdateStatus": status, "RevisionId": "1", **more}


class Lambda:
    """AWS Lambda, with one function: what it says each time that its configuration is read, the last one for ever."""

    def __init__(self, *said: dict[str, Any]) -> None:
        self.said, self.changes = [*said], list[str]()

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]

    def update_function_configuration(self, *, Environment: dict[str, Any], **_: Any) -> None:  # noqa: N803 - boto3's words
        self.changes.append(Environment["Variables"][OFFSET])


def move(service: Lambda, *, patience_ms: int = 1_000) -> dict[str, Exception]:
    clocks: Any = {"client": service, "prefix": "", "variable": OFFSET, "patience_ms": patience_ms, "pause_ms": 0}
    return set_offsets(FunctionClocks(**clocks), ["pay"], 60)


UNDER_WAY = function("0", "InProgress")


@pytest.mark.parametrize(
    "said",
    [
        [function("0"), function("60")],
        [UNDER_WAY, UNDER_WAY, function("0"), function("60")],
        [function("0"), function("60", "InProgress"), function("60")],
    ],
    ids=["at once", "after another update", "after a moment"],
)
def test_a_function_is_changed_once(said: Sequence[dict[str, Any]]) -> None:
    service = Lambda(*said)
    assert (move(service), service.changes) == ({}, ["60"])


def test_a_function_with_the_offset_is_not_changed() -> None:
    service = Lambda(function("60"))
    assert (move(service), service.changes) == ({}, [])


@pytest.mark.parametrize(
    "said, error, reason",
    [
        ([UNDER_WAY], NotUpdatedError, "another update of it did not finish"),
        ([function("0"), function("60", "InProgress")], NotUpdatedError, "another update of it did not finish"),
        ([function("0"), function("0", "Failed", LastUpdateStatusReason="no memory")], NotUpdatedError, "no memory"),
        ([function("0"), function("7")], OvertakenError, "another caller changed it at the same time"),
    ],
    ids=["never ends", "never begins", "fails", "is overtaken"],
)
def test_a_function_that_is_not_changed_is_named(
    said: Sequence[dict[str, Any]], error: type[Exception], reason: str
) -> None:
    [(name, found)] = move(Lambda(*said), patience_ms=5).items()
    assert (name, type(found), str(found)) == ("pay", error, reason)
