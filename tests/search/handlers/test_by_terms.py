"""GET /search and GET /payments?reference=: orders of Stripe integrations, by what their code has written into them."""

from typing import Any

import pytest

from payments import publish_event
from paysandbox.payments.routes import GET_PAYMENT, LIST_PAYMENTS
from paysandbox.search.routes import SEARCH_OBJECTS
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.routes import CREATE_CHARGE, UPDATE_PAYMENT_INTENT
from tests.search.streams import Streams
from tests.stripe_api.handlers.billing.shop import customer
from tests.stripe_api.handlers.checkout import sessions
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders import build
from tests.support.clients.call import Merchant, send
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds import table_snapshot, tables

pytestmark = pytest.mark.usefixtures("either_shards")

Shop = StripeMerchant


def found(text: str, merchant: str = build.MERCHANT) -> list[tuple[str, str]]:
    """Return the ID of each object that a text finds, and what of it the text is."""
    answer = send(SEARCH_OBJECTS, query={"q": text}, api_key=build.api_key(merchant)).json
    return [(each["id"], each["matched"]) for each in answer["data"]]


def listed(reference: str, **query: Any) -> list[str]:
    """Return the IDs of the payments in the list by reference."""
    page = send(LIST_PAYMENTS, query={"reference": reference, **query}).json
    return [payment["auth_id"] for payment in page["data"]]


def shown(payment: str | None) -> Any:
    """Return a payment as it is retrieved natively."""
    return send(GET_PAYMENT, path={"transaction_id": payment or ""}).json


def paid(**params: Any) -> str:
    return payment_of_intent(Shop().paid(**params)["id"]) or ""


# Of each: what is created, the text that somebody types, and what is matched.
BY_TEXT = [
    ({"metadata": {"order": "A-1043"}}, "a-1043", "reference"),
    ({"metadata": {"orderId": "A-1043"}}, "A-1043", "reference"),
    ({"metadata": {"cart": "Cart 9"}}, "cart 9", "metadata"),
    ({"description": "Order A-1043, two books"}, "order a-1043, TWO books", "description"),
    ({"description": "Order #A-1043"}, "a-1043", "description"),
    ({"receipt_email": "Ada@example.com"}, "ada@example.com", "email"),
]


@pytest.mark.parametrize("params, typed, matched", BY_TEXT)
def test_a_payment_is_found_by_its_texts(params: dict[str, Any], typed: str, matched: str, streams: Streams) -> None:
    payment = paid(**params)
    paid(metadata={"order": "another"}, description="Order 7")
    streams.catch_up()
    assert found(typed) == [(payment, matched)]
    assert listed(typed) == [payment]
    assert found(typed, build.OTHER_MERCHANT) == []


def test_a_payment_of_stripes_api_has_its_id_there(demo: Merchant, streams: Streams) -> None:
    intent = Shop().paid(metadata={"order": "A-7"})["id"]
    charge = done(Shop().post(CREATE_CHARGE, amount=700, currency="usd", source="tok_visa", description="A-7"))["id"]
    demo.authorized(reference="A-7")
    streams.catch_up()
    answer = send(SEARCH_OBJECTS, query={"q": "A-7"}).json
    assert sorted(filter(None, (each["stripe_id"] for each in answer["data"]))) == sorted([intent, charge])
    assert len(answer["data"]) == 3


def test_a_native_payment_is_found_likewise(demo: Merchant, streams: Streams) -> None:
    own = demo.authorized(reference="A-1043")
    by_metadata = demo.authorized(metadata={"order": "A-1043"})
    streams.catch_up()
    assert found("A-1043") == [(by_metadata, "reference"), (own, "reference")]
    assert listed("A-1043") == [by_metadata, own]
    assert listed("A-1043", limit="1") == [by_metadata]


def test_pages_of_both_indexes_have_each_payment_once(demo: Merchant, streams: Streams) -> None:
    every = [
        demo.authorized(reference="A-7", metadata={"order": "A-7"} if number % 2 else {"cart": "A-7"})
        if number % 3
        else paid(metadata={"order": "A-7"})
        for number in range(7)
    ]
    streams.catch_up()
    for order in ("desc", "asc"):
        seen, query = list[str](), {"reference": "A-7", "limit": "2", "order": order}
        while query:
            page = send(LIST_PAYMENTS, query=query).json
            seen += [payment["auth_id"] for payment in page["data"]]
            query = {**query, "cursor": page["next_cursor"]} if page["next_cursor"] else {}
        assert seen == (every if order == "asc" else every[::-1])


def test_an_update_replaces_what_a_payment_is_found_by(streams: Streams) -> None:
    intent = Shop().paid(metadata={"order": "before", "cart": "9"})["id"]
    streams.catch_up()
    done(Shop().post(UPDATE_PAYMENT_INTENT, intent, metadata={"order": "after"}))
    # Until the stream is read, the entry leads to a payment that is called otherwise by now.
    assert found("before") == listed("before") == []
    streams.catch_up()
    assert found("before") == []
    assert [matched for _, matched in found("after")] == ["reference"]
    assert [matched for _, matched in found("9")] == ["metadata"]


