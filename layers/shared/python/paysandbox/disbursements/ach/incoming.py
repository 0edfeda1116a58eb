"""Read the bank's files, and apply what they say to disbursements and to customers' bank accounts.

A file is read whole and compared with what was sent before anything of it is applied. Applying it again changes
nothing: so it is moved away only afterwards, and a repeated one has no effect.
"""

from collections.abc import Callable, Iterator, Mapping

from paysandbox.aws import telemetry
from paysandbox.core.metrics import Metric
from paysandbox.core.record import record
from paysandbox.disbursements.ach.acknowledgement import digest, read_acknowledgement
from paysandbox.disbursements.ach.answer_files import Answer, AnswerFile, mismatch, read_changes, read_returns
from paysandbox.disbursements.ach.closing import file_text, window_of
from paysandbox.disbursements.ach.correction import Correction, corrected
from paysandbox.disbursements.ach.credit_file import trace_numbers
from paysandbox.disbursements.ach.file_name import FileName
from paysandbox.disbursements.ach.files import IN, READ, REFUSED
from paysandbox.disbursements.ach.nacha_file import EntryDetail, read_file
from paysandbox.disbursements.ach.outcome_rules import changed_update, refused_update, reported_update, returned_update
from paysandbox.disbursements.ach.rail import AchRail
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.ach.sealed_destination import open_destination
from paysandbox.disbursements.ach.simulated_bank import Kind
from paysandbox.disbursements.ach.window_items import Collected, find_collection
from paysandbox.disbursements.ach.windows import Window
from paysandbox.disbursements.provider_updates import apply_provider_update
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.store.disbursements_table import find


class IncomingError(Exception):
    """Some files could not be applied; all others were."""


@record(kw_only=True)
class Read:
    """How many files were applied, and how many were refused."""

    applied: int
    refused: int


@record(kw_only=True)
class _Sent:
    """A file that was sent: its window, its text, and its entries in its order."""

    window: Window
    text: str
    entries: tuple[Collected, ...]
    details: tuple[EntryDetail, ...]


@record(kw_only=True)
class _Effect:
    """What a file says of an entry: an update of its disbursement, and maybe a correction of its bank account."""

    entry: Collected
    update: ProviderUpdate
    correction: Correction | None = None


def read_answers(rail: AchRail, time_left: Callable[[], bool]) -> Read:
    """Read the files that the bank has put there, in the order of their names, while there is time.

    One that is refused is logged and kept apart. Raises IncomingError if any could not be applied for another reason:
    it stays, and is read again the next time.
    """
    applied = refused = failed = 0
    for key in rail.files.keys(IN):
        if not time_left():
            break
        name = key.removeprefix(IN)
        try:
            if _take(rail, name):
                applied += 1
            else:
                refused += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are not to wait for it
            failed += 1
            telemetry.disbursement("bank file failed", {"file": name} | telemetry.unexpected(error), failed=True)
    if failed:
        raise IncomingError(f"{failed} could not be applied, {applied} were")
    return Read(applied=applied, refused=refused)


def _take(rail: AchRail, name: str) -> bool:
    """Apply a file and move it away. Returns whether it was applied."""
    text = rail.files.get(IN + name)
    if text is None:
        return True  # another worker was first
    try:
        effects = list(_effects(rail, name, text))
    except UnreadableFileError as error:
        facts = {"file": name, "reason": str(error)}
        telemetry.disbursement("bank file refused", facts, Metric.DISBURSEMENTS_UNRESOLVED, failed=True)
        rail.files.put(REFUSED + name, text)
        rail.files.delete(IN + name)
        return False
    for effect in effects:
        _apply(rail, effect)
    rail.files.put(READ + name, text)
    rail.files.delete(IN + name)
    return True


