"""The bodies that PayPal gets and sends, and what each answer says of a disbursement."""

from dataclasses import replace
from typing import Any, Final

import pytest

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.disbursements.disbursement import Source, Status
from paysandbox.disbursements.paypal.messages import (
    amount_value,
    error_name,
    minor_units,
    original_batch,
    payout_body,
    read_batch,
    read_refusal,
    refused_currency,
)
from paysandbox.disbursements.paypal.statuses import CURRENCIES, ITEM_STATUSES, WHOLE_AMOUNTS, update_of_item
from paysandbox.disbursements.rail import ProviderUpdate, Unknown
from paysandbox.disbursements.steps import Step, row_of
from tests.support.builders import disbursements

GIVEN: Final = disbursements.accepted()
LINK: Final = {"href": "https://api-m.paypal.com/v1/payments/payouts/5UXD2E8A7EBQJ", "rel": "self"}


def batch(status: str = "SUCCESS", **item: Any) -> dict[str, Any]:
    """Build the answer that shows a batch with its item."""
    shown = {
        "payout_item_id": "ITEM1",
        "transaction_status": "SUCCESS",
        "payout_item_fee": {"currency": "USD", "value": "0.25"},
        "payout_item": {"sender_item_id": GIVEN.id, "amount": {"currency": "USD", "value": "12.50"}},
        **item,
    }
    header = {
        "payout_batch_id": "BATCH1",
        "batch_status": status,
        "sender_batch_header": {"sender_batch_id": GIVEN.batch_id},
    }
    return {"batch_header": header, "items": [shown]}


# --- requests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount, currency, value",
    [
        (1, "USD", "0.01"),
        (12_50, "USD", "12.50"),
        (100_000_00, "EUR", "100000.00"),
        (1_250, "JPY", "1250"),
        (1_250_00, "HUF", "1250"),
        (500_00, "TWD", "500"),
    ],
)
def test_amounts_are_decimal_text(amount: int, currency: str, value: str) -> None:
    """PayPal takes HUF, JPY and TWD without decimals, although ISO 4217 has two for HUF and TWD."""
    assert amount_value(amount, currency) == value
    assert minor_units(value, currency) == amount


@pytest.mark.parametrize("value", ["", "abc", "1.005", None, {}, "1e400", "NaN", "Infinity", "1" * 30])
def test_other_texts_are_no_amounts(value: object) -> None:
    assert minor_units(value, "USD") is None


@pytest.mark.parametrize(
    "amount, currency, code",
    [
        (12_50, "USD", None),
        (12_00, "HUF", None),
        (12_50, "HUF", "CURRENCY_WITHOUT_DECIMALS"),
        (12_50, "TWD", "CURRENCY_WITHOUT_DECIMALS"),
        (1, "JPY", None),
        (1_000, "KWD", "CURRENCY_NOT_SUPPORTED"),
    ],
)
def test_refused_currencies(amount: int, currency: str, code: str | None) -> None:
    assert refused_currency(replace(GIVEN, amount=amount, currency=currency)) == code


def test_currencies_are_known() -> None:
    assert WHOLE_AMOUNTS < CURRENCIES <= MINOR_DIGITS.keys()
    assert len(CURRENCIES) == 24


def test_the_request_is_one_item_under_ids_that_never_change() -> None:
    assert payout_body(GIVEN).decode() == (
        '{"items":[{"amount":{"currency":"USD","value":"12.50"},"receiver":"jane@example.com",'
        f'"recipient_type":"EMAIL","sender_item_id":"{GIVEN.id}"}}],'
        '"sender_batch_header":{"email_subject":"You have received a payment",'
        f'"sender_batch_id":"{GIVEN.batch_id}"}}}}'
    )
    assert payout_body(replace(GIVEN, attempts=9, version=12, reference="B")) == payout_body(GIVEN)
    assert len(GIVEN.id) <= 63


# --- answers ----------------------------------------------------------------------------------------------------------


def test_an_item_that_was_paid() -> None:
    assert read_batch(batch(), GIVEN) == ProviderUpdate(
        step=Step.PAY, reference="BATCH1", item_reference="ITEM1", provider_fee=25
    )


@pytest.mark.parametrize(
    "status, step",
    [
        ("PENDING", None),
        ("SUCCESS", Step.PAY),
        ("FAILED", Step.FAIL),
        ("DENIED", Step.FAIL),
        ("UNCLAIMED", Step.UNCLAIM),
        ("ONHOLD", Step.HOLD),
        ("BLOCKED", Step.BLOCK),
        ("RETURNED", Step.RETURN),
        ("CANCELED", Step.RETURN),
        ("REFUNDED", Step.RETURN),
        ("REVERSED", Step.REVERSE),
    ],
)
def test_item_statuses(status: str, step: Step | None) -> None:
    assert update_of_item(status, Status.PROCESSING) == ProviderUpdate(step=step)


def test_each_item_status_is_news_that_can_be_applied() -> None:
    sent = replace(GIVEN, trail=(*GIVEN.trail, replace(GIVEN.trail[0], status=Status.PROCESSING)))
    paid = replace(sent, trail=(*sent.trail, replace(GIVEN.trail[0], status=Status.PAID)))
    for status in ITEM_STATUSES:
        update = update_of_item(status, Status.PROCESSING)
        assert isinstance(update, ProviderUpdate)
        possible = [row_of(one, update.step, Source.PROVIDER) for one in (sent, paid) if update.step]
        assert update.step is None or any(possible), status


