"""Disputes through Stripe's official Python SDK, from the simulated opening to won, lost and closed.

The SDK for Node wins and loses one too (stripe_node.mjs). Answers and events are checked against the SDK's classes.
"""

import json
from typing import Any

import pytest
import stripe

from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk import wrong_with
from tests.support.clients.stripe_sdk_calls import Sdk, paid, refused
from tests.support.fakes.receiver import Receiver, receiver
from tests.support.tools.waiting import until

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


def sent_to_the_bank(sdk: Sdk, api: Api, text: str) -> Any:
    """Return a dispute for which evidence was submitted."""
    opened = disputed(sdk, api)
    draft = sdk.v1.disputes.update(opened.id, {"submit": False, "evidence": {"customer_name": "Rosa"}})
    assert (draft.status, draft.evidence_details.has_evidence) == ("needs_response", True)
    assert refused(lambda: sdk.v1.refunds.create({"charge": opened.charge})).code == "charge_disputed"
    sent = sdk.v1.disputes.update(opened.id, {"evidence": {"uncategorized_text": text}})
    assert (sent.status, sent.evidence.customer_name) == ("under_review", "Rosa")
    return sent


def ended(sdk: Sdk, dispute: Any, shop: Receiver, secret: str, more: set[str]) -> tuple[str, list[int]]:
    """Wait for the bank's decision, and return the status and the amounts of the balance transactions."""
    wanted = {*ON_THE_WAY, *more}
    events = until(
        lambda: told if (told := heard(shop.received, secret, dispute.id)).keys() >= wanted else None,
        f"events of dispute {dispute.id}",
        patience_s=DECIDED_WITHIN_S,
    )
    assert events.keys() == wanted
    done = sdk.v1.disputes.retrieve(dispute.id, {"expand": ["charge"]})
    assert (events["closed"].data.object.status, events["updated"].data.object.status) == (done.status, "under_review")
    assert (done.charge.disputed, done.charge.amount_refunded) == (True, 0)
    assert done.is_charge_refundable is (done.status == "won")
    return done.status, [one.amount for one in done.balance_transactions]


@pytest.mark.full
def test_evidence_decides_a_dispute(sdk: Sdk, api: Api) -> None:
    """The bank decides on both at once."""
    with receiver() as shop:
        made = sdk.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
        won, lost = (sent_to_the_bank(sdk, api, text) for text in ("winning_evidence", "losing_evidence"))
        assert ended(sdk, won, shop, made.secret, {"funds_reinstated"}) == ("won", [-10_00, 10_00])
        assert ended(sdk, lost, shop, made.secret, set()) == ("lost", [-10_00])
        sdk.v1.webhook_endpoints.delete(made.id)
    assert sdk.v1.refunds.create({"charge": won.charge}).amount == 10_00


def test_a_dispute_that_is_closed_is_lost(sdk: Sdk, api: Api) -> None:
    opened = disputed(sdk, api)
    assert sdk.v1.disputes.close(opened.id).status == "lost"
    assert refused(lambda: sdk.v1.disputes.close(opened.id)).http_status == 400
    listed = until(lambda: [one for one in sdk.v1.disputes.list().data if one.id == opened.id], "the dispute's row")
    assert listed[0].status == "lost"
