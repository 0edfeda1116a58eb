"""What the bank's answers say of a disbursement. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from paysandbox.core.record import record
from paysandbox.disbursements.ach.acknowledgement import Acknowledgement
from paysandbox.disbursements.ach.answer_files import Answer
from paysandbox.disbursements.ach.special_accounts import EntryReport, Report
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.steps import Step

FILE_REFUSED: Final = "FILE_REFUSED"
"""The code of a disbursement whose file the bank refused as a whole."""

_STEPS: Final[Mapping[Report, Step | None]] = {
    Report.ACCEPTED: None,
    Report.PENDING: None,
    Report.SETTLED: Step.PAY,
    Report.REFUSED: Step.FAIL,
    Report.HELD: Step.HOLD,
    Report.BLOCKED: Step.BLOCK,
    Report.UNCLAIMED: Step.UNCLAIM,
    Report.RETURNED: Step.RETURN,
    Report.REVERSED: Step.REVERSE,
}


@record(kw_only=True)
class Received:
    """What was read of the bank's answers to a file."""

    acknowledgements: tuple[Acknowledgement, ...] = ()
    returns: tuple[Answer, ...] = ()


def reported_update(reported: EntryReport, reference: str, trace: str) -> ProviderUpdate:
    """Return what a report says of a disbursement. `reference` is its file, `trace` its entry's trace number."""
    return ProviderUpdate(step=_STEPS[reported.report], code=reported.code, reference=reference, item_reference=trace)


def refused_update(reference: str, trace: str) -> ProviderUpdate:
    """Return what the refusal of its file says of a disbursement."""
    return ProviderUpdate(step=Step.FAIL, code=FILE_REFUSED, reference=reference, item_reference=trace)


def returned_update(answer: Answer) -> ProviderUpdate:
    """Return what a return says of a disbursement."""
    return ProviderUpdate(
        step=Step.RETURN, code=answer.reason, reference=str(answer.file), item_reference=answer.trace_number
    )


def changed_update(answer: Answer) -> ProviderUpdate:
    """Return what a notification of change says of a disbursement."""
    return ProviderUpdate(
        step=Step.CORRECT, code=answer.reason, reference=str(answer.file), item_reference=answer.trace_number
    )


def outcome(received: Received, reference: str, trace: str) -> ProviderUpdate:
    """Return what all answers together say of a disbursement: the last one of each kind, and a return before others."""
    for answer in received.returns:
        if answer.trace_number == trace:
            return returned_update(answer)
    if any(acknowledgement.refused for acknowledgement in received.acknowledgements):
        return refused_update(reference, trace)
    reported = _last(received.acknowledgements, trace)
    if reported is None:
        return ProviderUpdate(reference=reference, item_reference=trace)
    return reported_update(reported, reference, trace)


def _last(acknowledgements: Iterable[Acknowledgement], trace: str) -> EntryReport | None:
    in_order = sorted(acknowledgements, key=lambda acknowledgement: acknowledgement.number)
    return next((each.entries[trace] for each in reversed(in_order) if trace in each.entries), None)
