"""POST /c/pay/{merchant}/{session}/{token}: a payer pays a Checkout session, or saves a card."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from paysandbox.stripe_api.routes import (
    CONFIRM_SETUP_INTENT,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_PAYMENT_METHOD,
    GET_SETUP_INTENT,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.handlers.checkout.sessions import (
    CHALLENGED,
    DECLINED,
    SUCCESS,
    VISA,
    create,
    item,
    opened,
    page,
    pay,
    place_of,
    saving,
    shown,
    submit,
    typed,
)
from tests.stripe_api.handlers.setup_intents.setups import complete as complete_setup
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.challenges import BROWSER, complete
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong

SHOP = StripeMerchant()


def thanks(session: Any) -> str:
    return SUCCESS.replace("{CHECKOUT_SESSION_ID}", session["id"])


def customer(**params: Any) -> str:
    return done(SHOP.post(RESOURCE["create_stripe_customer"], **params))["id"]


def intent_of(session: Any) -> Any:
    return done(SHOP.get(GET_PAYMENT_INTENT, shown(session["id"])["payment_intent"]))


def setup_of(session: Any) -> Any:
    return done(SHOP.get(GET_SETUP_INTENT, session["setup_intent"]))


# --- pay --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", [VISA, "4242 4242 4242 4242", "pm_card_visa"])
def test_a_program_pays_with_a_card_alone(card: str) -> None:
    session = opened(metadata={"order": "7"}, payment_intent_data={"metadata": {"order": "7"}, "description": "Hats"})
    reply = pay(session["url"], card)
    paid = shown(session["id"])
    assert (reply.status, reply.headers["Location"]) == (303, thanks(session))
    assert reply.json == {
        "session": session["id"],
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 20_00,
        "currency": "usd",
        "payment_intent": paid["payment_intent"],
        "setup_intent": None,
        "location": thanks(session),
    }
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert paid["customer_details"]["email"] == "payer@example.com"
    intent = intent_of(session)
    assert (intent["status"], intent["amount"], intent["description"]) == ("succeeded", 20_00, "Hats")
    assert intent["metadata"] == {"order": "7"}


def test_a_person_pays_with_the_form() -> None:
    session = opened()
    reply = submit(session["url"], typed())
    assert (reply.status, reply.headers["Location"], reply.text) == (303, thanks(session), "")
    assert shown(session["id"])["customer_details"].items() >= {
        "email": "jenny@example.com", "name": "Jenny Rosen", "phone": None,
    }.items()  # fmt: skip


BILLED = {"billingCountry": "US", "billingPostalCode": "10000"}
ADDRESS = {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": "10000", "state": None}


@pytest.mark.parametrize(
    "number, fields, address, check",
    [
        (VISA, BILLED, ADDRESS, "pass"),
        ("4000000000000036", BILLED, ADDRESS, "fail"),
        (VISA, {"billingCountry": "", "billingPostalCode": ""}, None, None),
    ],
)
def test_the_bank_checks_the_postal_code(number: str, fields: Any, address: Any, check: str | None) -> None:
    session = opened()
    submit(session["url"], typed(number, **fields))
    assert shown(session["id"])["customer_details"]["address"] == address
    charge = done(SHOP.get(GET_CHARGE, intent_of(session)["latest_charge"]))
    assert charge["payment_method_details"]["card"]["checks"]["address_postal_code_check"] == check


def test_a_country_is_kept_beside_a_fault() -> None:
    text = submit(opened()["url"], typed(cardCvc="", **BILLED)).text
    assert '<option value="US" selected>' in text
    assert 'id="cardCvc-error"' in text


def test_a_decline_is_shown_in_its_place() -> None:
    """The same intent takes the next card."""
    session = opened()
    reply = submit(session["url"], typed(DECLINED))
    assert reply.status == 402
    assert 'role="alert"' in reply.text
    assert "Your card was declined." in reply.text
    assert 'value="jenny@example.com"' in reply.text
    assert 'id="cardNumber" name="cardNumber" value=""' in reply.text
    intent = intent_of(session)
    assert (intent["status"], intent["last_payment_error"]["code"]) == ("requires_payment_method", "card_declined")
    assert shown(session["id"]).items() >= {"status": "open", "payment_status": "unpaid"}.items()
    assert pay(session["url"]).status == 303
    assert intent_of(session)["id"] == intent["id"]


def test_a_program_learns_why_a_card_was_declined() -> None:
    session = opened()
    reply = pay(session["url"], "4000000000009995")
    assert (reply.status, reply.json["status"]) == (200, "open")
    assert reply.json["error"].items() >= {
        "code": "card_declined", "decline_code": "insufficient_funds", "type": "card_error",
    }.items()  # fmt: skip


@pytest.mark.parametrize("result, status", [("succeeded", "complete"), ("failed", "open")])
def test_the_cardholder_is_authenticated_on_the_way(result: str, status: str) -> None:
    """The page of 3-D Secure leads back to the session's, which leads on to the shop."""
    session = opened()
    challenge = submit(session["url"], typed(CHALLENGED)).headers["Location"]
    assert urlsplit(challenge).path.startswith("/authenticate/")
    back = complete(challenge, result, accept=BROWSER).headers["Location"]
    assert back.startswith(f"{session['url']}?")
    reply = page(session["url"])
    assert (reply.status, shown(session["id"])["status"]) == (200, status)
    if status == "complete":
        assert f'<meta http-equiv="refresh" content="0;url={thanks(session)}">' in reply.text
    else:
        assert "failed authentication" in reply.text


