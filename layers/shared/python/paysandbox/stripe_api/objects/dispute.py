"""Stripe's Dispute: the cardholder contests a charge with the card's bank. Other objects appear as IDs.

Its ID is ours: `du_…` in both APIs. Its files are IDs, since files are not simulated.
"""

import json
from collections.abc import Mapping
from typing import Final

from paysandbox.core.cards.brand import Brand
from paysandbox.disputes.evidence import FIELDS
from paysandbox.http.answer import Body
from paysandbox.payments.disputes.dispute import Dispute, DisputeProgram, DisputeStage, open_dispute
from paysandbox.payments.disputes.step import kind_of_open
from paysandbox.payments.operations.dispute_opened import DisputeOpened
from paysandbox.payments.operations.notes_updated import Notes
from paysandbox.payments.payment import CHARGEBACK, Payment, State
from paysandbox.stripe_api.catalog.network_reason_codes import network_reason_code
from paysandbox.stripe_api.ids import charge_id
from paysandbox.stripe_api.objects.balance_transaction import (
    balance_transaction_body,
    balance_transactions_of_dispute,
)
from paysandbox.stripe_api.objects.method import brand_name
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot

_MISSING: Final = (
    "missing_customer_identifiers",
    "missing_disputed_transaction_description",
    "missing_merchandise_or_services",
    "missing_prior_undisputed_transaction_description",
    "missing_prior_undisputed_transactions",
)
"""What Visa Compelling Evidence 3.0 asks for."""


def disputes_of(payment: Payment) -> list[str]:
    """Return the disputes of a payment, newest first."""
    return [operation.dispute_id for operation in reversed(payment.operations) if isinstance(operation, DisputeOpened)]


def opening_of(payment: Payment, dispute_id: str) -> DisputeOpened:
    """Return the operation that opened a dispute, of which its notes are. Raises AssertionError if there is none."""
    for operation in payment.operations:
        if isinstance(operation, DisputeOpened) and operation.dispute_id == dispute_id:
            return operation
    raise AssertionError(f"{payment.id} has no dispute {dispute_id}")


def dispute_notes(snapshot: PaymentSnapshot, dispute_id: str) -> Notes:
    """Return the notes on a dispute. The bank, which opens it, notes nothing."""
    return snapshot.notes_on(opening_of(snapshot.payment, dispute_id).id, Notes())


def dispute_body(snapshot: PaymentSnapshot, dispute_id: str, evidence: Mapping[str, str]) -> Body:
    """Return the Dispute at this point with its evidence, by field. Raises AssertionError if it was not opened yet."""
    payment, state, approved = snapshot.payment, snapshot.state, snapshot.approved
    dispute = state.disputes.get(dispute_id)
    if dispute is None or approved is None:
        raise AssertionError(f"{payment.id} has no dispute {dispute_id} so far")
    brand, charge = brand_name(approved.card.brand), charge_id(approved.id)
    code = network_reason_code(approved.card.brand, dispute.reason)
    metadata = dispute_notes(snapshot, dispute_id).metadata
    case = "inquiry" if dispute.stage is DisputeStage.INQUIRY else "chargeback"
    eligible = _eligibility(dispute, approved.card.brand)
    return {
        "id": dispute.id,
        "object": "dispute",
        "amount": snapshot.in_stripe_units(dispute.amount),
        "balance_transactions": [
            balance_transaction_body(moved) for moved in balance_transactions_of_dispute(snapshot, dispute_id)
        ],
        "charge": charge,
        "created": int(dispute.opened_at.timestamp()),
        "currency": payment.currency.lower(),
        "enhanced_eligibility_types": [*eligible],
        "evidence": {
            **{name: evidence.get(name) for name in FIELDS},
            "enhanced_evidence": {},
        },
        "evidence_details": _evidence_details(dispute, evidence, eligible),
        "intended_submission_method": None,
        "is_charge_refundable": _is_refundable(state),
        "livemode": False,
        "metadata": json.loads(metadata) if metadata else {},
        "network_reason_code": code,
        "payment_intent": snapshot.intent,
        "payment_method_details": {
            "card": {
                "brand": brand,
                "case_type": "compliance" if dispute.program is DisputeProgram.COMPLIANCE else case,
                "network": brand,
                "network_reason_code": code,
            },
            "type": "card",
        },
        "reason": str(dispute.reason),
        "status": str(dispute.status),
    }


def _eligibility(dispute: Dispute, brand: Brand) -> Body:
    """Return the enhanced evidence that a dispute is eligible for, and what is missing of it: all, as none is accepted.

    Stripe, "The Dispute object", evidence_details.enhanced_eligibility.
    """
    match dispute.program, brand:
        case DisputeProgram.COMPELLING_EVIDENCE, Brand.VISA:
            return {"visa_compelling_evidence_3": {"required_actions": [*_MISSING], "status": "requires_action"}}
        case DisputeProgram.COMPLIANCE, Brand.VISA | Brand.MASTERCARD:
            return {f"{brand}_compliance": {"status": "requires_fee_acknowledgement"}}
        case _:
            return {}


def _evidence_details(dispute: Dispute, evidence: Mapping[str, str], eligible: Body) -> Body:
    """Evidence is refused from `due_by` on, so none was submitted past it."""
    submissions = len(dispute.submissions)
    return {
        "due_by": int(dispute.due_by.timestamp()),
        "enhanced_eligibility": eligible,
        "has_evidence": submissions > 0 or bool(evidence),
        "past_due": False,
        "submission_count": submissions,
        "submission_method": "manual" if submissions else "not_submitted",
    }


def _is_refundable(state: State) -> bool:
    """Whether something of the payment can be refunded now: never during a chargeback."""
    dispute = open_dispute(state.disputes)
    if dispute is not None and kind_of_open(dispute) == CHARGEBACK:
        return False
    return any(capture.refundable for capture in state.captures.values())
