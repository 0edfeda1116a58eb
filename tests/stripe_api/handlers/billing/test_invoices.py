"""Invoices that somebody makes: items, finalization, payment, and each way to end. A request is made once per key."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    CANCEL_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    GET_PAYMENT_INTENT,
    LIST_CHARGES,
)
from tests.stripe_api.handlers.billing.shop import (
    FAILS_LATER,
    NEEDS_PAYER,
    SHOP,
    VISA,
    Body,
    customer,
    intent_of,
    invoice,
    invoices,
    later,
    price,
    subscribed,
    sweep,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders import build
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.tools.ledger_audit import audit
from tests.support.worlds.handlers import Clock

OTHER = StripeMerchant(build.OTHER_MERCHANT)


def item(of: str, amount: int = 10_00, **params: Any) -> Body:
    """Create an invoice item of a customer."""
    return done(SHOP.post(RESOURCE["create_invoiceitem"], customer=of, amount=amount, currency="usd", **params))


def drafted(card: str | None = VISA, amount: int = 10_00, **params: Any) -> Body:
    """Create a draft of a new customer with an item of this amount."""
    name = customer(card)["id"]
    made = done(SHOP.post(RESOURCE["create_invoice"], customer=name, **params))
    if amount:
        item(name, amount, invoice=made["id"])
    return invoice(made["id"])


def ask(what: str, of: Body, *, key: str | None = None, **params: Any) -> StripeReply:
    """Ask for something of an invoice: `finalize`, `pay`, `void` and so on."""
    return SHOP.post(RESOURCE[f"{what}_invoice"], of["id"], key=key, **params)


def opened(card: str | None = VISA, **params: Any) -> Body:
    """Create an invoice of 10.00 USD that is finalized, and not paid by itself."""
    return done(ask("finalize", drafted(card, **params)))


def lines(of: Body, **params: Any) -> Body:
    return done(SHOP.get(RESOURCE["list_invoice_lines"], of["id"], **params))


def payments(**params: Any) -> list[Body]:
    return done(SHOP.get(RESOURCE["list_invoice_payments"], **params))["data"]


def refusal(reply: StripeReply) -> Body:
    """Return an error without the address of its request."""
    return {name: value for name, value in reply.error.items() if name != "request_log_url"}


def attempts(of: Body) -> int:
    """Return how many charges the intent of an invoice has."""
    return len(done(SHOP.get(LIST_CHARGES, payment_intent=intent_of(of)["id"]))["data"])


# --- drafts and their items -------------------------------------------------------------------------------------------


def test_a_new_invoice_is_a_draft_of_nothing() -> None:
    """As recorded."""
    made = done(SHOP.post(RESOURCE["create_invoice"], customer=customer()["id"]))
    expected = {"status": "draft", "billing_reason": "manual", "total": 0, "number": None, "auto_advance": False}
    assert made.items() >= expected.items()
    assert made["lines"]["data"] == []
    assert made["ending_balance"] is None


def test_an_item_is_a_line_of_its_draft() -> None:
    made = drafted(amount=12_34)
    (line,) = made["lines"]["data"]
    assert (made["total"], made["amount_due"], line["amount"], line["invoice"]) == (1234, 1234, 1234, made["id"])
    assert line["parent"]["type"] == "invoice_item_details"


def test_an_item_of_a_price_has_its_amount_times_its_quantity() -> None:
    name = customer()["id"]
    product = done(SHOP.post(RESOURCE["create_product"], name="Hat"))["id"]
    hat = done(SHOP.post(RESOURCE["create_price"], product=product, unit_amount=5_00, currency="usd"))["id"]
    made = done(SHOP.post(RESOURCE["create_invoice"], customer=name))
    sent = {"customer": name, "invoice": made["id"], "pricing": {"price": hat}, "quantity": 3}
    billed = done(SHOP.post(RESOURCE["create_invoiceitem"], **sent))
    assert (billed["amount"], billed["description"], billed["pricing"]["price_details"]["price"]) == (1500, "Hat", hat)
    assert invoice(made["id"])["total"] == 1500


def test_pending_items_wait_for_an_invoice_that_includes_them() -> None:
    name = customer()["id"]
    one, two = item(name, 1_00), item(name, 2_00)
    excluding = done(SHOP.post(RESOURCE["create_invoice"], customer=name))
    including = done(SHOP.post(RESOURCE["create_invoice"], customer=name, pending_invoice_items_behavior="include"))
    again = done(SHOP.post(RESOURCE["create_invoice"], customer=name, pending_invoice_items_behavior="include"))
    assert [each["total"] for each in (excluding, including, again)] == [0, 300, 0]
    found = done(SHOP.get(RESOURCE["list_invoiceitems"], invoice=including["id"]))["data"]
    assert {each["id"] for each in found} == {one["id"], two["id"]}


def test_an_item_changes_its_line_and_takes_it_along() -> None:
    name = customer()["id"]
    made = done(SHOP.post(RESOURCE["create_invoice"], customer=name))
    kept, gone = item(name, 1_00, invoice=made["id"]), item(name, 2_00, invoice=made["id"])
    done(SHOP.post(RESOURCE["update_invoiceitem"], kept["id"], amount=5_00))
    assert invoice(made["id"])["total"] == 700
    done(SHOP.ask(RESOURCE["delete_invoiceitem"], gone["id"]))
    assert [line["amount"] for line in lines(made)["data"]] == [500]


def test_an_item_of_a_finalized_invoice_stays() -> None:
    made = drafted()
    done(ask("finalize", made))
    (line,) = made["lines"]["data"]
    billed = line["parent"]["invoice_item_details"]["invoice_item"]
    assert SHOP.ask(RESOURCE["delete_invoiceitem"], billed).status == 400
    assert SHOP.post(RESOURCE["update_invoiceitem"], billed, amount=1).status == 400
    late = SHOP.post(
        RESOURCE["create_invoiceitem"], customer=made["customer"], amount=1, currency="usd", invoice=made["id"]
    )
    assert (late.status, late.error["message"]) == (400, "This invoice is no longer editable")


def test_the_lines_of_an_invoice_come_in_pages() -> None:
    name = customer()["id"]
    made = done(SHOP.post(RESOURCE["create_invoice"], customer=name))
    for amount in range(1, 13):
        item(name, amount, invoice=made["id"])
    shown = invoice(made["id"])["lines"]
    assert (len(shown["data"]), shown["has_more"], shown["total_count"]) == (10, True, 12)
    first = lines(made, limit=7)
    rest = lines(made, limit=7, starting_after=first["data"][-1]["id"])
    assert [line["amount"] for line in [*first["data"], *rest["data"]]] == [*range(1, 13)]
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_a_draft_is_deleted_with_its_items() -> None:
    made = drafted()
    (line,) = made["lines"]["data"]
    assert done(SHOP.ask(RESOURCE["delete_invoice"], made["id"]))["deleted"] is True
    assert wrong(SHOP.get(RESOURCE["get_invoice"], made["id"]))[0] == 404
    billed = line["parent"]["invoice_item_details"]["invoice_item"]
    assert SHOP.get(RESOURCE["get_invoiceitem"], billed).status == 404


# --- finalized --------------------------------------------------------------------------------------------------------


def test_numbers_have_no_gap_per_customer() -> None:
    name = customer()["id"]
    made = [done(SHOP.post(RESOURCE["create_invoice"], customer=name)) for _ in range(3)]
    item(name, invoice=made[2]["id"])
    numbers = [done(ask("finalize", made[place]))["number"] for place in (2, 0, 1)]
    prefix = done(SHOP.get(RESOURCE["get_stripe_customer"], name))["invoice_prefix"]
    assert numbers == [f"{prefix}-0001", f"{prefix}-0002", f"{prefix}-0003"]
    assert done(SHOP.get(RESOURCE["get_stripe_customer"], name))["next_invoice_sequence"] == 4


def test_a_finalized_invoice_has_an_intent_without_an_attempt() -> None:
    made = opened()
    intent = intent_of(made)
    assert (made["status"], made["attempted"], made["amount_remaining"]) == ("open", False, 1000)
    assert (intent["status"], intent["amount"], intent["customer"]) == (
        "requires_payment_method",
        1000,
        made["customer"],
    )


def test_an_invoice_of_nothing_is_paid_once_it_is_finalized() -> None:
    """As recorded."""
    made = done(ask("finalize", drafted(amount=0), expand=["payments", "confirmation_secret"]))
    expected = {"status": "paid", "attempted": True, "attempt_count": 0, "amount_paid": 0, "confirmation_secret": None}
    assert made.items() >= expected.items()
    assert made["payments"]["data"] == []


def test_one_that_does_not_advance_is_not_attempted(clock: Clock) -> None:
    """Source: Kilo-Org#5409."""
    made = done(ask("finalize", drafted(), auto_advance=False))
    later(clock, days=3)
    assert invoice(made["id"]).items() >= {"status": "open", "attempted": False, "attempt_count": 0}.items()
    assert done(ask("void", made))["status"] == "void"
    assert intent_of(made)["status"] == "canceled"