def test_an_item_that_is_pending_again_was_released() -> None:
    assert update_of_item("PENDING", Status.HELD) == ProviderUpdate(step=Step.RELEASE)


@pytest.mark.parametrize(
    "status, step, code",
    [("PENDING", None, None), ("PROCESSING", None, None), ("DENIED", Step.FAIL, "BATCH_DENIED")],
)
def test_a_batch_without_items(status: str, step: Step | None, code: str | None) -> None:
    answer = {"batch_header": {"payout_batch_id": "BATCH1", "batch_status": status}}
    assert read_batch(answer, GIVEN) == ProviderUpdate(step=step, reference="BATCH1", code=code)


@pytest.mark.parametrize(
    "body, reason",
    [
        (None, "answer_malformed"),
        ({}, "answer_malformed"),
        ({"batch_header": []}, "answer_malformed"),
        ({"batch_header": {"payout_batch_id": "../../admin"}}, "answer_malformed"),
        ({"batch_header": {"payout_batch_id": "B", "batch_status": "NOVEL"}}, "batch_status_unknown"),
        (batch(transaction_status="NOVEL"), "item_status_unknown"),
        (batch(payout_item={"sender_item_id": "another"}), "answer_without_the_item"),
        (
            batch(payout_item={"sender_item_id": GIVEN.id, "amount": {"currency": "USD", "value": "99.00"}}),
            "answer_of_another_amount",
        ),
        (
            {"batch_header": {"payout_batch_id": "B", "sender_batch_header": {"sender_batch_id": "other"}}},
            "answer_of_another_batch",
        ),
    ],
)
def test_responses_without_a_result(body: Any, reason: str) -> None:
    assert read_batch(body, GIVEN) == Unknown(reason=reason)


@pytest.mark.parametrize("fee", [{}, {"currency": "EUR", "value": "0.25"}, {"currency": "USD", "value": "-1"}, "0.25"])
def test_other_fees_are_unknown(fee: Any) -> None:
    update = read_batch(batch(payout_item_fee=fee), GIVEN)
    assert isinstance(update, ProviderUpdate)
    assert (update.step, update.provider_fee) == (Step.PAY, None)


def test_provider_texts_are_not_stored_as_codes() -> None:
    """Texts of the provider are not stored."""
    update = read_batch(batch(transaction_status="FAILED", errors={"name": "Jane Doe, jane@example.com"}), GIVEN)
    assert isinstance(update, ProviderUpdate)
    assert (update.step, update.code) == (Step.FAIL, None)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status, name, fails",
    [
        (422, "INSUFFICIENT_FUNDS", True),
        (400, "VALIDATION_ERROR", True),
        (422, "SPENDING_LIMIT_EXCEEDED", True),
        (500, "INSUFFICIENT_FUNDS", False),
        (403, "AUTHORIZATION_ERROR", False),
        (403, "SENDER_ACCOUNT_LOCKED", False),
        (400, "USER_BUSINESS_ERROR", False),
        (400, "NOVEL_ERROR", False),
        (400, "not a name", False),
    ],
)
def test_refusals(status: int, name: str, *, fails: bool) -> None:
    update, _ = read_refusal(status, {"name": name}, is_first=True)
    assert update == ProviderUpdate(step=Step.FAIL, code=name) if fails else isinstance(update, Unknown)
    again, _ = read_refusal(status, {"name": name}, is_first=False)
    assert isinstance(again, Unknown)


def test_a_refusal_about_the_batch_id_is_unknown() -> None:
    body = {"name": "VALIDATION_ERROR", "details": [{"field": "sender_batch_header.sender_batch_id"}]}
    update, _ = read_refusal(400, body, is_first=True)
    assert isinstance(update, Unknown)


@pytest.mark.parametrize(
    "places, original",
    [
        ({"details": [{"field": "SENDER_BATCH_ID", "link": [LINK]}]}, "5UXD2E8A7EBQJ"),
        ({"details": [{"field": "SENDER_BATCH_ID", "link": LINK}]}, "5UXD2E8A7EBQJ"),
        ({"details": [{"field": "SENDER_BATCH_ID"}], "links": [LINK]}, "5UXD2E8A7EBQJ"),
        ({"details": [{"field": "SENDER_BATCH_ID"}]}, None),
        ({"details": [{"field": "items[0].receiver", "link": [LINK]}]}, None),
        ({"details": [{"field": "SENDER_BATCH_ID", "link": [{"href": "https://evil.example/x"}]}]}, None),
        ({"details": "none", "links": None}, None),
    ],
)
def test_a_duplicate_links_to_its_original(places: dict[str, Any], original: str | None) -> None:
    assert original_batch({"name": "USER_BUSINESS_ERROR", **places}) == original


def test_another_error_has_no_original() -> None:
    assert original_batch({"name": "VALIDATION_ERROR", "links": [LINK]}) is None
    assert original_batch(None) is None
    assert error_name({"name": 7}) is None
