"""Disputes through Stripe's official Python SDK, from the simulated opening to won, lost and closed.

The SDK for Node wins and loses one too (stripe_node.mjs). Answers and events are checked against the SDK's classes.
"""

import json
from typing import Any

import pytest
import stripe

from tests.support.api import Api
from tests.support.receiver import receiver
from tests.support.stripe_sdk import wrong_with
from tests.support.stripe_sdk_calls import Sdk, paid, refused
from tests.support.waiting import until

DECIDED_WITHIN_S = 90
"""The bank decides five seconds after evidence with a magic text. A first invocation on a busy machine takes longer."""
ON_THE_WAY = ("created", "funds_withdrawn", "updated", "closed")


def disputed(sdk: Sdk, api: Api) -> Any:
    """Pay 10.00, let the cardholder dispute it, and return the dispute."""
    intent = paid(sdk)
    assert api.post(f"/sandbox/simulate/{intent.id}/dispute", {}).status_code == 200
    (dispute,) = sdk.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.amount, dispute.payment_intent) == ("needs_response", 10_00, intent.id)
    return dispute


def heard(received: Any, secret: str, dispute: str) -> dict[str, Any]:
    """Return the events of a dispute so far by type, verified by the SDK."""
    found: dict[str, Any] = {}
    for request in list(received):
        event = stripe.Webhook.construct_event(request.body, request.headers["stripe-signature"], secret)
        assert wrong_with(200, json.loads(request.body)) == []
        if event.data.object.id == dispute:
            found[event.type.removeprefix("charge.dispute.")] = event
    return found


@pytest.mark.full
@pytest.mark.parametrize("ends, more", [("won", ["funds_reinstated"]), ("lost", [])])
def test_evidence_decides_a_dispute(ends: str, more: list[str], sdk: Sdk, api: Api) -> None:
    with receiver() as shop:
        made = sdk.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
        opened = disputed(sdk, api)
        draft = sdk.v1.disputes.update(opened.id, {"submit": False, "evidence": {"customer_name": "Rosa"}})
        assert (draft.status, draft.evidence_details.has_evidence) == ("needs_response", True)
        assert refused(lambda: sdk.v1.refunds.create({"charge": opened.charge})).code == "charge_disputed"
        text = {"won": "winning_evidence", "lost": "losing_evidence"}[ends]
        sent = sdk.v1.disputes.update(opened.id, {"evidence": {"uncategorized_text": text}})
        assert (sent.status, sent.evidence.customer_name) == ("under_review", "Rosa")
        wanted = {*ON_THE_WAY, *more}
        events = until(
            lambda: told if (told := heard(shop.received, made.secret, opened.id)).keys() >= wanted else None,
            f"events of a dispute that is {ends}",
            patience_s=DECIDED_WITHIN_S,
        )
        sdk.v1.webhook_endpoints.delete(made.id)

    assert events.keys() == wanted
    assert (events["closed"].data.object.status, events["updated"].data.object.status) == (ends, "under_review")
    done = sdk.v1.disputes.retrieve(opened.id, {"expand": ["charge"]})
    assert (done.status, done.charge.disputed, done.charge.amount_refunded) == (ends, True, 0)
    amounts = [one.amount for one in done.balance_transactions]
    assert amounts == ([-10_00, 10_00] if ends == "won" else [-10_00])
    assert done.is_charge_refundable is (ends == "won")
    if ends == "won":
        assert sdk.v1.refunds.create({"charge": opened.charge}).amount == 10_00


def test_a_dispute_that_is_closed_is_lost(sdk: Sdk, api: Api) -> None:
    opened = disputed(sdk, api)
    assert sdk.v1.disputes.close(opened.id).status == "lost"
    assert refused(lambda: sdk.v1.disputes.close(opened.id)).http_status == 400
    listed = until(lambda: [one for one in sdk.v1.disputes.list().data if one.id == opened.id], "the dispute's row")
    assert listed[0].status == "lost"
