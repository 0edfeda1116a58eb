"""What functions read of their environment: kept for a moment, then read again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.aws import environment_item
from paysandbox.aws.environment_item import EnvironmentItem, current_environment, environment_in

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
    environment_item.forget()
    yield Table()
    environment_item.forget()


@pytest.mark.parametrize(
    "later_ms, reads, offset_s",
    [
        (0, 1, None),
        (249, 1, None),
        (250, 2, 60),
        (86_400_000, 2, 60),
        (-1, 2, 60),  # the wall clock was set back
    ],
)
def test_the_item_is_kept_for_a_moment(table: Any, later_ms: int, reads: int, offset_s: int | None) -> None:
    assert current_environment(table, "settings", WALL).offset_s is None
    table.offset_s = 60
    assert current_environment(table, "settings", WALL + timedelta(milliseconds=later_ms)).offset_s == offset_s
    assert table.reads == reads


def test_a_failed_read_is_no_time(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(table, "get_item", fails)
    with pytest.raises(TimeoutError):
        current_environment(table, "settings", WALL)


@pytest.mark.parametrize(
    "item, expected",
    [
        ({}, EnvironmentItem()),
        ({"offset_s": {"N": "60"}, "moved_at": {"S": "2026-11-26T12:00:00Z"}}, EnvironmentItem(60)),
        ({"faults:demo": {"N": "1795000000000"}}, EnvironmentItem(None, {"demo": 1_795_000_000_000})),
    ],
)
def test_the_item_has_an_offset_and_the_ends_of_faults(item: Any, expected: EnvironmentItem) -> None:
    read = environment_in(item)
    assert (read.offset_s, read.faults_until_ms) == (expected.offset_s, expected.faults_until_ms)
