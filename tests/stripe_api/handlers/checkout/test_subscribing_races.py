"""A session that sells a subscription, while something else happens to it, and payers whose function is killed.

Whatever happens, a session that is complete has sold one subscription, and its one payment is that of the first
invoice.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from paysandbox.stripe_api.routes import LIST_CUSTOMER_PAYMENT_METHODS
from tests.stripe_api.handlers.billing.shop import from_stream as invoices_from_stream, invoices, later, subscription
from tests.stripe_api.handlers.checkout.sessions import DECLINED, expire, pay, shown
from tests.stripe_api.handlers.checkout.test_checkout_races import from_stream, interrupted, payments
from tests.stripe_api.handlers.checkout.test_subscribing import SHOP, customer, selling
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import done
from tests.support.tools.ledger_audit import audit
from tests.support.tools.tiers import full_but
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Fault, Killed, Sent, Wire, killed_after, killed_before
from tests.support.worlds.handlers import Clock

Session = dict[str, Any]
TRIAL = {"subscription_data": {"trial_period_days": 7}}


def check(session: Session) -> str:
    """Check that a session, what it has sold and the ledger agree, and return the session's status."""
    now, subscriptions = shown(session["id"]), done(SHOP.get(RESOURCE["list_subscriptions"]))["data"]
    captured = [payment for payment in payments() if payment.captures]
    if now["status"] == "complete":
        assert [each["id"] for each in subscriptions] == [now["subscription"]]
        (first,) = invoices()
        assert (first["id"], first["status"], first["number"][-4:]) == (now["invoice"], "paid", "0001")
        assert len(captured) == bool(first["amount_paid"])
        assert subscription({"id": now["subscription"]})["default_payment_method"] is not None
    else:
        assert (subscriptions, invoices(), captured) == ([], [], [])
    audit()
    return now["status"]


OTHERS: dict[str, Callable[[Session], Any]] = {
    "expire": lambda session: expire(session["id"]),
    "pay": lambda session: pay(session["url"]),
    "decline": lambda session: pay(session["url"], DECLINED),
    "stream": lambda _: from_stream(),
    "invoice item": lambda session: done(
        SHOP.post(RESOURCE["create_invoiceitem"], customer=session["customer"], amount=1_00, currency="usd")
    ),
    "name": lambda session: SHOP.post(RESOURCE["update_stripe_customer"], session["customer"], name="Jo"),
}


@pytest.mark.parametrize("data", [pytest.param({}, id="paid"), pytest.param(TRIAL, id="trial")])
@pytest.mark.parametrize("other", full_but(OTHERS, keep=lambda other: other == "stream"))
def test_a_payer_subscribes_while_something_happens(other: str, data: Any, wire: Wire) -> None:
    session = selling(customer=customer(), **data)
    before, ended = table_snapshot.take(), set[str]()
    for place in count():
        table_snapshot.put_back(before)
        with interrupted(wire, place, lambda: OTHERS[other](session)) as ran:
            reply = pay(session["url"])
        assert reply.status in (200, 303, 409), (place, reply.text)
        ended.add(check(session))
        if not ran:
            break
    assert "complete" in ended
    assert ("expired" in ended) is (other == "expire")


@pytest.mark.parametrize("killed", [killed_before, killed_after])
@pytest.mark.parametrize("data", [pytest.param({}, id="paid"), pytest.param(TRIAL, id="trial")])
def test_a_payer_whose_function_is_killed_subscribes_once(data: Any, killed: Fault, wire: Wire, clock: Clock) -> None:
    """The stream completes what was paid. Otherwise the payer tries again. Either way, it renews afterwards."""
    session = selling(customer=customer(), **data)
    before = table_snapshot.take()
    for place in count():
        table_snapshot.put_back(before)
        writes, ran = iter(range(1_000)), list[int]()

        def is_due(sent: Sent, place: int = place, writes: Any = writes, ran: list[int] = ran) -> bool:
            is_write = sent.operation in ("PutItem", "UpdateItem", "TransactWriteItems")
            due = not ran and is_write and next(writes) == place
            ran.extend([place] if due else [])
            return due

        with suppress(Killed), wire.broken(killed, when=is_due):
            pay(session["url"])
        from_stream()
        if check(session) == "open":
            pay(session["url"])
        invoices_from_stream()
        assert check(session) == "complete", place
        if not ran:
            break
    (card,) = done(SHOP.get(LIST_CUSTOMER_PAYMENT_METHODS, session["customer"]))["data"]
    assert card["card"]["last4"] == "4242"
    later(clock, days=40)
    assert {each["status"] for each in invoices()} == {"paid"}


def test_a_customer_who_is_deleted_meanwhile_has_the_subscription_until_it_would_renew(clock: Clock) -> None:
    session = selling(customer=customer())
    done(SHOP.ask(RESOURCE["delete_stripe_customer"], session["customer"]))
    assert pay(session["url"]).json["status"] == "complete"
    bought = {"id": shown(session["id"])["subscription"]}
    assert subscription(bought)["status"] == "active"
    later(clock, days=32)
    assert subscription(bought)["status"] == "canceled"
