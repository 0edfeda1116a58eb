"""Stripe's Dispute, rendered from payments: the SDK's shape, what it took and returned, and its events."""

from dataclasses import replace
from typing import Any

import pytest
import stripe

from paysandbox.core.cards.brand import Brand
from paysandbox.disputes.evidence import FIELDS
from paysandbox.payments.disputes.dispute import DisputeReason
from paysandbox.payments.events.event import events_of
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.catalog.network_reason_codes import network_reason_code
from paysandbox.stripe_api.events.event import render_stripe_events
from paysandbox.stripe_api.ids import charge_id, intent_id
from paysandbox.stripe_api.objects.dispute import disputes_of, opening_of
from paysandbox.stripe_api.objects.expand import expandable
from paysandbox.stripe_api.objects.render import render_charge, render_dispute, render_intent
from paysandbox.stripe_api.requests import DisputeEvidence
from tests.support.builders import disputes
from tests.support.builders.disputes import disputed, latest, stepped, submitted
from tests.support.builders.stripe_payments import TAKEN, noted, opened, refunded, tried
from tests.support.tools.stripe_shapes import expandable_of, faults

INQUIRY = disputes.INQUIRED
ESCALATED = disputes.ESCALATED
CLOSED = stepped(disputes.INQUIRY_REVIEWED, "lose")
OF_INTENT = disputed(TAKEN)
EVIDENCE = {"customer_name": "Rosa", "receipt": "file_1"}
SAMPLES = {**disputes.EACH, "of an intent": OF_INTENT, "an inquiry closed after evidence": CLOSED}


def shown(payment: Payment, **more: Any) -> dict[str, Any]:
    return render_dispute(payment, latest(payment).id, more.pop("evidence", {}), **more)


def told(before: Payment | None, after: Payment) -> list[dict[str, Any]]:
    return [body for event in events_of(before, after) for body in render_stripe_events(event)]


def moves(payment: Payment) -> list[tuple[int, int, int, str]]:
    return [
        (one["amount"], one["fee"], one["net"], one["reporting_category"])
        for one in shown(payment)["balance_transactions"]
    ]


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_every_dispute_is_of_the_sdks_shape(subtests: pytest.Subtests) -> None:
    for name, payment in SAMPLES.items():
        with subtests.test(name):
            paths = ["charge.payment_intent", "payment_intent.latest_charge", "evidence.receipt"]

            assert faults(shown(payment, evidence=EVIDENCE), stripe.Dispute) == []
            assert faults(shown(payment, expand=paths), stripe.Dispute) == []
            assert faults(render_charge(payment, authorization_of(payment).id), stripe.Charge) == []


def test_everything_that_stripe_expands_can_be_expanded() -> None:
    assert expandable("dispute") == set(expandable_of(stripe.Dispute))


def test_the_fields_of_evidence_are_stripes() -> None:
    whole = shown(disputes.NEEDS_RESPONSE, evidence=EVIDENCE)["evidence"]

    assert whole == dict.fromkeys(FIELDS) | EVIDENCE | {"enhanced_evidence": {}}


def test_a_request_takes_these_fields() -> None:
    assert [*DisputeEvidence.model_fields] == [*FIELDS]


def test_a_dispute_names_its_charge_and_its_intent() -> None:
    body = shown(OF_INTENT)

    assert (body["id"], body["object"]) == (latest(OF_INTENT).id, "dispute")
    assert (body["charge"], body["payment_intent"]) == (
        charge_id(authorization_of(OF_INTENT).id),
        intent_id(OF_INTENT.id),
    )
    assert body["created"] == int(disputes.OPENED_AT.timestamp())
    assert body["evidence_details"]["due_by"] - body["created"] == 10 * 24 * 3600
    expanded = shown(OF_INTENT, expand=["charge", "payment_intent"])
    assert (expanded["charge"]["disputed"], expanded["payment_intent"]["status"]) == (True, "succeeded")


def of_brand(payment: Payment, brand: Brand) -> Payment:
    approved = authorization_of(payment)
    other = replace(approved, card=replace(approved.card, brand=brand))
    return replace(payment, operations=tuple(other if one is approved else one for one in payment.operations))


@pytest.mark.parametrize(
    "payment, brand, eligibility",
    [
        (disputes.NEEDS_RESPONSE, Brand.VISA, None),
        (disputes.COMPELLING, Brand.VISA, ("visa_compelling_evidence_3", "requires_action", "10.4")),
        (disputes.COMPELLING, Brand.MASTERCARD, None),
        (disputes.COMPLIANCE, Brand.VISA, ("visa_compliance", "requires_fee_acknowledgement", None)),
        (disputes.COMPLIANCE, Brand.MASTERCARD, ("mastercard_compliance", "requires_fee_acknowledgement", None)),
        (disputes.COMPLIANCE, Brand.AMEX, None),
    ],
)
def test_enhanced_evidence_of_a_dispute(
    payment: Payment, brand: Brand, eligibility: tuple[str, str, str | None] | None
) -> None:
    body = shown(of_brand(payment, brand))
    eligible = body["evidence_details"]["enhanced_eligibility"]
    assert faults(body, stripe.Dispute) == []
    assert body["enhanced_eligibility_types"] == [*eligible]
    if eligibility is None:
        assert eligible == {}
        return
    assert ([*eligible], eligible[eligibility[0]]["status"]) == ([eligibility[0]], eligibility[1])
    assert body["network_reason_code"] == eligibility[2]