def test_one_that_advances_is_paid_once_it_is_finalized() -> None:
    made = done(ask("finalize", drafted(), auto_advance=True))
    sweep()
    assert invoice(made["id"]).items() >= {"status": "paid", "amount_paid": 1000, "auto_advance": False}.items()
    assert attempts(made) == 1


def test_one_that_advances_is_finalized_and_paid_an_hour_later(clock: Clock) -> None:
    made = drafted(auto_advance=True)
    later(clock, minutes=59)
    assert invoice(made["id"])["status"] == "draft"
    later(clock, minutes=1, seconds=5)
    paid = invoice(made["id"])
    assert paid["status"] == "paid"
    assert paid["status_transitions"]["finalized_at"] == made["created"] + 3600
    assert paid["status_transitions"]["paid_at"] == made["created"] + 3600


# --- paid -------------------------------------------------------------------------------------------------------------


def test_paying_a_draft_finalizes_it() -> None:
    """As recorded."""
    paid = done(ask("pay", drafted()))
    expected = {"status": "paid", "amount_paid": 1000, "amount_remaining": 0, "attempt_count": 1, "attempted": True}
    assert paid.items() >= expected.items()
    assert intent_of(paid).items() >= {"status": "succeeded", "amount_received": 1000}.items()
    audit()


