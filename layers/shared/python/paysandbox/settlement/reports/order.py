# pyright: standard
"""External merge sort of entries into report order: runs are sorted, stored on disk and merged when read.

The table sorts entries by payment id, which is unrelated to time. A run is an unnamed temporary file, which disappears
with its process. Less than one full run stays in memory.
"""

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Final

from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.brand import Brand
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.settlement import Entry

RUN: Final = 10_000
"""Entries per run: about 3 MB as lines. A Lambda function may open about 1,000 files, which is 10,000,000 entries."""


class OrderedEntries:
    """Entries by time, then by id (`settlement.in_order`). Can be iterated repeatedly, but not concurrently."""

    def __init__(self, runs: Sequence[list[bytes] | IO[bytes]]) -> None:
        self._runs = runs

    def __iter__(self) -> Iterator[Entry]:
        for run in self._runs:
            if not isinstance(run, list):
                run.seek(0)
        return map(_entry, heapq.merge(*self._runs))


@contextmanager
def ordered(entries: Iterable[Entry]) -> Iterator[OrderedEntries]:
    """Sort the entries. The result is valid within the context."""
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
    """Serialize an entry as a line for a run.

    Lines sort like entries: the timestamp comes first and has a fixed width, followed by the id, and the quote after
    the id sorts before every character of an id.
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
        entry.planted,
    )
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entry(text: bytes) -> Entry:
    at, operation_id, batch, merchant, currency, payment_id, kind, gross, fee, brand, last4, reference, *rest = (
        json.loads(text)
    )
    late, planted = rest
    return Entry(
        batch=batch,
        merchant=merchant,
        currency=currency,
        operation_id=operation_id,
        payment_id=payment_id,
        kind=LineKind(kind),
        occurred_at=parse_timestamp(at),
        gross=gross,
        fee=fee,
        brand=Brand(brand),
        last4=last4,
        reference=reference,
        late=late,
        planted=BreakType(planted) if planted else None,
    )