# --- status and money -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, status, case_type, refundable",
    [
        (disputes.NEEDS_RESPONSE, "needs_response", "chargeback", False),
        (disputes.PARTLY, "needs_response", "chargeback", False),
        (disputes.UNDER_REVIEW, "under_review", "chargeback", False),
        (disputes.WON, "won", "chargeback", True),
        (disputes.LOST, "lost", "chargeback", False),
        (stepped(submitted(disputes.PARTLY), "lose"), "lost", "chargeback", True),
        (disputes.CONTESTED, "needs_response", "chargeback", False),
        (INQUIRY, "warning_needs_response", "inquiry", True),
        (disputes.INQUIRY_REVIEWED, "warning_under_review", "inquiry", True),
        (CLOSED, "warning_closed", "inquiry", True),
        (ESCALATED, "needs_response", "chargeback", False),
        (disputes.WON_ONE, "won", "chargeback", False),
        (disputes.COMPELLING, "needs_response", "chargeback", False),
        (disputes.COMPLIANCE, "needs_response", "compliance", False),
    ],
)
def test_status_and_case_type_of_a_dispute(payment: Payment, status: str, case_type: str, *, refundable: bool) -> None:
    body = shown(payment)

    assert (body["status"], body["is_charge_refundable"]) == (status, refundable)
    assert body["payment_method_details"]["card"]["case_type"] == case_type


TAKES = (-10_00, 15_00, -25_00, "dispute")
RETURNS = (10_00, -15_00, 25_00, "dispute_reversal")


@pytest.mark.parametrize(
    "payment, expected",
    [
        (disputes.NEEDS_RESPONSE, [TAKES]),
        (disputes.PARTLY, [(-4_00, 15_00, -19_00, "dispute")]),
        (disputes.LOST, [TAKES]),
        (disputes.WON, [TAKES, RETURNS]),
        (disputes.CONTESTED, [TAKES, RETURNS, (-10_00, 0, -10_00, "dispute")]),
        (INQUIRY, []),
        (CLOSED, []),
        (ESCALATED, [TAKES]),
    ],
)
def test_balance_transactions_of_a_dispute(payment: Payment, expected: list[Any]) -> None:
    assert moves(payment) == expected
    gross = sum(line.gross for line in state_of(payment).lines.values() if line.kind != "capture")
    assert sum(net for _, _, net, _ in expected) == gross


def test_each_balance_transaction_has_an_id_and_a_type() -> None:
    took, returned = shown(disputes.WON)["balance_transactions"]

    assert took["id"] != returned["id"]
    assert took["description"].startswith("Chargeback withdrawal for ch_")
    assert returned["description"].startswith("Chargeback reversal for ch_")
    assert took["fee_details"] == [
        {"amount": 15_00, "application": None, "currency": "usd", "description": "Dispute fee", "type": "stripe_fee"}
    ]
    assert returned["source"] == latest(disputes.WON).id


@pytest.mark.parametrize(
    "payment, evidence, details",
    [
        (disputes.NEEDS_RESPONSE, {}, (False, 0, "not_submitted")),
        (disputes.NEEDS_RESPONSE, EVIDENCE, (True, 0, "not_submitted")),
        (disputes.UNDER_REVIEW, EVIDENCE, (True, 1, "manual")),
        (disputes.UNDER_REVIEW, {}, (True, 1, "manual")),
        (disputes.ARBITRATED, EVIDENCE, (True, 2, "manual")),
    ],
)
def test_details_of_the_evidence(payment: Payment, evidence: dict[str, str], details: tuple[bool, int, str]) -> None:
    body = shown(payment, evidence=evidence)["evidence_details"]

    assert (body["has_evidence"], body["submission_count"], body["submission_method"]) == details
    assert body["past_due"] is False


def test_a_charge_stays_disputed() -> None:
    def charge(payment: Payment) -> Any:
        return render_charge(payment, authorization_of(payment).id)["disputed"]

    assert [charge(one) for one in (TAKEN, OF_INTENT, INQUIRY, disputes.WON, disputes.LOST)] == [
        False,
        *(True,) * 4,
    ]
    declined = tried(opened(), "lost_card")
    paid = disputed(tried(opened(automatic=True)))
    assert not render_charge(declined, authorization_of(declined).id)["disputed"]
    assert render_intent(paid, private=None, expand=["latest_charge"])["latest_charge"]["disputed"]


