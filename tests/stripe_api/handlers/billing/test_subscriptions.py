"""Subscriptions as real code uses them: cases of public issues, each with its source. And whose they are."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws.settings import BillingSettings
from paysandbox.payments.timers import tables as timer_table
from paysandbox.payments.timers.timer import timers_of
from paysandbox.payments.timers.timers import store_timers
from paysandbox.stripe_api.billing.subscription import events_of
from paysandbox.stripe_api.objects.stored_object import as_created, as_of
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import ATTACH_PAYMENT_METHOD, CONFIRM_PAYMENT_INTENT, LIST_CHARGES
from tests.stripe_api.handlers.billing.shop import (
    FAILS_LATER,
    NEEDS_PAYER,
    SHOP,
    VISA,
    Body,
    customer,
    from_stream,
    intent_of,
    invoice,
    invoices,
    later,
    ledger_payments,
    price,
    subscribe,
    subscribed,
    subscription,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders import build
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.tools.ledger_audit import audit
from tests.support.worlds import tables
from tests.support.worlds.handlers import Clock

OTHER = StripeMerchant(build.OTHER_MERCHANT)
CLOVER = "2025-10-29.clover"
BEFORE_BASIL = "2024-04-10"
AMOUNT = 10_00


def ask(what: str, of: Body, **params: Any) -> Any:
    return SHOP.post(RESOURCE[f"{what}_subscription"], of["id"], **params)


def cancel(of: Body, **params: Any) -> Any:
    return SHOP.ask(RESOURCE["cancel_subscription"], of["id"], params)


def attach(to: str, card: str = VISA) -> str:
    """Attach another card to a customer."""
    return done(SHOP.post(ATTACH_PAYMENT_METHOD, card, customer=to))["id"]


def fix_card(of: Body) -> None:
    """Give a customer a card that pays."""
    settings = {"default_payment_method": attach(of["customer"])}
    done(SHOP.post(RESOURCE["update_stripe_customer"], of["customer"], invoice_settings=settings))


def failing(**params: Any) -> Body:
    """Create a subscription that begins with a trial of a day, and whose card is declined then."""
    return subscribed(None, customer=customer(FAILS_LATER)["id"], **{"trial_period_days": 1, **params})


def charges(of: Body) -> list[Body]:
    return done(SHOP.get(LIST_CHARGES, customer=of["customer"], limit=100))["data"]


# --- trials -----------------------------------------------------------------------------------------------------------


def test_12_a_trial_ends_and_its_renewal_is_declined_an_hour_later(clock: Clock) -> None:
    """Sources: inbox-zero#3709, dj-stripe#1011."""
    made = failing(trial_period_days=7)
    later(clock, days=7, minutes=1)
    active = subscription(made, expand=["latest_invoice"])
    assert (active["status"], active["latest_invoice"]["status"]) == ("active", "draft")
    later(clock, hours=1)
    failed = subscription(made, expand=["latest_invoice"])
    assert (failed["status"], failed["latest_invoice"]["status"]) == ("past_due", "open")
    assert failed["latest_invoice"]["attempt_count"] == 1
    assert failed["latest_invoice"]["next_payment_attempt"] == made["trial_end"] + 3600 + 86_400


def test_13_a_trial_begins_with_a_paid_invoice_of_nothing() -> None:
    """Sources: Shelf.nu#2310, s2member#396."""
    made = subscribed(None, trial_period_days=7, expand=["latest_invoice"])
    first = made["latest_invoice"]
    assert made["status"] == "trialing"
    assert first.items() >= {"status": "paid", "total": 0, "billing_reason": "subscription_create"}.items()
    assert first["lines"]["data"][0]["description"] == "Free trial for 1 seat × Gold"
    assert made["billing_cycle_anchor"] == made["trial_end"] == made["created"] + 7 * 86_400
    assert charges(made) == []


