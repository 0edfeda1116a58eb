"""DELETE /v1/subscriptions/{id}."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, invoices, later, subscribed
from tests.support.clients.stripe_merchant import done
from tests.support.worlds.handlers import Clock


def test_it_ends_at_once_and_never_renews(clock: Clock) -> None:
    made = subscribed()
    ended = done(SHOP.ask(RESOURCE["cancel_subscription"], made["id"]))
    assert (ended["status"], ended["cancellation_details"]["reason"]) == ("canceled", "cancellation_requested")
    later(clock, days=70)
    assert len(invoices(subscription=made["id"])) == 1
    assert SHOP.ask(RESOURCE["cancel_subscription"], made["id"]).status == 404