def test_the_payment_of_an_invoice() -> None:
    made = opened()
    (open_one,) = payments(invoice=made["id"])
    assert (open_one["status"], open_one["amount_requested"], open_one["is_default"]) == ("open", 1000, True)
    done(ask("pay", made))
    (paid,) = payments(invoice=made["id"])
    assert (paid["id"], paid["status"], paid["amount_paid"]) == (open_one["id"], "paid", 1000)
    intent = paid["payment"]["payment_intent"]
    assert payments(payment={"type": "payment_intent", "payment_intent": intent}) == [paid]
    assert done(SHOP.get(RESOURCE["get_invoice_payment"], paid["id"])) == paid
    assert payments(invoice=made["id"], status="open") == []
    assert paid in payments()


def test_the_same_key_has_the_same_answer() -> None:
    made = opened()
    first = done(ask("pay", made, key="once"))
    assert done(ask("pay", made, key="once")) == first
    assert attempts(made) == 1
    reply = ask("pay", made, key="once", off_session=True)
    assert (reply.status, reply.error["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize("what", ["finalize", "void", "send", "mark_uncollectible"])
def test_a_repeated_request_has_the_first_answer(what: str) -> None:
    made = drafted() if what == "finalize" else opened()
    first = done(ask(what, made, key="once"))
    if what != "void":
        done(ask("pay", made))
    assert done(ask(what, made, key="once")) == first
    assert ask(what, made, key="once", expand=["customer"]).error["type"] == "idempotency_error"


def test_creating_is_repeated_once() -> None:
    name = customer()["id"]
    sent = {"customer": name, "pending_invoice_items_behavior": "include"}
    pending = [done(SHOP.post(RESOURCE["create_invoiceitem"], key="item", customer=name, amount=5, currency="usd"))]
    pending += [done(SHOP.post(RESOURCE["create_invoiceitem"], key="item", customer=name, amount=5, currency="usd"))]
    made = [done(SHOP.post(RESOURCE["create_invoice"], key="invoice", **sent)) for _ in range(2)]
    assert pending[0] == pending[1]
    assert made[0] == made[1]
    assert made[0]["total"] == 5
    assert len(invoices(customer=name)) == 1


def test_an_invoice_is_not_paid_twice() -> None:
    made = opened()
    done(ask("pay", made))
    reply = ask("pay", made)
    assert (reply.status, reply.error["message"]) == (400, "Invoice is already paid")
    assert ask("pay", made, paid_out_of_band=True).status == 400
    assert attempts(made) == 1


def test_a_declined_payment_is_the_banks_refusal_and_stays_so() -> None:
    made = opened(FAILS_LATER)
    first = ask("pay", made, key="once")
    assert (first.status, first.error["type"], first.error["code"]) == (402, "card_error", "card_declined")
    repeated = ask("pay", made, key="once")
    assert (repeated.status, refusal(repeated)) == (402, refusal(first))
    failed = invoice(made["id"])
    assert failed.items() >= {"status": "open", "attempted": True, "attempt_count": 1, "amount_paid": 0}.items()
    assert attempts(made) == 1


def test_a_declined_payment_stays_refused_once_the_invoice_is_paid() -> None:
    made = opened(FAILS_LATER)
    first = ask("pay", made, key="once")
    other = done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=made["customer"]))["id"]
    assert done(ask("pay", made, payment_method=other))["status"] == "paid"
    repeated = ask("pay", made, key="once")
    assert (repeated.status, refusal(repeated)) == (402, refusal(first))
    assert invoice(made["id"])["status"] == "paid"