@pytest.mark.parametrize(
    "fields, faulty",
    [
        ({"email": ""}, "email"),
        ({"cardNumber": ""}, "cardNumber"),
        ({"cardNumber": "4242424242424241"}, "cardNumber"),
        ({"cardNumber": "abc"}, "cardNumber"),
        ({"cardExpiry": "13/40"}, "cardExpiry"),
        ({"cardExpiry": "01/20"}, "cardExpiry"),
        ({"cardCvc": "1"}, "cardCvc"),
    ],
)
def test_a_fault_is_shown_at_its_field(fields: dict[str, str], faulty: str) -> None:
    session = opened()
    reply = submit(session["url"], typed(**fields))
    assert reply.status == 400
    assert f'id="{faulty}-error"' in reply.text
    assert shown(session["id"])["payment_intent"] is None


def test_a_live_card_is_refused() -> None:
    session = opened()
    reply = submit(session["url"], typed("4539578763621486"))
    assert (reply.status, 'id="cardNumber-error"' in reply.text) == (400, True)


def test_a_program_gets_a_problem_for_a_fault() -> None:
    reply = submit(opened()["url"], typed(cardExpiry=""), accept="application/json")
    assert (reply.status, reply.json["code"], reply.json["param"]) == (400, "parameter_missing", "cardExpiry")


def test_a_session_is_paid_once() -> None:
    session = opened()
    for _ in range(3):
        reply = pay(session["url"])
        assert (reply.status, reply.json["payment_status"]) == (303, "paid")
    assert intent_of(session)["amount_received"] == 20_00


def test_nothing_is_due() -> None:
    session = opened(line_items=[item(0)])
    assert session["payment_status"] == "no_payment_required"
    reply = submit(session["url"], {"email": "jenny@example.com"})
    paid = shown(session["id"])
    assert (reply.status, paid["status"], paid["payment_status"]) == (303, "complete", "no_payment_required")
    assert paid["payment_intent"] is None


def test_what_is_held_is_not_paid() -> None:
    session = opened(payment_intent_data={"capture_method": "manual"})
    assert pay(session["url"]).json["payment_status"] == "unpaid"
    assert intent_of(session)["status"] == "requires_capture"
    assert done(SHOP.capture(shown(session["id"])["payment_intent"]))["status"] == "succeeded"


def test_a_bank_that_answers_later_completes_the_session_unpaid() -> None:
    session = opened(payment_intent_data={"metadata": {"sandbox_outcome": "pending:60:approve"}})
    assert pay(session["url"]).json.items() >= {"status": "complete", "payment_status": "unpaid"}.items()
    assert intent_of(session)["status"] == "processing"


# --- customers --------------------------------------------------------------------------------------------------------


