"""Close windows: freeze their files, and write them. The simulated bank takes each at once.

A window is closed after its cut-off, the first one first. Each step may be repeated: a frozen file has the same entries
each time, and so the same bytes.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from paysandbox.core.timestamps import format_timestamp
from paysandbox.disbursements.ach.credit_file import Credit, credit_file
from paysandbox.disbursements.ach.file_name import MAX_PARTS, OUT, FileName
from paysandbox.disbursements.ach.files import BANK, IN
from paysandbox.disbursements.ach.nacha_file import write_file
from paysandbox.disbursements.ach.rail import AchRail
from paysandbox.disbursements.ach.sealed_destination import open_destination
from paysandbox.disbursements.ach.simulated_bank import answers_to
from paysandbox.disbursements.ach.window_items import (
    Collection,
    freeze,
    last_closed,
    note_closed,
    note_written,
)
from paysandbox.disbursements.ach.windows import (
    FEDACH_CUTOFFS,
    Window,
    cutoff_of,
    eastern,
    read_cutoffs,
    window_named,
    windows_of,
)
from paysandbox.disbursements.disbursement import RESENDABLE_FOR

_FEDACH: Final = read_cutoffs(FEDACH_CUTOFFS)


def close_windows(rail: AchRail, time_left: Callable[[], bool]) -> int:
    """Close the windows whose cut-off is over, while there is time. Return how many files were written.

    Raises errors of AWS. What is left is closed the next time.
    """
    now, written = rail.clock(), 0
    before = last = last_closed(rail.table)
    for window in _over(rail, before, now):
        if not time_left():
            break
        for part in range(1, MAX_PARTS + 1):
            name = FileName(day=window.day, window=window.number, part=part)
            collection = freeze(rail.table, name, now)
            if collection.entries and not collection.is_written:
                _write(rail, name, window, collection)
                written += 1
            if not collection.is_full:
                break
        last = window.name
    if last is not None and last != before:
        note_closed(rail.table, last)
    return written


def deliver_answers(rail: AchRail, time_left: Callable[[], bool]) -> int:
    """Let the simulated bank deliver the answers whose time has come, the first one first. Return how many."""
    delivered, now = 0, format_timestamp(rail.clock())
    for key in rail.files.keys(BANK):
        at, _, name = key.removeprefix(BANK).partition("/")
        if at > now or not time_left():
            break
        text = rail.files.get(key)
        if text is not None:
            rail.files.put(IN + name, text)
            rail.files.delete(key)
            delivered += 1
    return delivered


def file_text(rail: AchRail, name: FileName, window: Window, collection: Collection) -> str:
    """Return the text of a frozen file. Raises ValueError if it is not frozen."""
    if collection.frozen_at is None:
        raise ValueError(f"{name} is not frozen")
    collected = [
        Credit(id=entry.id, amount=entry.amount, destination=open_destination(entry.sealed, entry.id))
        for entry in collection.entries.values()
    ]
    return write_file(credit_file(name, window, collected, rail.originator, collection.frozen_at))


def window_of(name: FileName) -> Window:
    """Return the window of a file, with FedACH's cut-off."""
    return window_named(name.window_name, _FEDACH)


def _write(rail: AchRail, name: FileName, window: Window, collection: Collection) -> None:
    text = file_text(rail, name, window, collection)
    rail.files.put(f"{OUT}{name}.ach", text)
    for answer in answers_to(text, name, window, rail.originator):
        rail.files.put(f"{BANK}{format_timestamp(answer.at)}/{answer.name}", answer.text)
    note_written(rail.table, name, rail.clock())


def _over(rail: AchRail, last: str | None, now: datetime) -> Iterator[Window]:
    """Yield the windows after the last closed one whose cut-off is over, in order.

    Those of a holiday are among them: what they collected before it was one is paid on the day that was announced.
    """
    day = date.fromisoformat(last.partition(".")[0]) if last else eastern(now - RESENDABLE_FOR).date()
    while day <= eastern(now).date():
        for window in windows_of(day, _FEDACH):
            if (last is None or window.name > last) and cutoff_of(window, rail.cutoffs) <= now:
                yield window
        day += timedelta(days=1)