def _effects(rail: AchRail, name: str, text: str) -> Iterator[_Effect]:
    """Yield what a file says: nothing if it was read before. Raises UnreadableFileError if anything in it cannot be."""
    known = rail.files.get(READ + name)
    if known is not None:
        if known != text:
            raise UnreadableFileError("another file of this name was read")
        return
    kind = name.rpartition(".")[2]
    if kind == Kind.ACKNOWLEDGEMENT:
        yield from _acknowledged(rail, name, text)
    elif kind == Kind.RETURNS:
        for entry, answer in _answered(rail, read_returns(text)):
            yield _Effect(entry=entry, update=returned_update(answer))
    elif kind == Kind.CHANGES:
        for entry, answer in _answered(rail, read_changes(text)):
            yield _Effect(entry=entry, update=changed_update(answer), correction=answer.correction)
    else:
        raise UnreadableFileError("its name has no kind of file")


def _acknowledged(rail: AchRail, name: str, text: str) -> Iterator[_Effect]:
    found = read_acknowledgement(text)
    if name != f"{found.file}.{found.number}.{Kind.ACKNOWLEDGEMENT}":
        raise UnreadableFileError("its name is of another file")
    sent = _sent(rail, found.file)
    if found.sha256 != digest(sent.text):
        raise UnreadableFileError("it is of other bytes than were sent")
    entries = _by_trace(rail, found.file, sent)
    if not found.entries.keys() <= entries.keys():
        raise UnreadableFileError("it is of entries that were not sent")
    if found.refused is not None:
        telemetry.disbursement("bank refused a file", {"file": str(found.file), "reason": found.refused}, failed=True)
        for trace, entry in entries.items():
            yield _Effect(entry=entry, update=refused_update(str(found.file), trace))
    elif found.number == 1 and found.entries.keys() != entries.keys():
        raise UnreadableFileError("it is not of all entries that were sent")
    for trace, reported in found.entries.items():
        yield _Effect(entry=entries[trace], update=reported_update(reported, str(found.file), trace))


def _answered(rail: AchRail, file: AnswerFile) -> Iterator[tuple[Collected, Answer]]:
    """Yield each answer with its entry. Raises UnreadableFileError if one does not fit."""
    sent: dict[FileName, _Sent] = {}
    for answer in file.answers:
        if answer.file not in sent:
            sent[answer.file] = _sent(rail, answer.file)
        of = sent[answer.file]
        if answer.place > len(of.entries):
            raise UnreadableFileError("it is of an entry that was not sent")
        reason = mismatch(answer, of.details[answer.place - 1], of.window, file.created_at)
        if reason is not None:
            raise UnreadableFileError(reason)
        yield of.entries[answer.place - 1], answer


def _sent(rail: AchRail, name: FileName) -> _Sent:
    """Return a file as it was sent. Raises UnreadableFileError if it was not."""
    window, collection = window_of(name), find_collection(rail.table, name)
    if collection is None or collection.frozen_at is None or not collection.entries:
        raise UnreadableFileError("it is of a file that was not sent")
    text = file_text(rail, name, window, collection)
    [batch] = read_file(text).batches
    entries = tuple(collection.entries[each] for each in sorted(collection.entries))
    return _Sent(window=window, text=text, entries=entries, details=batch.entries)


def _by_trace(rail: AchRail, name: FileName, sent: _Sent) -> Mapping[str, Collected]:
    by_id = {entry.id: entry for entry in sent.entries}
    traces = trace_numbers(name, by_id, rail.originator)
    return {trace: by_id[each] for each, trace in traces.items()}


def _apply(rail: AchRail, effect: _Effect) -> None:
    entry = effect.entry
    if effect.correction is not None:
        before = open_destination(entry.sealed, entry.id)
        rail.destinations.correct(entry.merchant, entry.customer_id, before, corrected(before, effect.correction))
    disbursement = find(rail.table, entry.merchant, entry.customer_id, entry.disbursement_id)
    if disbursement is None:
        raise LookupError(f"there is no disbursement {entry.disbursement_id}")
    apply_provider_update(rail.table, disbursement, effect.update, rail.clock())
