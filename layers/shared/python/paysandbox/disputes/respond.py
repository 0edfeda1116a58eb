"""Answer a dispute: save drafts of evidence, submit it, or accept the dispute. Each can be repeated.

Submitting takes two writes: evidence is sealed in its row, then the payment records that it was submitted, with its
digest. After a crash between the two, a repeated request or any later submission records what was sealed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.disputes import tables
from paysandbox.disputes.disputes_table import read_dispute, save_evidence
from paysandbox.disputes.evidence import Draft, Evidence, has_draft, is_sealed, seal, with_draft
from paysandbox.http.request import AnyCall
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules
from paysandbox.payments.disputes.dispute import Dispute
from paysandbox.payments.ledger.refusals import RequestedOperation
from paysandbox.payments.ledger.store import (
    ReadPayment,
    change_payment,
    change_payment_storing_refusals,
    get_payment,
)
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.refusals import not_found
from paysandbox.payments.simulated_action import Stamp, is_of_step

MAX_TRIES: Final = 4
"""Each retry means that another request has saved evidence of the same dispute."""


def stamp_of(call: AnyCall, key: str, caller_key: str | None = None) -> Stamp:
    """Return the stamp of the step that a request makes, given its key: an effect ID, the same for each repetition.

    `caller_key` is the idempotency key that the step shows, if any.
    """
    return Stamp(
        key=key,
        request_id=call.request_id,
        at=call.now,
        contract=CONTRACT,
        validity_s=0,
        idempotency_key=caller_key,
    )


def find_dispute(dispute_id: str, merchant: str) -> tuple[Payment, Evidence]:
    """Return the payment of a merchant's dispute, and its evidence. Raises Refused(resource_not_found)."""
    found = read_dispute(runtime.ledger(), tables.disputes(), dispute_id)
    if found is None or found[0].merchant != merchant:
        raise not_found()
    return found


def save_draft(dispute_id: str, merchant: str, draft: Draft, at: datetime) -> tuple[Payment, Evidence]:
    """Save a draft, unless it or a later one of each field is saved already. Returns the payment and the evidence.

    Raises Refused: resource_not_found; parameter_invalid if the evidence becomes too long; dispute_state_unexpected if
    the dispute does not wait for evidence, or its evidence is sealed; evidence_past_due.
    """
    for _ in range(MAX_TRIES):
        payment, evidence = find_dispute(dispute_id, merchant)
        if has_draft(evidence, draft):
            return payment, evidence
        dispute = rules.dispute_of(payment, dispute_id)
        rules.check_evidence(dispute, at)
        if is_sealed(evidence, len(dispute.submissions)):
            raise _being_submitted(dispute)
        saved = save_evidence(tables.disputes(), payment, dispute_id, evidence, with_draft(evidence, draft))
        if saved is not None:
            return payment, saved
    raise _too_contended()


def submit_evidence(dispute_id: str, merchant: str, draft: Draft, stamp: Stamp) -> tuple[Payment, Evidence]:
    """Save a draft, seal the evidence and submit it. Returns the payment right after that step, and the evidence.

    A step with this stamp that is recorded already is not repeated. Evidence that is sealed already is submitted as it
    is, without the draft: a request stopped before the payment recorded it. Raises Refused as `save_draft` does, and
    parameter_invalid if there is no evidence.
    """
    payment, evidence = _sealed(dispute_id, merchant, draft, stamp)

    def submit(current: Payment) -> Change:
        dispute = rules.dispute_of(current, dispute_id)
        rules.check_evidence(dispute, stamp.at)
        if evidence.digest is None or not is_sealed(evidence, len(dispute.submissions)):
            raise rules.unexpected(dispute)  # what was sealed has been submitted and decided since
        return rules.submit(current, dispute_id, digest=evidence.digest, texts=evidence.texts.values(), stamp=stamp)

    def record() -> Payment:
        return change_payment(runtime.ledger(), lambda current: submit(current or payment), current=payment)

    return _once(payment, stamp, record), evidence


def find_payment(dispute_id: str, merchant: str) -> Payment:
    """Return the payment of a merchant's dispute, without its evidence. Raises Refused(resource_not_found)."""
    payment_id = ids.payment_of(dispute_id)
    payment = get_payment(runtime.ledger(), payment_id) if payment_id is not None else None
    if payment is None or payment.merchant != merchant:
        raise not_found()
    return payment


def accept_dispute(read: Payment, dispute_id: str, stamp: Stamp, *, store_refusal: bool = False) -> Payment:
    """Accept a chargeback of the payment that was read: it is lost. Returns the payment right after that step.

    A step with this stamp that is recorded already is not repeated. With `store_refusal`, a refusal is stored on the
    payment, so that the same step is refused again whatever has become of the dispute: an API decides whether it keeps
    refusals. Raises Refused: resource_not_found, dispute_state_unexpected.
    """

    def decide(current: Payment | None) -> Change:
        return rules.accept(current or read, dispute_id, stamp)

    def record() -> Payment:
        if not store_refusal:
            return change_payment(runtime.ledger(), decide, current=read)
        step = stamp.operation_id(ids.DISPUTE_DECISION, read.id)
        requested = RequestedOperation(operation_id=step, request_id=stamp.request_id)
        return change_payment_storing_refusals(runtime.ledger(), decide, known=ReadPayment(read, requested))

    return _once(read, stamp, record)


def _sealed(dispute_id: str, merchant: str, draft: Draft, stamp: Stamp) -> tuple[Payment, Evidence]:
    """Seal the evidence with a draft, unless it is sealed or submitted already. Returns both as read or written."""
    for _ in range(MAX_TRIES):
        payment, evidence = find_dispute(dispute_id, merchant)
        if _right_after(payment, stamp) is not None:
            return payment, evidence
        dispute = rules.dispute_of(payment, dispute_id)
        rules.check_evidence(dispute, stamp.at)
        if is_sealed(evidence, len(dispute.submissions)):
            return payment, evidence
        changed = seal(with_draft(evidence, draft), len(dispute.submissions))
        saved = save_evidence(tables.disputes(), payment, dispute_id, evidence, changed)
        if saved is not None:
            return payment, saved
    raise _too_contended()


def _once(read: Payment, stamp: Stamp, record: Callable[[], Payment]) -> Payment:
    """Record a step with `record`, unless it is recorded. Returns the payment right after the step."""
    recorded = _right_after(read, stamp)
    if recorded is None:
        recorded = _right_after(record(), stamp)
    if recorded is None:
        raise AssertionError(f"{read.id} has no operation of the step {stamp.key}")
    return recorded


def _right_after(payment: Payment, stamp: Stamp) -> Payment | None:
    """Return the payment right after the step with this stamp, or None if it has no such step."""
    for place, operation in enumerate(payment.operations, start=1):
        if is_of_step(payment.id, stamp.key, operation.id):
            return replace(payment, operations=payment.operations[:place])
    return None


def _being_submitted(dispute: Dispute) -> Refused:
    return Refused(
        Code.DISPUTE_STATE_UNEXPECTED,
        "The evidence is sealed, but its submission was not completed. Submit it again.",
        possible={"current_status": str(dispute.status)},
    )


def _too_contended() -> Refused:
    return Refused(Code.SERVICE_UNAVAILABLE, "Other requests are changing this dispute's evidence. Retry.")
