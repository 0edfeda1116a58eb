"""POST /v1/subscriptions/{id}."""

from typing import Any

from paysandbox.stripe_api.routes import ATTACH_PAYMENT_METHOD, RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, VISA, customer, subscribed, subscription
from tests.support.clients.stripe_merchant import done


def update(of: dict[str, Any], **params: Any) -> Any:
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


def test_it_says_why_it_is_to_be_canceled_and_has_automatic_tax() -> None:
    made = subscribed()
    details = {"comment": "too many seats", "feedback": "too_expensive"}
    changed = done(
        update(made, cancel_at_period_end=True, cancellation_details=details, automatic_tax={"enabled": True})
    )
    assert changed["cancellation_details"].items() >= {**details, "reason": "cancellation_requested"}.items()
    assert changed["automatic_tax"]["enabled"] is True


def test_another_customers_card_and_a_trial_that_is_over_are_refused() -> None:
    made = subscribed(trial_period_days=7)
    others = done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=customer()["id"]))["id"]
    assert update(made, default_payment_method=others).error["param"] == "default_payment_method"
    assert update(made, trial_end=made["created"] - 60).error["param"] == "trial_end"
    assert subscription(made)["trial_end"] == made["trial_end"]
