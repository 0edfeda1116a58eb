"""The output of a listener: a line per delivery on stdout, everything else on stderr.

If stdout is closed, as by `head` or a closed terminal, the listener stops cleanly. Any other error of it, such as a
full disk, ends the command.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from typing import Any, Final

from cli.terminal.console import Text, answers, stderr_console
from cli.terminal.output import discard_output, print_json
from cli.webhooks.listener import ReceivedDelivery

_READER_GONE: Final = frozenset({errno.EPIPE, errno.EIO, errno.EBADF})
"""A closed pipe, a closed terminal, a closed descriptor."""

_TYPE_WIDTH: Final = len("settlement_completed")


class Lines:
    """Thread-safe output of whole lines. `gone` is called when stdout cannot be written any more.

    `error` is the reason, or None if its reader is gone.
    """

    def __init__(self, *, as_json: bool, gone: Callable[[], None]) -> None:
        self._as_json, self._gone = as_json, gone
        self._answers, self._stderr = answers(), stderr_console()
        self._one_at_a_time = threading.Lock()
        self._read = True
        self.error: Exception | None = None

    def show(self, delivery: ReceivedDelivery) -> None:
        """Print a delivery."""
        with self._one_at_a_time:
            if not self._read:
                return
            try:
                if self._as_json:
                    print_json(_facts(delivery))
                else:
                    self._answers.print(_line(delivery))
            except (OSError, ValueError, SystemExit) as error:  # rich exits the program by itself on a broken pipe
                self._read = False
                self.error = error if isinstance(error, OSError) and error.errno not in _READER_GONE else None
                discard_output()
                self._gone()

    def note(self, sentence: str) -> None:
        """Print a note on stderr."""
        with self._one_at_a_time:
            self._stderr.print(Text(sentence), soft_wrap=True)


def _line(delivery: ReceivedDelivery) -> Text:
    line = Text(f"{delivery.at:%H:%M:%S}Z  ", style="dim")
    line.append(f"{delivery.event_type:{_TYPE_WIDTH}}  ", style="not dim bold")
    line.append(f"{delivery.event_id}  ", style="not dim")
    if delivery.fault is None:
        line.append("✓ verified", style="not dim green")
    else:
        line.append(f"✗ {delivery.fault}", style="not dim bold red")
    if delivery.forwarded is not None:
        line.append("  → ")
        line.append(_outcome(delivery), style=f"not dim {_style(delivery)}")
        line.append(f"  {delivery.forwarded.took_ms} ms")
    if delivery.attempt > 1:
        line.append(f"  attempt {delivery.attempt}")
    return line


def _outcome(delivery: ReceivedDelivery) -> str:
    forwarded = delivery.forwarded
    if forwarded is None:
        raise AssertionError("nothing was forwarded")
    return forwarded.trouble or str(forwarded.returned.status)


def _style(delivery: ReceivedDelivery) -> str:
    forwarded = delivery.forwarded
    return "green" if forwarded is not None and 200 <= forwarded.returned.status <= 299 else "bold red"


def _facts(delivery: ReceivedDelivery) -> dict[str, Any]:
    forwarded = delivery.forwarded
    return {
        "at": delivery.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "type": delivery.event_type,
        "id": delivery.event_id,
        "attempt": delivery.attempt,
        "verified": delivery.fault is None,
        "fault": delivery.fault,
        "forwarded": None
        if forwarded is None
        else {
            "status": None if forwarded.trouble else forwarded.returned.status,
            "error": forwarded.trouble,
            "latency_ms": forwarded.took_ms,
        },
        "event": delivery.event,
    }