def test_the_customers_address_cannot_be_changed() -> None:
    name = customer(email="jenny@example.com", name="Jenny")
    session = opened(customer=name, customer_update={"name": "auto"})
    assert session["customer_details"]["email"] == "jenny@example.com"
    submit(session["url"], typed(email="other@example.com", billingName="Jenny Rosen"))
    paid = shown(session["id"], expand=["customer"])
    assert (paid["customer_details"]["email"], paid["customer"]["name"]) == ("jenny@example.com", "Jenny Rosen")
    assert intent_of(session)["customer"] == name


@pytest.mark.parametrize(
    "params, created",
    [({}, False), ({"customer_creation": "always"}, True), ({"invoice_creation": {"enabled": True}}, True)],
)
def test_a_session_creates_its_customer_if_it_needs_one(params: Any, created: bool) -> None:
    session = opened(**params)
    submit(session["url"], typed())
    paid = shown(session["id"], expand=["customer"])
    assert (paid["customer"] is not None) is created
    if created:
        assert paid["customer"]["email"] == "jenny@example.com"
        assert intent_of(session)["customer"] == paid["customer"]["id"]


def test_the_card_is_saved_for_the_customer() -> None:
    name = customer()
    session = opened(customer=name, payment_intent_data={"setup_future_usage": "off_session"})
    pay(session["url"])
    paid = intent_of(session)
    again = SHOP.paid(customer=name, payment_method=paid["payment_method"], off_session=True)
    assert again["status"] == "succeeded"


# --- choices ----------------------------------------------------------------------------------------------------------


def test_the_payer_chooses_quantities() -> None:
    session = opened(line_items=[item(5_00, 1, adjustable_quantity={"enabled": True, "maximum": 3})])
    name = shown(session["id"], expand=["line_items"])["line_items"]["data"][0]["id"]
    reply = submit(session["url"], {"action": "update", f"quantity[{name}]": "2"})
    assert (reply.status, "$10.00" in reply.text) == (200, True)
    assert shown(session["id"])["amount_total"] == 10_00
    submit(session["url"], typed(**{f"quantity[{name}]": "3"}))
    assert (shown(session["id"])["amount_total"], intent_of(session)["amount"]) == (15_00, 15_00)


def test_the_amount_follows_after_a_decline() -> None:
    """The intent that was declined at one amount is paid at another."""
    session = opened(line_items=[item(5_00, 1, adjustable_quantity={"enabled": True})])
    name = shown(session["id"], expand=["line_items"])["line_items"]["data"][0]["id"]
    submit(session["url"], typed(DECLINED))
    submit(session["url"], {"action": "update", f"quantity[{name}]": "4"})
    assert intent_of(session)["amount"] == 20_00
    pay(session["url"])
    assert intent_of(session).items() >= {"status": "succeeded", "amount_received": 20_00}.items()


def test_what_cannot_be_chosen_is_refused() -> None:
    session = opened()
    reply = submit(session["url"], typed(shippingRate="shr_none"), accept="application/json")
    assert (reply.status, reply.json["param"]) == (400, "shippingRate")


# --- setup ------------------------------------------------------------------------------------------------------------


def test_a_card_is_saved_without_a_payment() -> None:
    name = customer()
    session = saving(customer=name, setup_intent_data={"metadata": {"a": "b"}})
    assert (session["payment_status"], session["amount_total"]) == ("no_payment_required", None)
    assert pay(session["url"]).status == 303
    setup, saved = setup_of(session), shown(session["id"])
    assert (saved["status"], setup["status"], setup["metadata"]) == ("complete", "succeeded", {"a": "b"})
    assert SHOP.paid(customer=name, payment_method=setup["payment_method"])["status"] == "succeeded"


def test_a_saved_card_has_the_billing_details() -> None:
    session = saving(customer=customer())
    submit(session["url"], typed(**BILLED))
    saved = done(SHOP.get(GET_PAYMENT_METHOD, setup_of(session)["payment_method"]))
    details = saved["billing_details"]
    assert (details["address"], details["email"], details["name"]) == (ADDRESS, "jenny@example.com", "Jenny Rosen")