def test_15_the_end_of_a_trial_now() -> None:
    """Source: pay#695. Its end is announced, and then it is active."""
    made = subscribed(trial_period_days=30)
    ended = done(ask("update", made, trial_end="now"))
    assert (ended["status"], ended["trial_end"]) == ("active", ended["billing_cycle_anchor"])
    stored = get_object(objects_table(), "subscription", build.MERCHANT, made["id"])
    assert stored is not None
    (change,) = stored.changes
    assert events_of(as_created(stored), as_of(stored, change)) == ("trial_will_end", "updated")


def test_the_end_of_a_trial_now_changes_nothing_of_one_without() -> None:
    """As recorded."""
    made = subscribed()
    assert done(ask("update", made, trial_end="now"))["latest_invoice"] == made["latest_invoice"]


def test_a_trial_that_ends_later(clock: Clock) -> None:
    made = subscribed(trial_period_days=2)
    moved = done(ask("update", made, trial_end=made["created"] + 10 * 86_400))
    later(clock, days=9)
    assert subscription(made)["status"] == "trialing"
    later(clock, days=1, hours=2)
    active = subscription(made, expand=["latest_invoice"])
    assert (active["status"], active["latest_invoice"]["status"]) == ("active", "paid")
    assert active["items"]["data"][0]["current_period_start"] == moved["trial_end"]


# --- incomplete -------------------------------------------------------------------------------------------------------


def test_16_the_first_invoice_is_not_paid_in_time(clock: Clock) -> None:
    """Sources: ubuntu.com#7604, parabol#9924."""
    made = subscribed(payment_behavior="default_incomplete", expand=["latest_invoice"])
    assert (made["status"], made["latest_invoice"]["attempted"]) == ("incomplete", False)
    later(clock, hours=22, minutes=59)
    assert subscription(made)["status"] == "incomplete"
    later(clock, minutes=1, seconds=5)
    ended = subscription(made, expand=["latest_invoice"])
    assert (ended["status"], ended["latest_invoice"]["status"]) == ("incomplete_expired", "void")
    assert ended["ended_at"] == made["created"] + 23 * 3600
    intent = intent_of(made["latest_invoice"])
    assert intent["status"] == "canceled"
    assert SHOP.post(CONFIRM_PAYMENT_INTENT, intent["id"], payment_method=VISA).status == 400
    assert SHOP.post(RESOURCE["pay_invoice"], made["latest_invoice"]["id"]).status == 400
    audit()


def test_16_the_first_invoice_is_paid_in_time(clock: Clock) -> None:
    made = subscribed(payment_behavior="default_incomplete")
    done(SHOP.post(RESOURCE["pay_invoice"], made["latest_invoice"]))
    assert subscription(made)["status"] == "active"
    later(clock, hours=24)
    assert subscription(made)["status"] == "active"


def test_an_invoice_of_nothing_beside_the_first_does_not_activate() -> None:
    made = subscribed(payment_behavior="default_incomplete")
    sent = {"customer": made["customer"], "subscription": made["id"]}
    other = done(SHOP.post(RESOURCE["create_invoice"], **sent))
    assert done(SHOP.post(RESOURCE["finalize_invoice"], other["id"]))["status"] == "paid"
    assert subscription(made)["status"] == "incomplete"


def test_a_declined_first_payment_leaves_it_incomplete() -> None:
    made = subscribed(FAILS_LATER, expand=["latest_invoice"])
    first = made["latest_invoice"]
    assert (made["status"], first["status"], first["attempt_count"]) == ("incomplete", "open", 1)
    assert first["next_payment_attempt"] is None


def test_a_declined_first_payment_leaves_nothing_if_it_must_be_paid() -> None:
    reply = subscribe(FAILS_LATER, payment_behavior="error_if_incomplete")
    assert (reply.status, reply.error["code"]) == (402, "card_declined")
    assert done(SHOP.get(RESOURCE["list_subscriptions"], status="all"))["data"] == []
    assert invoices() == []


def test_without_any_card_it_is_refused() -> None:
    """As recorded."""
    reply = subscribe(None)
    assert (reply.status, reply.error["code"]) == (400, "resource_missing")
    assert reply.error["message"].startswith("This customer has no attached payment source or default payment method.")
    assert invoices() == []


