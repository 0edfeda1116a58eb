"""GET /search: a merchant's objects by whatever names them."""

from collections.abc import Callable

import pytest

from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT
from paysandbox.search.routes import SEARCH_OBJECTS
from paysandbox.stripe_api.ids import payment_of_intent
from tests.search.streams import Streams
from tests.settlement import settled
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders import build
from tests.support.builders.disbursements import CUSTOMER_ID, EMAIL as PAYEE
from tests.support.clients.call import Merchant, Reply, send
from tests.support.clients.disbursement_requests import Payer
from tests.support.clients.disputed import disputed
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds import webhook_records
from tests.support.worlds.handlers import Told

pytestmark = pytest.mark.usefixtures("either_shards")

Found = list[tuple[str, str, str]]

EMAIL = "Ada@example.com"


def search(text: str, merchant: str = build.MERCHANT) -> Reply:
    return send(SEARCH_OBJECTS, query={"q": text}, api_key=build.api_key(merchant))


def found(text: str, merchant: str = build.MERCHANT) -> Found:
    """Return kind, ID and what was matched of each object that a text finds."""
    return [(each["object"], each["id"], each["matched"]) for each in search(text, merchant).json["data"]]


# --- by ID ------------------------------------------------------------------------------------------------------------


def test_a_payment_by_its_id_and_those_of_its_operations(demo: Merchant) -> None:
    payment_id = demo.authorized()
    captured = send(CAPTURE_PAYMENT, body={"auth_id": payment_id}, key="capture").json
    for text in (payment_id, captured["transaction_id"], f" {payment_id}\n", f"/payments/{payment_id}/capture"):
        assert found(text) == [("payment", payment_id, "id")]


def test_a_payment_by_the_ids_of_the_stripe_compatible_api() -> None:
    shop = StripeMerchant()
    intent = shop.paid()
    refund = done(shop.refund(intent["id"]))
    payment_id = payment_of_intent(intent["id"])
    for text in (
        intent["id"],
        intent["latest_charge"],
        refund["id"],
        intent["payment_method"],
        refund["balance_transaction"],
        f"https://api.stripe.com/v1/payment_intents/{intent['id']}/confirm",
    ):
        assert ("payment", payment_id, "id") in found(text), text


