"""Refunds that are pending, fail or wait for the customer: what asks for them, and what SDKs see of them."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_CHARGE_REFUND, CREATE_REFUND, GET_REFUND, LIST_REFUNDS
from tests.stripe_api.handlers.conftest import Publish
from tests.stripe_api.handlers.pages import listed
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, wrong

INVALID = "invalid_request_error"
PENDING = "refund=pending:3600"
HEADER = "X-Sandbox-Outcome"

shop = StripeMerchant()


def refund(way: str, **params: Any) -> dict[str, Any]:
    """Refund a payment of 10.00 with a pending refund, which is asked for in one of several ways."""
    asked = {"metadata": {"sandbox_outcome": PENDING}}
    paid = shop.paid(
        payment_method="pm_card_pendingRefund" if way == "card" else VISA, **(asked if way == "payment" else {})
    )
    body = {**params, **(asked if way == "refund" else {})}
    headers = {HEADER: PENDING} if way.startswith("header") else {}
    if way == "header of a charge":
        return done(shop.ask(CREATE_CHARGE_REFUND, paid["latest_charge"], body, headers=headers))
    return done(shop.ask(CREATE_REFUND, None, {"payment_intent": paid["id"], **body}, headers=headers))


@pytest.mark.parametrize("way", ["card", "payment", "refund", "header", "header of a charge"])
def test_ways_to_request_a_pending_refund(way: str) -> None:
    pending = refund(way, amount=4_00, expand=["charge"])
    assert (pending["status"], pending["pending_reason"]) == ("pending", "processing")
    assert (pending["charge"]["amount_refunded"], pending["charge"]["refunded"]) == (4_00, False)


@pytest.mark.parametrize(
    "steps, status, reason, returned",
    [
        (["succeed"], "succeeded", None, 10_00),
        (["fail"], "failed", "unknown", 0),
        (["fail insufficient_funds"], "failed", "insufficient_funds", 0),
        (["require_action"], "requires_action", None, 10_00),
        (["require_action", "expire"], "canceled", None, 0),
        (["succeed", "fail expired_or_canceled_card"], "failed", "expired_or_canceled_card", 0),
    ],
)
def test_results_of_a_pending_refund(steps: list[str], status: str, reason: str | None, returned: int) -> None:
    pending = refund("refund")
    for step in steps:
        action, _, why = step.partition(" ")
        assert simulate(pending["id"], action, **({"reason": why} if why else {})).status == 200
    after = done(shop.get(GET_REFUND, pending["id"], expand=["charge"]))
    assert (after["status"], after.get("failure_reason"), after["charge"]["amount_refunded"]) == (
        status,
        reason,
        returned,
    )
    again = shop.refund(pending["payment_intent"])
    assert (again.status, again.error.get("code")) == ((400, "charge_already_refunded") if returned else (200, None))


def test_a_replay_of_a_pending_refund_stays_the_first_answer() -> None:
    intent = shop.paid(payment_method="pm_card_pendingRefund")["id"]
    first = shop.refund(intent, key="k")
    assert simulate(first.json["id"], "succeed").status == 200
    again = shop.refund(intent, key="k")
    assert (again.text, again.replayed) == (first.text, True)


def test_refunds_of_every_status_are_listed(publish: Publish) -> None:
    paid = shop.paid(payment_method="pm_card_pendingRefund")["id"]
    made = [done(shop.refund(paid, amount=amount))["id"] for amount in (1_00, 2_00, 3_00)]
    simulate(made[0], "fail")
    simulate(made[1], "succeed")
    publish()
    for found in (listed(LIST_REFUNDS, payment_intent=paid), listed(LIST_REFUNDS)):
        assert [(one["id"], one["status"]) for one in found] == [
            (made[2], "pending"),
            (made[1], "succeeded"),
            (made[0], "failed"),
        ]


@pytest.mark.parametrize("outcome", ["decline:lost_card", "refund=maybe", "capture=fail"])
def test_an_outcome_that_refunds_do_not_have_is_refused(outcome: str) -> None:
    paid = shop.paid()["id"]
    reply = shop.refund(paid, metadata={"sandbox_outcome": outcome})
    assert wrong(reply) == (400, INVALID, None, "metadata[sandbox_outcome]")
    by_header = shop.ask(CREATE_REFUND, None, {"payment_intent": paid}, headers={HEADER: outcome})
    assert wrong(by_header) == (400, INVALID, None, HEADER)
    assert done(shop.refund(paid))["status"] == "succeeded"
