"""A listener's output that cannot be written: a reader that is gone ends it cleanly, and anything else is an error."""

import errno
import sys
from datetime import UTC, datetime
from io import StringIO

import pytest

from cli.webhooks.listener import ReceivedDelivery
from cli.webhooks.listener_lines import Lines

DELIVERY = ReceivedDelivery(datetime(2030, 1, 7, tzinfo=UTC), "evt_x", "payment_captured", 1, {})


class Broken(StringIO):
    """A stream of which each write fails."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _: str) -> int:
        raise OSError(self.number, "no")


@pytest.mark.parametrize(
    "number, as_json, is_error",
    [(errno.EPIPE, True, False), (errno.EIO, False, False), (errno.ENOSPC, True, True), (errno.EFBIG, False, True)],
)
def test_only_a_reader_that_is_gone_is_no_error(
    number: int, is_error: bool, as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(number))
    gone: list[bool] = []
    lines = Lines(as_json=as_json, gone=lambda: gone.append(True))
    lines.show(DELIVERY)
    lines.show(DELIVERY)
    assert (gone, lines.error is not None) == ([True], is_error)