def test_the_reference_is_shown_where_payments_are(demo: Merchant) -> None:
    expected = {
        "own": demo.authorized(reference="own", metadata={"order": "other"}),
        "A-1": paid(metadata={"order_number": "A-1"}),
        "A-2": demo.authorized(metadata={"Order": "A-2"}),
    }
    for reference, payment in expected.items():
        assert shown(payment)["reference"] == reference
    assert {payment["auth_id"]: payment["reference"] for payment in send(LIST_PAYMENTS).json["data"]} == {
        payment: reference for reference, payment in expected.items()
    }
    assert "reference" not in shown(demo.authorized(metadata={"cart": "9"}))


@pytest.mark.parametrize(
    "named", [{"client_reference_id": "Cart 77"}, {"metadata": {"order": "Cart 77"}}], ids=["own", "metadata"]
)
def test_a_session_and_its_payment_by_what_the_session_is_called(named: dict[str, Any], streams: Streams) -> None:
    session = sessions.opened(**named)
    sessions.pay(session["url"])
    streams.catch_up()
    payment = payment_of_intent(sessions.shown(session["id"])["payment_intent"])
    matched = "client_reference_id" if "client_reference_id" in named else "reference"
    assert found("cart 77") == [(payment, "client_reference_id"), (session["id"], matched)]
    assert shown(payment)["reference"] == "Cart 77"


def test_an_invoice_by_its_number_once_it_has_one(streams: Streams) -> None:
    shop, create = StripeMerchant(), RESOURCE["create_invoice"]
    named = customer()["id"]
    numbered, draft = (done(shop.post(create, customer=named, number=number)) for number in ("Rechnung-77", None))
    done(shop.post(RESOURCE["finalize_invoice"], draft["id"]))
    streams.catch_up()
    given = done(shop.get(RESOURCE["get_invoice"], draft["id"]))["number"]
    assert found("rechnung-77") == [(numbered["id"], "number")]
    assert found(given.lower()) == [(draft["id"], "number")]
    (shown_text,) = [each["text"] for each in send(SEARCH_OBJECTS, query={"q": given}).json["data"]]
    assert shown_text == given
    assert found(given, merchant="other") == []


def test_customers_by_the_beginning_of_the_words_of_their_names(streams: Streams) -> None:
    shop = Shop()
    create, update = RESOURCE["create_stripe_customer"], RESOURCE["update_stripe_customer"]
    ada, adam = (done(shop.post(create, name=name))["id"] for name in ("Ada Lovelace", "Adam Smith"))
    streams.catch_up()
    assert sorted(found("ada")) == sorted([(ada, "name"), (adam, "name")])
    assert found("love AD") == [(ada, "name")]
    assert found("lace") == found("ada byron") == []

    done(shop.post(update, ada, name="Countess Lovelace"))
    done(shop.ask(RESOURCE["delete_stripe_customer"], adam))
    streams.catch_up()
    assert found("ada") == []
    assert found("count") == [(ada, "name")]


@pytest.mark.parametrize("read", [1, 2], ids=["once", "again"])
def test_nothing_is_left_of_what_was_purged(read: int, demo: Merchant, streams: Streams) -> None:
    """Also if the stream's records are read again, from the first: after a crash of the reader, for example."""
    demo.authorized(metadata={"order": "A-1043"}, description="Order A-1043")
    created = streams.records(tables.TABLE)
    for record in created:
        purged = {"eventName": "REMOVE", "dynamodb": {"OldImage": record["dynamodb"]["NewImage"]}}
        for _ in range(read):
            publish_event.handler({"Records": created}, None)
            assert table_snapshot.items_of(tables.FOUND_BY)
            publish_event.handler({"Records": [purged]}, None)
    assert table_snapshot.items_of(tables.FOUND_BY) == []


def test_a_payment_with_an_order_takes_one_entry(streams: Streams) -> None:
    paid(metadata={"order": "A-1043"}, description="Order A-1043")
    streams.catch_up()
    assert len(table_snapshot.items_of(tables.FOUND_BY)) == 2  # the order, and the description as a whole
    paid()
    streams.catch_up()
    assert len(table_snapshot.items_of(tables.FOUND_BY)) == 2


def test_payments_of_a_customer_are_found_by_its_address_however_old(streams: Streams) -> None:
    shop = StripeMerchant()
    first, second = (done(shop.post(RESOURCE["create_stripe_customer"], email="eva@example.com"))["id"] for _ in "12")
    of_customers = [paid(customer=customer) for customer in (first, second, first)]
    paid(customer=done(shop.post(RESOURCE["create_stripe_customer"], email="bob@example.com"))["id"])
    streams.catch_up()
    answer = send(SEARCH_OBJECTS, query={"q": "eva@example.com"}).json
    assert [each["id"] for each in answer["data"] if each["object"] == "payment"] == of_customers[::-1]
    assert answer["searched"] == 0
