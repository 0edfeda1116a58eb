"""The payment, amount, reference and card in the bodies of either API, also if a body was masked and cut off."""

from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.core.payment_facts import (
    PaymentFacts,
    combined,
    event_data,
    facts_in,
    is_of_stripe,
    members,
    object_in,
    payment_in,
)

PAYMENT = ids.payment_id("demo", "1")
BODY = PAYMENT.partition("_")[2]
OWN = "b" * ids.SUFFIX_LENGTH


@pytest.mark.parametrize(
    "body, facts",
    [
        pytest.param(
            {"transaction_id": PAYMENT, "amount": 1_000, "currency": "USD", "reference": "order 7"},
            PaymentFacts(payment_id=PAYMENT, amount=1_000, currency="USD", reference="order 7"),
            id="native answer",
        ),
        pytest.param(
            {"id": f"pi_{BODY}", "amount": 1_000, "currency": "eur"},
            PaymentFacts(payment_id=PAYMENT, amount=1_000, currency="EUR"),
            id="intent",
        ),
        pytest.param({"amount": "1000", "currency": "usd"}, PaymentFacts(amount=1_000, currency="USD"), id="form"),
        pytest.param(
            {"card": {"brand": "visa", "last4": "4242"}}, PaymentFacts(card_brand="visa", card_last4="4242"), id="card"
        ),
        pytest.param(
            {"card": {"number": "************4242", "cvc": "***"}},
            PaymentFacts(card_brand="unknown", card_last4="4242"),
            id="masked card",
        ),
        pytest.param(
            {"payment_method_details": {"card": {"brand": "amex", "last4": "0005"}}},
            PaymentFacts(card_brand="amex", card_last4="0005"),
            id="charge",
        ),
        pytest.param(
            {"id": 7, "amount": True, "currency": ["USD"], "reference": 1, "card": "***", "payment_method": "pm_card"},
            PaymentFacts(),
            id="other types",
        ),
        pytest.param({"amount": "1e3", "currency": "dollars", "card": {"number": "***"}}, PaymentFacts(), id="forms"),
        pytest.param({"gross": -500, "auth_id": PAYMENT}, PaymentFacts(payment_id=PAYMENT, amount=-500), id="settled"),
    ],
)
def test_facts_in_a_body(body: Any, facts: PaymentFacts) -> None:
    assert facts_in(body) == facts


@pytest.mark.parametrize(
    "body, amount",
    [
        ({"object": "charge", "amount": 500, "currency": "isk"}, 5),
        ({"amount": "500", "currency": "ISK"}, 5),
        ({"amount": "5", "currency": "mga"}, 5_00),
        ({"amount": 1_000, "currency": "usd"}, 1_000),
        ({"amount": "150"}, None),  # a refund does not name its currency
    ],
)
def test_the_amount_of_a_body_of_stripes_api_is_in_iso_4217(body: Any, amount: int | None) -> None:
    assert facts_in(body, of_stripe=True).amount == amount


def test_stripes_objects_name_their_kind() -> None:
    assert is_of_stripe(event_data('{"data":{"object":{"object":"charge","amount":500}},"object":"event"}'))
    assert not is_of_stripe(event_data('{"data":{"amount":500,"currency":"ISK"}}'))


def test_missing_facts_are_taken_from_the_request() -> None:
    answer = PaymentFacts(payment_id=PAYMENT, amount=5, card_brand="visa", card_last4="4242")
    request = PaymentFacts(amount=9, currency="USD", card_brand="unknown", card_last4="1111")
    assert combined(answer, request) == PaymentFacts(
        payment_id=PAYMENT, amount=5, currency="USD", card_brand="visa", card_last4="4242"
    )
    assert combined(PaymentFacts(), request) == request


@pytest.mark.parametrize(
    "text, payment",
    [
        (PAYMENT, PAYMENT),
        (f"cap_{BODY}{OWN}", PAYMENT),
        (f"pi_{BODY}", PAYMENT),
        (f"ch_{BODY}", PAYMENT),
        (f"ch_{BODY}{OWN}", PAYMENT),
        (f"re_{BODY}{OWN}c", PAYMENT),
        (f"pm_{BODY}{OWN}", PAYMENT),
        (f"pm_{BODY}", None),  # created by itself
        ("evt_1", None),
        ("", None),
    ],
)
def test_ids_of_either_api_lead_to_their_payment(text: str, payment: str | None) -> None:
    assert payment_in(text) == payment


@pytest.mark.parametrize(
    "text, found",
    [
        ('{"a":1,"b":{"c":[2]}}', {"a": 1, "b": {"c": [2]}}),
        ('{"a":1,"b":{"c":[2…', {"a": 1}),
        ('{"a":1,"b":12…', {"a": 1}),
        ('{"a":1,"b":"x…', {"a": 1}),
        ('{"a":1,"b…', {"a": 1}),
        ('{"a":1,…', {"a": 1}),
        ('{"a":1,2:3,', {"a": 1}),
        ("{…", {}),
        ("[1,2]", {}),
        ("[not JSON: 3 characters]", {}),
        ("", {}),
    ],
)
def test_members_of_a_body_that_was_cut_off(text: str, found: Any) -> None:
    assert members(text) == found


@pytest.mark.parametrize(
    "body, data",
    [
        ('{"id":"evt_1","data":{"amount":1}}', {"amount": 1}),
        ('{"id":"evt_1","data":{"object":{"id":"pi_1"},"previous_attributes":{}}}', {"id": "pi_1"}),
        ('{"id":"evt_1"}', {}),
    ],
)
def test_what_an_event_is_about(body: str, data: Any) -> None:
    assert event_data(body) == data


@pytest.mark.parametrize(
    "data, object_id",
    [
        ({"transaction_id": "cap_1", "auth_id": "auth_1"}, "cap_1"),
        ({"dispute_id": "du_1"}, "du_1"),
        ({"endpoint_id": "we_1", "url": "https://shop.example"}, "we_1"),
        ({"batch": "2026-11-22-1"}, "2026-11-22-1"),
        ({}, None),
    ],
)
def test_the_object_of_an_event(data: Any, object_id: str | None) -> None:
    assert object_in(data) == object_id