def test_a_card_that_needs_its_payer_leaves_it_incomplete() -> None:
    """As recorded."""
    made = subscribed(NEEDS_PAYER, expand=["latest_invoice"])
    first = made["latest_invoice"]
    expected = {"status": "open", "attempt_count": 0, "attempted": True, "next_payment_attempt": None}
    assert made["status"] == "incomplete"
    assert first.items() >= expected.items()
    assert intent_of(first)["status"] == "requires_action"


@pytest.mark.parametrize("card, behavior", [(VISA, None), (FAILS_LATER, None), (VISA, "default_incomplete")])
def test_the_same_key_has_the_same_answer(card: str, behavior: str | None) -> None:
    params: Body = {"customer": customer(card)["id"], "items": [{"price": price()["id"]}]}
    params |= {"payment_behavior": behavior} if behavior else {}
    first = done(subscribe(key="once", **params))
    again = done(subscribe(key="once", **params))
    assert again == first
    assert len(invoices()) == 1
    other = subscribe(key="once", **{**params, "description": "x"})
    assert (other.status, other.error["type"]) == (400, "idempotency_error")


# --- declined renewals ------------------------------------------------------------------------------------------------


def test_17_a_renewal_that_is_declined_for_ever(clock: Clock) -> None:
    """Source: superset#6732."""
    made = failing()
    later(clock, days=15, minutes=59)
    assert subscription(made)["status"] == "past_due"
    later(clock, minutes=2)
    ended = subscription(made, expand=["latest_invoice"])
    last = ended["latest_invoice"]
    assert (ended["status"], ended["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
    assert (last["status"], last["attempt_count"], len(charges(made))) == ("open", 9, 9)


def test_once_the_retries_have_ended_no_other_invoice_is_collected(clock: Clock) -> None:
    """The next week's invoice is there by then, and its own retries would go on for a week."""
    made = failing(items=[{"price": price(interval="week")["id"]}])
    later(clock, days=15, hours=3)
    assert subscription(made)["status"] == "canceled"
    attempted = len(charges(made))
    later(clock, days=20)
    assert len(charges(made)) == attempted
    others = invoices(subscription=made["id"])[:-2]
    assert {(each["auto_advance"], each["next_payment_attempt"]) for each in others} == {(False, None)}


def test_18_the_retries_go_on_to_the_end_of_the_period(clock: Clock) -> None:
    """Source: bike4mind#2779."""
    made = failing(items=[{"price": price(interval="week")["id"]}])
    later(clock, days=1, hours=2)
    asked = done(ask("update", made, cancel_at_period_end=True))
    assert (asked["status"], asked["cancel_at_period_end"]) == ("past_due", True)
    before = invoice(asked["latest_invoice"])["attempt_count"]
    later(clock, days=7)
    ended = subscription(made, expand=["latest_invoice"])
    assert (ended["status"], ended["ended_at"]) == ("canceled", asked["cancel_at"])
    assert ended["cancellation_details"]["reason"] == "cancellation_requested"
    assert ended["latest_invoice"]["status"] == "open"
    assert ended["latest_invoice"]["attempt_count"] > before


def test_35_an_older_invoice_that_is_paid_changes_no_status(clock: Clock) -> None:
    """Source: doublepost.link thread 1166355270075695214."""
    made = failing(items=[{"price": price(interval="week")["id"]}])
    later(clock, days=8, minutes=5)
    newest, older, _ = invoices(subscription=made["id"])
    assert (newest["status"], older["status"]) == ("draft", "open")
    fix_card(made)
    assert done(SHOP.post(RESOURCE["pay_invoice"], older["id"]))["status"] == "paid"
    assert subscription(made)["status"] == "past_due"
    later(clock, hours=1)
    assert invoice(newest["id"])["status"] == "paid"
    assert subscription(made)["status"] == "active"


def test_a_past_due_one_is_active_once_its_latest_invoice_is_paid(clock: Clock) -> None:
    made = failing()
    later(clock, days=1, hours=2)
    assert subscription(made)["status"] == "past_due"
    fix_card(made)
    later(clock, days=1)
    renewed = subscription(made, expand=["latest_invoice"])
    assert (renewed["status"], renewed["latest_invoice"]["attempt_count"]) == ("active", 2)


@pytest.mark.parametrize("setting, status", [("unpaid", "unpaid"), ("past_due", "past_due")])
def test_what_follows_the_last_retry_is_a_setting(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, setting: str, status: str
) -> None:
    settings = BillingSettings(billing_retry_days="1,2", billing_after_retries=setting)
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    tables.forget()
    made = failing()
    later(clock, days=4)
    failed = subscription(made, expand=["latest_invoice"])
    assert (failed["status"], failed["latest_invoice"]["attempt_count"]) == (status, 3)
    later(clock, days=29)
    newest = invoices(subscription=made["id"])[0]
    assert newest["billing_reason"] == "subscription_cycle"
    assert (newest["status"], newest["auto_advance"]) == (("draft", False) if status == "unpaid" else ("open", True))


def answered_by_bank(clock: Clock) -> None:
    """Let the bank answer what waits for it, and each invoice follow."""
    store_timers(timer_table.table(), [timer for payment in ledger_payments() for timer in timers_of(payment)])
    later(clock, seconds=61)
    from_stream()


@pytest.mark.parametrize("answer, status", [("approve", "active"), ("decline:insufficient_funds", "past_due")])
def test_a_bank_that_answers_late_decides_the_renewal(clock: Clock, answer: str, status: str) -> None:
    """While it has not answered, nothing is attempted again, and nothing waits in vain."""
    made = subscribed(trial_period_days=1, metadata={"sandbox_outcome": f"pending:60:{answer}"})
    later(clock, days=1, hours=2)
    waiting = subscription(made, expand=["latest_invoice"])
    assert (waiting["status"], waiting["latest_invoice"]["status"]) == ("active", "open")
    assert intent_of(waiting["latest_invoice"])["status"] == "processing"
    answered_by_bank(clock)
    decided = subscription(made, expand=["latest_invoice"])
    assert (decided["status"], decided["latest_invoice"]["attempt_count"]) == (status, 1)
    assert (decided["latest_invoice"]["next_payment_attempt"] is None) is (answer == "approve")
    if answer != "approve":
        later(clock, days=1)
        answered_by_bank(clock)
        assert invoice(decided["latest_invoice"]["id"])["attempt_count"] == 2
    audit()


# --- canceled ---------------------------------------------------------------------------------------------------------


def test_19_a_canceled_one_changes_no_more() -> None:
    """Source: bootcamp#10390."""
    made = subscribed()
    gone = done(cancel(made))
    assert (gone["status"], gone["ended_at"]) == ("canceled", gone["canceled_at"])
    sentence = "A canceled subscription can only update its cancellation_details and metadata."
    for sent in ({"cancel_at_period_end": True}, {"description": "x"}, {"default_payment_method": VISA}):
        reply = ask("update", made, **sent)
        assert (reply.status, reply.error["message"]) == (400, sentence)
    assert done(ask("update", made, metadata={"a": "b"}))["metadata"] == {"a": "b"}
    assert cancel(made).status == 404


def test_a_cancel_stops_the_collection_and_leaves_the_invoice_open(clock: Clock) -> None:
    made = failing()
    later(clock, days=1, hours=2)
    done(cancel(made))
    later(clock, days=20)
    (last, _) = invoices(subscription=made["id"])
    assert last.items() >= {"status": "open", "attempt_count": 1, "auto_advance": False}.items()
    assert last["next_payment_attempt"] is None


@pytest.mark.parametrize("at_end", [True, False])
def test_an_end_that_is_asked_for_comes(clock: Clock, at_end: bool) -> None:
    made = subscribed()
    end = made["items"]["data"][0]["current_period_end"]
    when = end if at_end else made["created"] + 5 * 86_400
    sent: Body = {"cancel_at_period_end": True} if at_end else {"cancel_at": when}
    asked = done(ask("update", made, **sent))
    assert (asked["status"], asked["cancel_at"], asked["cancel_at_period_end"]) == ("active", when, at_end)
    assert asked["canceled_at"] is not None
    later(clock, days=40)
    ended = subscription(made)
    assert (ended["status"], ended["ended_at"], ended["canceled_at"]) == ("canceled", when, asked["canceled_at"])
    assert len(invoices(subscription=made["id"])) == 1


def test_an_end_that_is_taken_back_does_not_come(clock: Clock) -> None:
    """As recorded: false clears all three."""
    made = subscribed()
    done(ask("update", made, cancel_at_period_end=True))
    back = done(ask("update", made, cancel_at_period_end=False))
    assert (back["cancel_at"], back["canceled_at"], back["cancel_at_period_end"]) == (None, None, False)
    later(clock, days=32)
    assert subscription(made)["status"] == "active"


def test_a_canceled_one_is_listed_on_request() -> None:
    made = subscribed()
    done(cancel(made))
    for status, count in ((None, 0), ("all", 1), ("canceled", 1), ("ended", 1), ("active", 0)):
        query = {"customer": made["customer"], **({"status": status} if status else {})}
        assert len(done(SHOP.get(RESOURCE["list_subscriptions"], **query))["data"]) == count, status


# --- what pays --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", ["on_subscription", "off", None])
def test_22_the_first_payment_may_make_its_card_the_default(save: str | None) -> None:
    """Sources: cashier#1674, stripe-java#1612, uc#1212."""
    params: Body = {"payment_settings": {"save_default_payment_method": save}} if save else {}
    made = subscribed(**params)
    assert (made["default_payment_method"] is not None) == (save == "on_subscription")


def test_22_a_payer_who_confirms_the_first_payment_may_make_their_card_the_default() -> None:
    settings = {"save_default_payment_method": "on_subscription"}
    made = subscribed(payment_behavior="default_incomplete", payment_settings=settings)
    intent = intent_of(invoice(made["latest_invoice"]))
    card = attach(made["customer"])
    done(SHOP.post(CONFIRM_PAYMENT_INTENT, intent["id"], payment_method=card))
    from_stream()
    paid = subscription(made)
    assert (paid["status"], paid["default_payment_method"]) == ("active", card)


def test_its_own_card_pays_before_its_customers(clock: Clock) -> None:
    bad = customer(FAILS_LATER)
    made = subscribed(None, customer=bad["id"], default_payment_method=attach(bad["id"]))
    assert made["status"] == "active"
    later(clock, days=32)
    assert {each["status"] for each in invoices(subscription=made["id"])} == {"paid"}


def test_25_a_draft_that_does_not_advance_is_not_attempted(clock: Clock) -> None:
    """Source: Kilo-Org#5409."""
    made = subscribed(trial_period_days=1)
    later(clock, days=1, minutes=1)
    (draft, _) = invoices(subscription=made["id"])
    opened = done(SHOP.post(RESOURCE["finalize_invoice"], draft["id"], auto_advance=False))
    later(clock, days=2)
    assert invoice(opened["id"]).items() >= {"status": "open", "attempted": False}.items()
    assert done(SHOP.post(RESOURCE["void_invoice"], opened["id"]))["status"] == "void"
    assert (subscription(made)["status"], charges(made)) == ("active", [])


def test_33_an_invoice_whose_card_needs_its_payer_is_not_paid_by_a_request(clock: Clock) -> None:
    """Source: stripe-node#628."""
    made = subscribed(None, customer=customer(NEEDS_PAYER)["id"], trial_period_days=1)
    later(clock, days=1, hours=2)
    (failed, _) = invoices(subscription=made["id"])
    assert (subscription(made)["status"], failed["next_payment_attempt"]) == ("past_due", None)
    reply = SHOP.post(RESOURCE["pay_invoice"], failed["id"])
    assert (reply.status, reply.error["code"]) == (402, "invoice_payment_intent_requires_action")
    assert intent_of(failed)["status"] == "requires_action"


def test_invoices_that_are_sent_are_due_later(clock: Clock) -> None:
    made = subscribed(None, collection_method="send_invoice", days_until_due=7)
    assert made["status"] == "active"
    later(clock, hours=2)
    sent = invoice(made["latest_invoice"])
    assert (sent["status"], sent["due_date"]) == ("open", made["created"] + 3600 + 7 * 86_400)
    later(clock, days=7)
    assert subscription(made)["status"] == "past_due"
    fix_card(made)
    done(SHOP.post(RESOURCE["pay_invoice"], sent["id"]))
    assert subscription(made)["status"] == "active"


# --- versions ---------------------------------------------------------------------------------------------------------


def test_27_the_intent_of_the_latest_invoice() -> None:
    """Sources: stripe-node#2369, commerce-stripe#343."""
    made = subscribed()
    path = ["latest_invoice.payment_intent"]
    clover = StripeMerchant(version=CLOVER).get(RESOURCE["get_subscription"], made["id"], expand=path)
    assert clover.status == 400
    before = done(StripeMerchant(version=BEFORE_BASIL).get(RESOURCE["get_subscription"], made["id"], expand=path))
    assert before["latest_invoice"]["payment_intent"].items() >= {"object": "payment_intent", "amount": AMOUNT}.items()


def test_28_the_period_of_a_subscription() -> None:
    """Sources: ansvisor#4, threadplane#534."""
    made = subscribed()
    clover = done(StripeMerchant(version=CLOVER).get(RESOURCE["get_subscription"], made["id"]))
    before = done(StripeMerchant(version=BEFORE_BASIL).get(RESOURCE["get_subscription"], made["id"]))
    (item,) = made["items"]["data"]
    assert not clover.keys() & {"current_period_start", "current_period_end"}
    assert (
        clover["items"]["data"][0]["current_period_end"] == before["current_period_end"] == item["current_period_end"]
    )


# --- tenancy ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["get", "update", "cancel"])
def test_another_merchants_subscription_does_not_exist(name: str) -> None:
    made = subscribed()
    reply = OTHER.ask(RESOURCE[f"{name}_subscription"], made["id"])
    assert (reply.status, reply.error["code"]) == (404, "resource_missing")
    assert subscription(made) == made


def test_what_a_subscription_has_is_another_merchants_too() -> None:
    made = subscribed()
    (item,) = made["items"]["data"]
    assert OTHER.get(RESOURCE["get_subscription_item"], item["id"]).status == 404
    assert OTHER.get(RESOURCE["list_subscription_items"], subscription=made["id"]).status in (400, 404)
    assert done(OTHER.get(RESOURCE["list_subscriptions"], status="all"))["data"] == []
    assert done(OTHER.get(RESOURCE["list_invoices"], subscription=made["id"]))["data"] == []
    theirs = customer(shop=OTHER)["id"]
    for sent in (
        {"customer": made["customer"], "items": [{"price": price(shop=OTHER)["id"]}]},
        {"customer": theirs, "items": [{"price": item["price"]["id"]}]},
    ):
        reply = OTHER.post(RESOURCE["create_subscription"], **sent)
        assert (reply.status, reply.error["code"]) == (400, "resource_missing")
    reply = OTHER.post(RESOURCE["create_invoice"], customer=theirs, subscription=made["id"])
    assert reply.error["code"] == "resource_missing"


def test_a_customers_other_subscriptions_go_on(clock: Clock) -> None:
    name = customer()["id"]
    kept, gone = subscribed(customer=name), subscribed(customer=name)
    done(cancel(gone))
    later(clock, seconds=timedelta(days=32).total_seconds())
    assert subscription(kept)["status"] == "active"
    numbers = sorted(each["number"][-4:] for each in invoices(customer=name))
    assert numbers == ["0001", "0002", "0003"]
