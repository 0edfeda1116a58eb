"""POST /v1/payment_methods: store a card, without the details that may not be stored."""

import json
from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_PAYMENT_METHOD, GET_PAYMENT_METHOD
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done, missing, wrong
from tests.support.worlds import table_snapshot, tables

INVALID = "invalid_request_error"
CARD_ERROR = "card_error"


def make(*, key: str | None = None, card: dict[str, Any] | None = None, **params: Any) -> StripeReply:
    return StripeMerchant().post(CREATE_PAYMENT_METHOD, key=key, **{"type": "card", "card": card or TYPED, **params})


@pytest.mark.parametrize(
    "card, brand, last4",
    [
        (TYPED, "visa", "4242"),
        ({"token": "tok_mastercard"}, "mastercard", "4444"),
        ({**TYPED, "number": "378282246310005", "cvc": "1234"}, "amex", "0005"),
        ({**TYPED, "exp_year": 40}, "visa", "4242"),
    ],
)
def test_the_stored_card_is_shown(card: dict[str, Any], brand: str, last4: str) -> None:
    method = done(make(card=card, metadata={"a": "1"}))
    assert (method["type"], method["metadata"]) == ("card", {"a": "1"})
    assert (method["card"]["brand"], method["card"]["last4"]) == (brand, last4)
    assert done(StripeMerchant().get(GET_PAYMENT_METHOD, method["id"])) == method


def test_one_card_has_one_fingerprint_and_each_method_an_id() -> None:
    first, second = StripeMerchant().card(), StripeMerchant().card()
    assert first["id"] != second["id"]
    assert first["card"]["fingerprint"] == second["card"]["fingerprint"]
    assert StripeMerchant(OTHER_MERCHANT).card()["card"]["fingerprint"] != first["card"]["fingerprint"]


def test_the_number_and_the_security_code_are_not_kept() -> None:
    make()
    held = json.dumps(table_snapshot.items_of(tables.STRIPE_OBJECTS))
    assert not [said for said in (TYPED["number"], '"cvc": "123"') if str(said) in held]


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"type": "sepa_debit"}, (400, INVALID, None, "type")),
        ({"type": None}, (400, INVALID, "parameter_missing", "type")),
        ({"card": {"number": "4242424242424241"}}, (400, INVALID, "parameter_missing", "card[exp_month]")),
        ({"card": {**TYPED, "number": "4242424242424241"}}, (402, CARD_ERROR, "incorrect_number", "card[number]")),
        ({"card": {**TYPED, "number": "1"}}, (402, CARD_ERROR, "incorrect_number", "card[number]")),
        ({"card": {**TYPED, "exp_year": 2020}}, (402, CARD_ERROR, "invalid_expiry_year", "card[exp_year]")),
        ({"card": {**TYPED, "exp_month": 13}}, (402, CARD_ERROR, "invalid_expiry_month", "card[exp_month]")),
        ({"card": {**TYPED, "cvc": "12"}}, (402, CARD_ERROR, "invalid_cvc", "card[cvc]")),
        ({"card": {**TYPED, "number": "4539578763621486"}}, (402, CARD_ERROR, "card_declined", None)),
        ({"card": {"token": "tok_nobody"}}, missing("card[token]")),
        ({"customer": "cus_1"}, (400, INVALID, "parameter_missing", "payment_method")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
    ],
)
def test_a_refused_payment_method_is_not_stored(
    params: dict[str, Any], expected: tuple[int, str, str | None, str | None]
) -> None:
    status, kind, code, param = wrong(make(**params))
    assert (status, kind, code, param if expected[3] else None) == expected
    assert table_snapshot.items_of(tables.STRIPE_OBJECTS) == []
    assert table_snapshot.items() == []


def test_a_repetition_gets_the_first_response() -> None:
    first, again = make(key="k"), make(key="k")
    assert (again.status, again.text, again.replayed, first.replayed) == (200, first.text, True, False)
    assert len(table_snapshot.items_of(tables.STRIPE_OBJECTS)) == 1
    assert wrong(make(key="k", metadata={"a": "1"}))[:2] == (400, "idempotency_error")


def test_a_page_makes_one_with_a_publishable_key_and_the_server_pays_with_it() -> None:
    page = StripeMerchant(kind="publishable")
    sent = {"type": "card", "card": TYPED, "metadata": {"a": "1"}, "billing_details": {"name": "Ada"}}
    made = page.post(CREATE_PAYMENT_METHOD, key="k", **sent)
    assert page.post(CREATE_PAYMENT_METHOD, key="k", **sent).text == made.text
    method = done(made)
    whole = done(StripeMerchant().get(GET_PAYMENT_METHOD, method["id"]))
    assert method.items() <= (whole | {"card": method["card"]}).items()
    assert whole.keys() - method.keys() == {"customer_account", "metadata", "radar_options"} & whole.keys()
    assert whole["card"].keys() - method["card"].keys() == {"fingerprint"}
    assert wrong(page.get(GET_PAYMENT_METHOD, method["id"]))[:3] == (403, INVALID, "secret_key_required")
    assert StripeMerchant().paid(payment_method=method["id"])["payment_method"] == method["id"]