def test_an_invoice_of_a_customer_without_a_card_is_not_paid() -> None:
    made = opened(None)
    reply = ask("pay", made)
    assert (reply.status, reply.error["code"]) == (400, "resource_missing")
    assert reply.error["message"].startswith("This customer has no attached payment source or default payment method.")


def test_anothers_card_is_refused() -> None:
    made, card = opened(), done(SHOP.post(CREATE_PAYMENT_METHOD, type="card", card={"token": "tok_visa"}))
    assert ask("pay", made, payment_method=card["id"]).status == 400
    assert invoice(made["id"])["attempted"] is False


def test_a_card_that_needs_its_payer() -> None:
    """Source: stripe-node#628."""
    made = opened(NEEDS_PAYER)
    reply = ask("pay", made, key="once")
    code = "invoice_payment_intent_requires_action"
    assert (reply.status, reply.error["type"], reply.error["code"]) == (402, "card_error", code)
    assert refusal(ask("pay", made, key="once")) == refusal(reply)
    assert intent_of(made)["status"] == "requires_action"
    assert invoice(made["id"]).items() >= {"status": "open", "attempted": True, "attempt_count": 0}.items()


def test_a_payer_who_did_not_act_may_pay_with_another_card() -> None:
    made = opened(NEEDS_PAYER)
    ask("pay", made)
    other = done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=made["customer"]))["id"]
    assert done(ask("pay", made, payment_method=other))["status"] == "paid"
    audit()


@pytest.mark.parametrize("is_draft", [True, False])
def test_an_invoice_is_paid_elsewhere(is_draft: bool) -> None:
    made = drafted() if is_draft else opened()
    paid = done(ask("pay", made, key="once", paid_out_of_band=True))
    assert paid.items() >= {"status": "paid", "amount_paid": 0, "amount_remaining": 0}.items()
    assert done(ask("pay", made, key="once", paid_out_of_band=True)) == paid
    assert done(SHOP.get(LIST_CHARGES, customer=made["customer"]))["data"] == []
    audit()


def test_a_bank_that_answers_late_is_waited_for(clock: Clock) -> None:
    made = opened(metadata={"sandbox_outcome": "pending:60:approve"})
    waiting = ask("pay", made, key="once")
    assert waiting.status == 200, waiting.text
    assert (waiting.json["status"], intent_of(made)["status"]) == ("open", "processing")


# --- other ends -------------------------------------------------------------------------------------------------------

REFUSED = {
    "draft": ["void", "mark_uncollectible"],
    "open": ["finalize"],
    "paid": ["finalize", "pay", "void", "mark_uncollectible", "send"],
    "void": ["finalize", "pay", "void", "mark_uncollectible", "send"],
    "uncollectible": ["finalize", "mark_uncollectible", "send"],
}


@pytest.mark.parametrize("status", REFUSED)
def test_a_status_refuses_some_requests(status: str) -> None:
    made = drafted() if status == "draft" else opened()
    ending = {"paid": "pay", "void": "void", "uncollectible": "mark_uncollectible"}.get(status)
    if ending:
        done(ask(ending, made))
    before = invoice(made["id"])
    for what in REFUSED[status]:
        reply = ask(what, made)
        assert (what, reply.status, reply.error["type"]) == (what, 400, "invalid_request_error")
    if status != "draft":
        assert SHOP.ask(RESOURCE["delete_invoice"], made["id"]).status == 400
        assert SHOP.post(RESOURCE["update_invoice"], made["id"], description="x").status == 400
    assert invoice(made["id"]) == before


def test_a_void_invoice_has_no_open_payment() -> None:
    made = opened()
    void = done(ask("void", made))
    assert (void["status"], void["amount_remaining"]) == ("void", 1000)
    assert intent_of(made)["status"] == "canceled"
    (payment,) = payments(invoice=made["id"])
    assert (payment["status"], payment["status_transitions"]["canceled_at"]) == (
        "canceled",
        void["status_transitions"]["voided_at"],
    )


def test_an_uncollectible_invoice_can_be_paid() -> None:
    made = opened()
    assert done(ask("mark_uncollectible", made))["status"] == "uncollectible"
    paid = done(ask("pay", made))
    assert (paid["status"], paid["status_transitions"]["paid_at"] is None) == ("paid", False)


def test_an_uncollectible_invoice_can_be_voided() -> None:
    made = opened()
    done(ask("mark_uncollectible", made))
    assert done(ask("void", made))["status"] == "void"


