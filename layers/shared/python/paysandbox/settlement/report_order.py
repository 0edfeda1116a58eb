# pyright: standard
"""The order of reports, of more entries than memory holds: sorted a run at a time, on disk, and merged when read.

A table has entries by payment, and payments' ids say nothing of time. A run is a file without a name, which is gone
with its process; what fits into one run never leaves memory.
"""

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Final

from paysandbox.core.brand import Brand
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.settlement.settlement import Entry, Kind

RUN: Final = 10_000
"""Entries in memory at once: some 3 MB as lines. A function may have a thousand files open, which is 10,000,000."""


class OrderedEntries:
    """Entries by time and then by id (`settlement.in_order`), gone through as often as one likes, once at a time."""

    def __init__(self, runs: Sequence[list[bytes] | IO[bytes]]) -> None:
        self._runs = runs

    def __iter__(self) -> Iterator[Entry]:
        for run in self._runs:
            if not isinstance(run, list):
                run.seek(0)
        return map(_entry, heapq.merge(*self._runs))


@contextmanager
def ordered(entries: Iterable[Entry]) -> Iterator[OrderedEntries]:
    """These entries in order, as long as the context lasts."""
    with ExitStack() as files:
        lines, runs = map(line, entries), list[list[bytes] | IO[bytes]]()
        while lot := sorted(islice(lines, RUN)):
            if len(lot) < RUN:
                runs.append(lot)
                break
            file = files.enter_context(TemporaryFile())
            file.writelines(lot)
            runs.append(file)
        yield OrderedEntries(runs)


def line(entry: Entry) -> bytes:
    """An entry as it lies on disk.

    Lines are in the order of entries: the instant comes first and is of fixed width, then the id, and the quote behind
    it is less than any character of one.
    """
    facts = (
        format_timestamp(entry.occurred_at),
        entry.operation_id,
        entry.batch,
        entry.merchant,
        entry.currency,
        entry.payment_id,
        entry.kind,
        entry.gross,
        entry.fee,
        entry.brand,
        entry.last4,
        entry.reference,
        entry.late,
    )
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entry(text: bytes) -> Entry:
    at, operation_id, batch, merchant, currency, payment_id, kind, gross, fee, brand, last4, reference, late = (
        json.loads(text)
    )
    return Entry(
        batch=batch,
        merchant=merchant,
        currency=currency,
        operation_id=operation_id,
        payment_id=payment_id,
        kind=Kind(kind),
        occurred_at=parse_timestamp(at),
        gross=gross,
        fee=fee,
        brand=Brand(brand),
        last4=last4,
        reference=reference,
        late=late,
    )
