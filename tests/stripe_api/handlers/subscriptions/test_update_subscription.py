"""POST /v1/subscriptions/{id}."""

from typing import Any

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, subscribed, subscription
from tests.support.clients.stripe_merchant import done


def update(of: dict, **params: Any):
    return SHOP.post(RESOURCE["update_subscription"], of["id"], **params)


def test_the_end_of_a_trial_by_request_begins_the_first_period() -> None:
    made = subscribed(trial_period_days=7)
    ended = done(update(made, trial_end="now", expand=["latest_invoice"]))
    assert (ended["status"], ended["latest_invoice"]["status"]) == ("active", "draft")
    assert ended["billing_cycle_anchor"] == ended["trial_end"] < made["trial_end"]


def test_it_is_to_be_canceled_at_the_end_of_its_period_or_no_longer() -> None:
    made = subscribed()
    end = made["items"]["data"][0]["current_period_end"]
    ending = done(update(made, cancel_at_period_end=True))
    assert (ending["status"], ending["cancel_at"], ending["cancel_at_period_end"]) == ("active", end, True)
    going_on = done(update(made, cancel_at_period_end=False))
    assert (going_on["cancel_at"], going_on["canceled_at"]) == (None, None)


def test_one_that_has_ended_keeps_what_it_had() -> None:
    made = subscribed()
    done(SHOP.ask(RESOURCE["cancel_subscription"], made["id"]))
    assert update(made, default_payment_method="").error["message"] == (
        "A canceled subscription can only update its cancellation_details and metadata."
    )
    assert done(update(made, metadata={"a": "1"}))["metadata"] == {"a": "1"}
    assert subscription(made)["status"] == "canceled"