def test_the_disputes_of_a_payment_are_listed_newest_first() -> None:
    first = stepped(submitted(disputed(amount=2_00)), "lose")
    second = disputed(first, key="second", at=latest(first).updated_at + disputes.HOUR)

    assert disputes_of(second) == disputes.ids_of(second, (2, 1))
    assert opening_of(second, disputes_of(second)[0]).amount == 8_00


@pytest.mark.parametrize(
    "brand, reason, code",
    [
        (Brand.VISA, "fraudulent", "10.4"),
        (Brand.VISA, "unrecognized", None),
        (Brand.MASTERCARD, "fraudulent", "4837"),
        (Brand.AMEX, "product_not_received", "C08"),
        (Brand.DISCOVER, "duplicate", "DP"),
        (Brand.DINERS, "duplicate", "DP"),
        (Brand.JCB, "fraudulent", None),
        (Brand.VISA, "debit_not_authorized", None),
    ],
)
def test_the_networks_code_of_a_reason(brand: Brand, reason: str, code: str | None) -> None:
    assert network_reason_code(brand, DisputeReason(reason)) == code


# --- events -----------------------------------------------------------------------------------------------------------

CREATED = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
CONTESTS = ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]


@pytest.mark.parametrize(
    "before, after, types",
    [
        (TAKEN, OF_INTENT, CREATED),
        (disputes.CAPTURED, INQUIRY, ["charge.dispute.created"]),
        (disputes.NEEDS_RESPONSE, disputes.UNDER_REVIEW, ["charge.dispute.updated"]),
        (disputes.UNDER_REVIEW, disputes.WON, ["charge.dispute.closed", "charge.dispute.funds_reinstated"]),
        (disputes.UNDER_REVIEW, disputes.LOST, ["charge.dispute.closed"]),
        (disputes.NEEDS_RESPONSE, disputes.ACCEPTED, ["charge.dispute.closed"]),
        (disputes.NEEDS_RESPONSE, disputes.EXPIRED, ["charge.dispute.closed"]),
        (disputes.NEEDS_RESPONSE, disputes.WITHDRAWN, []),
        (disputes.WON, disputes.CONTESTED, CONTESTS),
        (INQUIRY, ESCALATED, CONTESTS),
        (disputes.INQUIRY_REVIEWED, CLOSED, ["charge.dispute.closed"]),
    ],
)
def test_a_step_of_a_dispute_has_these_events(before: Payment, after: Payment, types: list[str]) -> None:
    bodies = told(before, after)

    assert [body["type"] for body in bodies] == types
    for body in bodies:
        assert faults(body["data"]["object"], stripe.Dispute) == []
        assert body["data"]["object"]["id"] == latest(after).id
        assert [text for text in body["data"]["object"]["evidence"].values() if text] == []


def test_a_refund_of_everything_ends_an_inquiry_with_an_event() -> None:
    bodies = told(INQUIRY, refunded(INQUIRY))

    assert [body["type"] for body in bodies] == ["charge.refunded", "refund.created", "charge.dispute.closed"]
    assert [body["data"]["object"]["status"] for body in bodies][2] == "warning_closed"


def test_events_show_previous_attributes() -> None:
    (sent,) = told(disputes.NEEDS_RESPONSE, disputes.UNDER_REVIEW)
    closed, reinstated = told(disputes.UNDER_REVIEW, disputes.WON)
    created, withdrawn = told(disputes.CAPTURED, disputes.NEEDS_RESPONSE)

    assert sent["data"]["previous_attributes"] == {
        "evidence_details": {"has_evidence": False, "submission_count": 0, "submission_method": "not_submitted"},
        "status": "needs_response",
    }
    assert closed["data"]["previous_attributes"]["status"] == "under_review"
    assert len(reinstated["data"]["previous_attributes"]["balance_transactions"]) == 1
    assert "previous_attributes" not in created["data"] | withdrawn["data"]


def test_metadata_of_a_dispute_is_its_own_and_has_an_event() -> None:
    of = opening_of(OF_INTENT, latest(OF_INTENT).id).id
    told_of = noted(OF_INTENT, of, metadata='{"case":"7"}')
    (body,) = told(OF_INTENT, told_of)

    assert body["type"] == "charge.dispute.updated"
    assert body["data"]["previous_attributes"] == {"metadata": {"case": None}}
    assert body["data"]["object"]["metadata"] == shown(told_of)["metadata"] == {"case": "7"}
    assert render_charge(told_of, authorization_of(told_of).id)["metadata"] == {}
    assert told(told_of, noted(told_of, of, metadata='{"case":"7"}')) == []


def test_an_event_is_unchanged_by_later_operations() -> None:
    first = told(None, disputes.NEEDS_RESPONSE)

    assert told(None, disputes.CONTESTED)[: len(first)] == first
