"""Records of a table's stream: removed when every reader has read them, and saved until then."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.state.stream_records import UNREAD, discard_read_records, keep_streams

SCOPE: tuple[str, str] = ("000000000000", "us-east-1")
STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/2030-01-07T10:00:00.000"


class Scoped:
    """ministack's dictionary by account and Region."""

    def __init__(self, **values: Any) -> None:
        self._data = {(*SCOPE, name): value for name, value in values.items()}

    def get_scoped(self, account: str, region: str, name: str, default: Any = None) -> Any:
        return self._data.get((account, region, name), default)

    def set_scoped(self, account: str, region: str, name: str, value: Any) -> None:
        self._data[account, region, name] = value


class Engine:
    """The streams and readers of ministack, of which each reader is at a position."""

    def __init__(self, readers: dict[str, str], positions: dict[str, int]) -> None:
        self.tables = SimpleNamespace(
            _stream_records=Scoped(Ledger=[*"abcdef"], Other=[*"xyz"]),
            _stream_trimmed=Scoped(Ledger=10),
            get_state=dict,
            load_persisted_state=lambda _: None,
        )
        sources = {name: {"EventSourceArn": STREAM.format(table)} for name, table in readers.items()}
        self.readers = SimpleNamespace(
            _esms=Scoped(**sources, queue={"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:queue"}),
            _dynamodb_stream_positions=Scoped(**positions),
            _dynamodb_stream_positions_lock=threading.Lock(),
            _poll_dynamodb_streams=lambda: False,
            load_persisted_state=lambda _: None,
        )
        viewed = view("dynamodb", self.tables), view("lambda_svc", self.readers)
        keep_streams(*viewed)
        discard_read_records(*viewed)

    def left(self, table: str) -> tuple[str, int]:
        """Return the records that are left, and the position of the first."""
        of = (*SCOPE, table)
        return "".join(self.tables._stream_records.get_scoped(*of)), self.tables._stream_trimmed.get_scoped(*of, 0)

    def unread(self, table: str) -> str:
        return "".join(self.tables.get_state()[UNREAD].get_scoped(*SCOPE, table))


@pytest.mark.parametrize(
    "readers, positions, left",
    [
        ({"one": "Ledger"}, {"one": 12}, ("cdef", 12)),
        ({"one": "Ledger"}, {"one": 16}, ("", 16)),
        ({"one": "Ledger", "two": "Ledger"}, {"one": 16, "two": 13}, ("def", 13)),
        ({"one": "Ledger", "two": "Ledger"}, {"one": 16}, ("abcdef", 10)),  # the other one has read nothing yet
        ({"one": "Other"}, {"one": 1}, ("abcdef", 10)),  # nobody reads it
        ({"one": "Ledger"}, {"one": 4}, ("abcdef", 10)),  # behind what is left
    ],
)
def test_records_that_every_reader_has_read_are_removed(
    readers: dict[str, str], positions: dict[str, int], left: tuple[str, int]
) -> None:
    engine = Engine(readers, positions)
    before = engine.unread("Ledger")
    polled: Callable[[], bool] = engine.readers._poll_dynamodb_streams
    for _ in range(2):
        assert polled() is False
        assert engine.left("Ledger") == left
        assert engine.unread("Ledger") == before, "the same is saved as without"
    assert engine.left("Other") == (("yz", 1) if "Other" in readers.values() else ("xyz", 0))