def test_a_card_that_is_not_saved_is_shown_as_declined() -> None:
    session = saving()
    reply = submit(session["url"], typed(DECLINED))
    assert (reply.status, "Your card was declined." in reply.text) == (402, True)
    assert (shown(session["id"])["status"], setup_of(session)["status"]) == ("open", "requires_payment_method")
    assert submit(session["url"], typed()).status == 303


@pytest.mark.parametrize("result, status", [("succeeded", "complete"), ("failed", "open")])
def test_a_card_is_saved_after_its_cardholder_was_authenticated(result: str, status: str) -> None:
    session = saving()
    challenge = submit(session["url"], typed(CHALLENGED)).headers["Location"]
    complete_setup(challenge, result)
    assert page(session["url"]).status == 200
    assert shown(session["id"])["status"] == status


@pytest.mark.parametrize(
    "fields",
    [
        {"cardNumber": ""},
        {"cardNumber": "4242424242424241"},
        {"cardNumber": "4539578763621486"},
        {"cardExpiry": "01/20"},
        {"cardCvc": "1"},
        {"cardCvc": "1234"},
    ],
)
def test_a_fault_of_a_card_that_is_to_be_saved(fields: dict[str, str]) -> None:
    session = saving()
    reply = submit(session["url"], typed(**fields))
    assert (reply.status, f'id="{next(iter(fields))}-error"' in reply.text) == (400, True)


def test_a_card_that_cannot_be_saved_is_refused_to_a_program() -> None:
    problem = pay(saving()["url"], "4242424242424241").json
    assert (problem["code"], problem["param"]) == ("card_number_incorrect", "card")


AMEX = "378282246310005"


@pytest.mark.parametrize("open_session", [opened, saving])
def test_a_program_pays_with_a_card_whose_code_has_four_digits(open_session: Any) -> None:
    session = open_session()
    assert pay(session["url"], AMEX).status == 303
    assert shown(session["id"])["status"] == "complete"


# --- from outside -----------------------------------------------------------------------------------------------------


def test_only_the_page_confirms_its_payment_intent() -> None:
    session = opened()
    pay(session["url"], DECLINED)
    intent = shown(session["id"])["payment_intent"]
    for reply in (
        SHOP.confirm(intent, payment_method="pm_card_visa"),
        SHOP.cancel(intent),
        SHOP.post(UPDATE_PAYMENT_INTENT, intent, amount=1_00),
    ):
        assert (reply.status, reply.error["code"]) == (400, "payment_intent_unexpected_state")
        assert "created by Checkout" in reply.error["message"]
    assert intent_of(session)["status"] == "requires_payment_method"


def test_only_the_page_confirms_its_setup_intent() -> None:
    session = saving()
    for reply in (
        SHOP.post(CONFIRM_SETUP_INTENT, session["setup_intent"], payment_method="pm_card_visa"),
        SHOP.post(RESOURCE["cancel_setup_intent"], session["setup_intent"]),
    ):
        assert wrong(reply)[:3] == (400, "invalid_request_error", "setup_intent_unexpected_state")


@pytest.mark.parametrize("place", [{"token": "a" * 26}, {"session": "cs_test_none"}, {"merchant": "shop-2"}])
def test_a_wrong_address_is_not_found(place: dict[str, str]) -> None:
    session = opened()
    place = place_of(session["url"]) | place
    url = "https://payments.example/c/pay/{merchant}/{session}/{token}".format(**place)
    assert submit(url, typed(), accept="application/json").status == 404
    assert page(url, accept="application/json").status == 404


def test_a_parameter_of_another_name_is_refused() -> None:
    reply = submit(opened()["url"], typed(cardnumber="4242"), accept="application/json")
    assert (reply.status, reply.json["code"], reply.json["param"]) == (400, "parameter_unknown", "cardnumber")


def test_other_texts_with_a_card_number_are_refused() -> None:
    reply = submit(opened()["url"], typed(billingName=VISA), accept="application/json")
    assert (reply.status, reply.json["code"], reply.json["param"]) == (400, "live_card_in_sandbox", "billingName")


def test_a_session_of_another_merchant_has_another_address() -> None:
    own, other = opened(), done(create(StripeMerchant("shop-2")))
    assert urlsplit(own["url"]).path.split("/")[3:5] != urlsplit(other["url"]).path.split("/")[3:5]
    assert pay(other["url"]).status == 303
