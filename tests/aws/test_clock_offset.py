"""The offset of the clock as functions read it: kept for a moment, then read again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.aws import clock_offset
from paysandbox.aws.clock_offset import current_offset

WALL = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Table:
    """A client of one item, which counts its reads."""

    def __init__(self) -> None:
        self.offset_s: int | None = None
        self.reads = 0

    def get_item(self, **request: Any) -> Any:
        assert request["ConsistentRead"] is True
        self.reads += 1
        return {} if self.offset_s is None else {"Item": {"offset_s": {"N": str(self.offset_s)}}}


@pytest.fixture
def table() -> Any:
    clock_offset.forget()
    yield Table()
    clock_offset.forget()


@pytest.mark.parametrize(
    "later_ms, reads, offset_s",
    [
        (0, 1, 0),
        (249, 1, 0),
        (250, 2, 60),
        (86_400_000, 2, 60),
        (-1, 2, 60),  # the wall clock was set back
    ],
)
def test_an_offset_is_kept_for_a_moment(table: Any, later_ms: int, reads: int, offset_s: int) -> None:
    assert current_offset(table, "settings", WALL) == 0
    table.offset_s = 60
    assert current_offset(table, "settings", WALL + timedelta(milliseconds=later_ms)) == offset_s
    assert table.reads == reads


def test_a_failed_read_is_no_time(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(table, "get_item", fails)
    with pytest.raises(TimeoutError):
        current_offset(table, "settings", WALL)
