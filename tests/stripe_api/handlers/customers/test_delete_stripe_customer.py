"""DELETE /v1/customers/{id}: it also cancels their subscriptions, whatever other requests do meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.stripe_api.billing.customers.deletion import MAX_TOGETHER
from paysandbox.stripe_api.billing.subscription import OF_CUSTOMER_MAX
from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import (
    SHOP,
    customer,
    invoice,
    invoices,
    later,
    price,
    subscribe,
    subscribed,
    subscription,
)
from tests.support.builders.scenario import READS
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Deliver, Killed, Wire
from tests.support.worlds.handlers import Clock

DELETED = {"object": "customer", "deleted": True}


def delete(name: str) -> StripeReply:
    return SHOP.ask(RESOURCE["delete_stripe_customer"], name)


def several(number: int, **params: Any) -> tuple[str, list[str]]:
    """Create a customer with so many subscriptions. Returns the IDs."""
    jenny, items = customer()["id"], [{"price": price()["id"]}]
    return jenny, [subscribed(customer=jenny, items=items, **params)["id"] for _ in range(number)]


def statuses(names: list[str]) -> list[str]:
    return [subscription({"id": name})["status"] for name in names]


def overtaken_by(other: Callable[[], Any]) -> on_the_wire.Fault:
    """Return a fault: this write is delivered after `other` was done."""

    def overtake(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        other()
        return deliver()

    return overtake


def test_it_cancels_at_once_what_has_not_ended(clock: Clock) -> None:
    jenny, (active, over) = several(2)
    trial = subscribed(customer=jenny, trial_period_days=7)["id"]
    done(SHOP.ask(RESOURCE["cancel_subscription"], over))
    before = subscription({"id": over})
    clock.advance(timedelta(days=1))
    assert done(delete(jenny)) == {"id": jenny, **DELETED}
    for name in (active, trial):
        ended = subscription({"id": name})
        assert (ended["status"], ended["cancellation_details"]["reason"]) == ("canceled", "cancellation_requested")
        assert ended["ended_at"] == ended["canceled_at"] > before["ended_at"]
    assert subscription({"id": over}) == before
    later(clock, days=70)
    assert [len(invoices(subscription=name)) for name in (active, trial, over)] == [1, 1, 1]
    assert wrong(delete(jenny)) == missing("id")


def test_invoices_are_no_longer_collected_by_themselves(clock: Clock) -> None:
    made = subscribed()
    later(clock, days=32)
    renewed = subscription(made)["latest_invoice"]
    waiting = subscribed(customer=made["customer"], collection_method="send_invoice", days_until_due=30)
    done(delete(made["customer"]))
    drafts = (renewed, waiting["latest_invoice"])
    shown = [invoice(name) for name in drafts]
    later(clock, days=70)
    assert [invoice(name)["status"] for name in drafts] == [each["status"] for each in shown]
    assert not invoice(drafts[1])["auto_advance"]


def test_what_fell_due_before_is_done_first(clock: Clock) -> None:
    """The answer does not depend on whether the sweep was there."""
    made = subscribed()
    clock.advance(timedelta(days=40))
    done(delete(made["customer"]))
    ended = subscription(made)
    assert ended["status"] == "canceled"
    assert ended["latest_invoice"] != made["latest_invoice"]
    assert invoice(ended["latest_invoice"])["status"] == "paid"


def test_more_than_fit_into_a_transaction_and_into_the_customer(clock: Clock) -> None:
    jenny, names = several(OF_CUSTOMER_MAX + 1, trial_period_days=7)
    assert len(names) > MAX_TOGETHER
    done(delete(jenny))
    assert statuses(names) == ["canceled"] * len(names)


def test_one_that_is_killed_can_be_repeated(wire: Wire) -> None:
    jenny, names = several(MAX_TOGETHER + 2, trial_period_days=7)
    writes = count(1)
    with (
        wire.broken(on_the_wire.killed_before, when=lambda one: one.operation not in READS and next(writes) == 2),
        pytest.raises(Killed),
    ):
        delete(jenny)
    assert statuses(names).count("canceled") == 1
    done(delete(jenny))
    assert statuses(names) == ["canceled"] * len(names)


@pytest.mark.parametrize("number", [0, 1])
def test_a_subscription_that_is_created_meanwhile_is_canceled(number: int, wire: Wire) -> None:
    jenny, names = several(number)
    items, writes = [{"price": price()["id"]}], count(1)

    def create() -> None:
        names.append(subscribed(customer=jenny, items=items)["id"])

    with wire.broken(overtaken_by(create), when=lambda one: one.operation not in READS and next(writes) == 1):
        assert done(delete(jenny)) == {"id": jenny, **DELETED}
    assert statuses(names) == ["canceled"] * (number + 1)


def test_a_subscription_is_not_created_of_a_customer_who_is_deleted_meanwhile(wire: Wire) -> None:
    jenny, _ = several(0)
    items, writes = [{"price": price()["id"]}], count(1)
    with wire.broken(
        overtaken_by(lambda: done(delete(jenny))),
        when=lambda one: one.operation == "TransactWriteItems" and next(writes) == 1,
    ):
        assert wrong(subscribe(customer=jenny, items=items)) == missing("customer")
    assert done(SHOP.get(RESOURCE["list_subscriptions"], status="all"))["data"] == []


def test_a_cancellation_meanwhile_stays_as_it_is(wire: Wire) -> None:
    jenny, (name,) = several(1)
    writes, details = count(1), {"comment": "Too dear"}

    def cancel() -> None:
        done(SHOP.ask(RESOURCE["cancel_subscription"], name, {"cancellation_details": details}))

    with wire.broken(overtaken_by(cancel), when=lambda one: one.operation not in READS and next(writes) == 1):
        done(delete(jenny))
    assert subscription({"id": name})["cancellation_details"]["comment"] == "Too dear"


def test_a_customer_shows_the_newest_that_are_not_canceled(clock: Clock) -> None:
    jenny, names = several(12, trial_period_days=7)
    done(SHOP.ask(RESOURCE["cancel_subscription"], names[-1]))

    def shown(**params: Any) -> dict[str, Any]:
        return done(SHOP.get(RESOURCE["get_stripe_customer"], jenny, **params))

    assert "subscriptions" not in shown()
    listed = shown(expand=["subscriptions"])["subscriptions"]
    assert [each["id"] for each in listed.pop("data")] == names[-2:0:-1]
    assert listed == {"object": "list", "has_more": True, "url": f"/v1/customers/{jenny}/subscriptions"}
    (found,) = done(SHOP.get(RESOURCE["list_stripe_customers"], expand=["data.subscriptions"]))["data"]
    assert found == shown(expand=["subscriptions"])


def test_what_a_subscription_in_its_customer_expands() -> None:
    jenny, (name,) = several(1)
    paths = ["subscriptions.data.default_payment_method", "subscriptions.data.items.data.price.product"]
    shown = done(SHOP.get(RESOURCE["get_stripe_customer"], jenny, expand=paths))["subscriptions"]
    assert shown["data"][0]["items"]["data"][0]["price"]["product"]["name"] == "Gold"
    assert (shown["data"][0]["id"], shown["has_more"]) == (name, False)
    refused = SHOP.get(RESOURCE["get_stripe_customer"], jenny, expand=["subscriptions.data.latest_invoice"])
    assert wrong(refused) == (400, "invalid_request_error", None, "expand")


def test_subscriptions_in_a_customer_have_the_version_of_the_request() -> None:
    jenny, (name,) = several(1)
    older = type(SHOP)(version="2022-08-01")
    (shown,) = done(older.get(RESOURCE["get_stripe_customer"], jenny, expand=["subscriptions"]))["subscriptions"][
        "data"
    ]
    assert shown == done(older.get(RESOURCE["get_subscription"], name))
    assert "current_period_end" in shown
