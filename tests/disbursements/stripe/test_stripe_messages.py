"""What Stripe's answers say of a disbursement, as tables."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.disbursements.stripe.messages import (
    KEY_LASTS,
    Refusal,
    Request,
    Standing,
    as_code,
    failure_of,
    idempotency_key,
    is_of_idempotency,
    key_period,
    refusal_of,
    refused_amount,
    standing_of,
    transfer_form,
)
from tests.support.builders import disbursements


def sent(**parts: Any) -> Any:
    return disbursements.accepted(method="stripe", stripe_account="acct_1", **parts)


@pytest.mark.parametrize(
    "after, period",
    [
        (timedelta(hours=-1), 0),
        (timedelta(), 0),
        (KEY_LASTS - timedelta(seconds=1), 0),
        (KEY_LASTS, 1),
        (2 * KEY_LASTS, 2),
    ],
)
def test_a_key_lasts_23_hours(after: timedelta, period: int) -> None:
    one = sent()
    assert key_period(one, one.created_at + after) == period
    assert idempotency_key(one, Request.PAYOUT, period) == f"{one.batch_id}-payout-{period}"


@pytest.mark.parametrize(
    "amount, currency, units",
    [(12_50, "USD", "1250"), (500, "JPY", "500"), (5, "ISK", "500"), (1_250, "KWD", "1250"), (100, "MGA", "1")],
)
def test_amounts_are_in_stripes_units(amount: int, currency: str, units: str) -> None:
    one = sent(amount=amount, currency=currency)
    assert refused_amount(one) is None
    assert (transfer_form(one)["amount"], transfer_form(one)["currency"]) == (units, currency.lower())


@pytest.mark.parametrize(
    "body, code",
    [
        ({"error": {"code": "balance_insufficient", "type": "invalid_request_error"}}, "BALANCE_INSUFFICIENT"),
        ({"error": {"type": "invalid_request_error"}}, "INVALID_REQUEST_ERROR"),
        ({"error": "no object"}, "REFUSED_404"),
        ({}, "REFUSED_404"),
        (None, "REFUSED_404"),
    ],
)
def test_the_code_of_a_refusal(body: Any, code: str) -> None:
    assert refusal_of(404, body) == Refusal(code=code)


@pytest.mark.parametrize("body, of", [({"error": {"type": "idempotency_error"}}, True), ({}, False), (None, False)])
def test_a_key_of_another_request(body: Any, of: bool) -> None:
    assert is_of_idempotency(body) is of


@pytest.mark.parametrize(
    "payout, code",
    [
        ({"status": "failed", "failure_code": "no_account"}, "NO_ACCOUNT"),
        ({"status": "failed", "failure_code": None}, "PAYOUT_FAILED"),
        ({"status": "canceled"}, "PAYOUT_CANCELED"),
    ],
)
def test_the_code_of_a_payout_that_failed(payout: Any, code: str) -> None:
    assert failure_of(payout) == code


def test_a_code_is_short_and_upper_case() -> None:
    assert as_code("requirements.past_due") == "REQUIREMENTS_PAST_DUE"
    assert as_code("x" * 50) == "X" * 40


def disabled(reason: str | None) -> Any:
    return {"payouts_enabled": False, "requirements": {"disabled_reason": reason}}


@pytest.mark.parametrize(
    "account, refusal, standing, code",
    [
        (disabled("requirements.past_due"), "PAYOUTS_NOT_ALLOWED", Standing.RECIPIENT, "REQUIREMENTS_PAST_DUE"),
        (disabled("under_review"), "PAYOUTS_NOT_ALLOWED", Standing.REVIEW, "UNDER_REVIEW"),
        (disabled("requirements.pending_verification"), "X", Standing.REVIEW, "REQUIREMENTS_PENDING_VERIFICATION"),
        (disabled("rejected.fraud"), "PAYOUTS_NOT_ALLOWED", Standing.NOTHING, "REJECTED_FRAUD"),
        (disabled("listed"), "PAYOUTS_NOT_ALLOWED", Standing.NOTHING, "LISTED"),
        (disabled(None), "PAYOUTS_NOT_ALLOWED", Standing.RECIPIENT, "PAYOUTS_NOT_ALLOWED"),
        ({"payouts_enabled": True}, "BALANCE_INSUFFICIENT", Standing.REVIEW, "BALANCE_INSUFFICIENT"),
        ({"payouts_enabled": True}, "AMOUNT_TOO_SMALL", Standing.NOTHING, "AMOUNT_TOO_SMALL"),
    ],
)
def test_what_an_account_waits_for(account: Any, refusal: str, standing: Standing, code: str) -> None:
    assert standing_of(account, Refusal(code=refusal)) == (standing, code)