def test_a_dispute_leads_to_its_payment_too(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    (kind, first, _), (other, payment_id, _) = found(dispute_id)
    assert (kind, first, other) == ("dispute", dispute_id, "payment")
    assert payment_id.removeprefix("auth_") in dispute_id


def test_webhooks_by_their_ids() -> None:
    endpoint = webhook_records.endpoint()
    webhook_records.put(endpoint)
    event = webhook_records.happened(1)
    delivery = webhook_records.deliver(event, endpoint)
    assert found(endpoint.id) == [("endpoint", endpoint.id, "id")]
    assert found(event.id) == [("event", event.id, "id")]
    assert found(f"{event.id}a") == [("event", event.id, "id")]  # as Stripe's API names it
    assert found(delivery.id) == [("delivery", delivery.id, "id")]


def test_a_settlement_by_its_batch() -> None:
    settled.statement(settled.batch("2026-11-16"), USD=(10_00, 0, 59))
    assert found("2026-11-16") == [("settlement", "2026-11-16", "id")]
    assert found("txn_20261116usd") == [("settlement", "2026-11-16", "id")]
    assert found("2026-11-15") == []


def test_a_request_by_its_id_in_either_api(keep: Callable[[], None]) -> None:
    request_id = "0a1b2c3d-0000-4000-8000-00000000000f"
    send(AUTHORIZE_PAYMENT, body=build.authorize_body(), request_id=request_id)
    keep()
    for text in (request_id, f"req_{request_id.replace('-', '')}"):
        assert found(text) == [("request", request_id, "id")]


def test_customers_and_disbursements() -> None:
    payer = Payer()
    payer.create_customer()
    payer.fund(100_00)
    paid = payer.pay("1250").json["payment_id"]
    assert found(CUSTOMER_ID) == [("customer", CUSTOMER_ID, "id")]
    assert found(paid) == [("disbursement", paid, "id")]
    assert found(PAYEE.upper()) == [("customer", CUSTOMER_ID, "email"), ("disbursement", paid, "email")]
    assert search(PAYEE).json["searched"] == 2
    payer.update_customer(email="new@example.com")
    assert found("new@example.com") == [("customer", CUSTOMER_ID, "email")]


def test_objects_that_only_the_stripe_compatible_api_has() -> None:
    shop = StripeMerchant()
    customer = done(shop.post(RESOURCE["create_stripe_customer"], email=EMAIL))
    product = done(shop.post(RESOURCE["create_product"], id="shirt-1", name="Shirt"))
    assert found(customer["id"]) == [("stripe_object", customer["id"], "id")]
    assert found(product["id"]) == [("stripe_object", "shirt-1", "id")]
    done(shop.ask(RESOURCE["delete_stripe_customer"], customer["id"]))
    assert found(customer["id"]) == []


def test_a_chosen_id_hides_nothing_else_of_the_same_name(demo: Merchant) -> None:
    done(StripeMerchant().post(RESOURCE["create_product"], id="shirt-1", name="Shirt"))
    paid = demo.authorized(reference="shirt-1")
    assert found("shirt-1") == [("stripe_object", "shirt-1", "id"), ("payment", paid, "reference")]


# --- by what is not an ID ---------------------------------------------------------------------------------------------


def test_payments_by_their_reference_newest_first(demo: Merchant) -> None:
    first, second = (demo.authorized(reference="order 2001") for _ in range(2))
    demo.authorized(reference="order 2002")
    assert found("order 2001") == [("payment", second, "reference"), ("payment", first, "reference")]


@pytest.mark.full
@pytest.mark.parametrize("email", [EMAIL, EMAIL.lower()])
def test_all_that_has_an_email_address(email: str, streams: Streams) -> None:
    shop = StripeMerchant()
    customer = done(shop.post(RESOURCE["create_stripe_customer"], email=EMAIL))
    of_customer = payment_of_intent(shop.paid(customer=customer["id"])["id"])
    with_receipt = payment_of_intent(shop.paid(receipt_email=EMAIL)["id"])
    shop.paid(receipt_email="bob@example.com")
    streams.catch_up()
    assert found(email) == [
        ("payment", with_receipt, "email"),
        ("stripe_object", customer["id"], "email"),
        ("payment", of_customer, "email"),
    ]
    assert search(email).json["searched"] == 0


@pytest.mark.full
def test_an_updated_email_address_replaces_the_earlier_one() -> None:
    shop = StripeMerchant()
    customer = done(shop.post(RESOURCE["create_stripe_customer"], email=EMAIL))
    done(shop.post(RESOURCE["update_stripe_customer"], customer["id"], email="new@example.com"))
    assert found(EMAIL) == []
    assert found("new@example.com") == [("stripe_object", customer["id"], "email")]


def test_payments_by_the_last_digits_of_a_published_card(demo: Merchant) -> None:
    number = next(number for number, card in TEST_CARDS.items() if card.outcome is None and number.endswith("4242"))
    paid = demo.authorized(card=build.card_details(number=number))
    demo.authorized(card=build.card_details(number="5555555555554444"))
    answer = search("4242").json
    assert [(each["id"], each["matched"]) for each in answer["data"]] == [(paid, "last4")]
    assert answer["searched"] == 0


def test_payments_by_the_last_digits_of_another_card_among_the_newest(demo: Merchant, told: Told) -> None:
    told(accept_any_card=True)
    paid = demo.authorized(card=build.card_details(number="4000056655665564"))
    demo.authorized()
    answer = search("5564").json
    assert [each["id"] for each in answer["data"]] == [paid]
    assert answer["searched"] == 2


@pytest.mark.full
def test_what_an_idempotency_key_made(demo: Merchant) -> None:
    paid = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key of mine").json["auth_id"]
    send(CAPTURE_PAYMENT, body={"auth_id": paid}, key="its capture")
    intent = done(StripeMerchant().create(key="key of stripe"))
    refunded = StripeMerchant().paid()
    StripeMerchant().refund(refunded["id"], key="key of a refund")
    for key, payment_id in {
        "key of mine": paid,
        "its capture": paid,
        "key of stripe": payment_of_intent(intent["id"]),
        "key of a refund": payment_of_intent(refunded["id"]),
    }.items():
        assert found(key) == [("payment", payment_id, "idempotency_key")], key


def test_requests_by_their_path(demo: Merchant, keep: Callable[[], None]) -> None:
    send(AUTHORIZE_PAYMENT, body=build.authorize_body(), request_id="request-1")
    keep()
    answer = search("POST /payments/authorize").json
    assert [(each["id"], each["matched"]) for each in answer["data"]] == [("request-1", "path")]
    assert answer["searched"] == 1
    assert found("/payments/unknown") == []


@pytest.mark.parametrize("text", ["auth", "du", "cus", "request", CUSTOMER_ID])
def test_the_path_retrieves_the_object(text: str, demo: Merchant, keep: Callable[[], None]) -> None:
    """Of each kind that has a route of its own to get it, in either API."""
    Payer().create_customer()
    dispute_id = disputed(demo)
    request_id = "0a1b2c3d-0000-4000-8000-00000000000f"
    paid = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), request_id=request_id).json["auth_id"]
    keep()
    customer = done(StripeMerchant().post(RESOURCE["create_stripe_customer"]))["id"]
    asked = {"auth": paid, "du": dispute_id, "cus": customer, "request": request_id}.get(text, text)
    expected = {
        "auth": f"/payments/{paid}",
        "du": f"/disputes/{dispute_id}",
        "cus": f"/v1/customers/{customer}",
        "request": f"/requests/{request_id}",
        CUSTOMER_ID: f"/v1/api/customer/{CUSTOMER_ID}",
    }
    assert search(asked).json["data"][0]["path"] == expected[text]


# --- whose it is ------------------------------------------------------------------------------------------------------


def test_nothing_of_another_merchant(demo: Merchant, keep: Callable[[], None]) -> None:
    shop, payer = StripeMerchant(), Payer()
    request_id = "0a1b2c3d-0000-4000-8000-00000000000f"
    paid = send(
        AUTHORIZE_PAYMENT, body=build.authorize_body(reference="mine"), key="my key", request_id=request_id
    ).json["auth_id"]
    keep()
    customer = done(shop.post(RESOURCE["create_stripe_customer"], email=EMAIL))
    payer.create_customer()
    settled.statement(settled.batch("2026-11-16"), USD=(10_00, 0, 59))
    texts = (paid, "mine", "my key", request_id, customer["id"], EMAIL, CUSTOMER_ID, "2026-11-16", "4242")
    assert [text for text in texts if not found(text)] == []
    assert [text for text in texts if found(text, build.OTHER_MERCHANT)] == []


def test_secrets_are_not_found() -> None:
    shop = StripeMerchant()
    customer = done(shop.post(RESOURCE["create_stripe_customer"]))
    session = done(shop.post(RESOURCE["create_customer_session"], customer=customer["id"],
                             components={"buy_button": {"enabled": True}}))  # fmt: skip
    assert found(session["client_secret"]) == []


def test_an_empty_text_is_refused() -> None:
    reply = search("")
    assert (reply.status, reply.json["code"], reply.json["param"]) == (400, "parameter_invalid", "q")