def test_an_invoice_that_is_sent_waits_for_its_payer(clock: Clock) -> None:
    made = drafted(collection_method="send_invoice", days_until_due=30)
    sent = done(ask("send", made))
    assert (sent["status"], sent["due_date"]) == ("open", sent["status_transitions"]["finalized_at"] + 30 * 86_400)
    later(clock, days=40)
    assert invoice(made["id"]).items() >= {"status": "open", "attempted": False, "next_payment_attempt": None}.items()
    assert done(ask("pay", made))["status"] == "paid"


def test_the_draft_of_a_subscription_is_not_deleted(clock: Clock) -> None:
    """Source: stripe-node#657."""
    made = subscribed(trial_period_days=1)
    later(clock, days=1, minutes=1)
    (draft, _) = invoices(subscription=made["id"])
    assert draft["status"] == "draft"
    reply = SHOP.ask(RESOURCE["delete_invoice"], draft["id"])
    assert (reply.status, reply.error["message"]) == (400, "You can't delete invoices created by subscriptions.")


# --- the schedule -----------------------------------------------------------------------------------------------------


def test_a_manual_invoice_is_retried_nine_times(clock: Clock) -> None:
    made = done(ask("finalize", drafted(FAILS_LATER), auto_advance=True))
    later(clock, days=15)
    failed = invoice(made["id"])
    assert failed.items() >= {"status": "open", "attempt_count": 9, "next_payment_attempt": None}.items()
    assert attempts(made) == 9


def test_a_card_that_comes_before_the_retry_pays(clock: Clock) -> None:
    made = done(ask("finalize", drafted(FAILS_LATER), auto_advance=True))
    later(clock, hours=2)
    other = done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=made["customer"]))["id"]
    settings = {"default_payment_method": other}
    done(SHOP.post(RESOURCE["update_stripe_customer"], made["customer"], invoice_settings=settings))
    later(clock, days=1)
    paid = invoice(made["id"])
    assert (paid["status"], paid["attempt_count"]) == ("paid", 2)
    assert paid["status_transitions"]["paid_at"] == paid["status_transitions"]["finalized_at"] + 86_400


def test_an_intent_that_was_canceled_stops_the_schedule(clock: Clock) -> None:
    """Whether or not a merchant may cancel it: nothing hangs, and the invoice can still be paid elsewhere."""
    made = done(ask("finalize", drafted(FAILS_LATER), auto_advance=True))
    sweep()
    SHOP.post(CANCEL_PAYMENT_INTENT, intent_of(made)["id"])
    later(clock, days=20)
    assert invoice(made["id"])["status"] == "open"
    assert done(ask("pay", made, paid_out_of_band=True))["status"] == "paid"


# --- tenancy ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["get", "update", "delete", "finalize", "pay", "void", "mark_uncollectible", "send"])
def test_another_merchants_invoice_does_not_exist(name: str) -> None:
    made = opened()
    reply = OTHER.ask(RESOURCE[f"{name}_invoice"], made["id"])
    assert (reply.status, reply.error["code"]) == (404, "resource_missing"), name
    assert invoice(made["id"]) == made


def test_what_an_invoice_has_is_another_merchants_too() -> None:
    made = opened()
    (payment,) = payments(invoice=made["id"])
    (line,) = made["lines"]["data"]
    billed = line["parent"]["invoice_item_details"]["invoice_item"]
    assert OTHER.get(RESOURCE["list_invoice_lines"], made["id"]).status == 404
    assert OTHER.get(RESOURCE["get_invoiceitem"], billed).status == 404
    assert OTHER.get(RESOURCE["get_invoice_payment"], payment["id"]).status == 404
    assert OTHER.get(GET_PAYMENT_INTENT, payment["payment"]["payment_intent"]).status == 404
    for query in ({"invoice": made["id"]}, {"payment": payment["payment"]}, {}):
        assert done(OTHER.get(RESOURCE["list_invoice_payments"], **query))["data"] == []
    assert done(OTHER.get(RESOURCE["list_invoices"]))["data"] == []
    for sent in ({"customer": made["customer"]}, {"invoice": made["id"]}):
        reply = OTHER.post(RESOURCE["create_invoiceitem"], amount=1, currency="usd", **sent)
        assert wrong(reply)[1:] == missing(next(iter(sent)))[1:]


def test_a_recurring_price_is_no_invoice_item() -> None:
    reply = SHOP.post(RESOURCE["create_invoiceitem"], customer=customer()["id"], price=price()["id"])
    assert reply.status == 400
