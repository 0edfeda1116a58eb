"""POST /v1/api/payment: accepting a disbursement, and what is refused."""

import re
from typing import Any

import pytest

from paysandbox.core.errors import Code
from paysandbox.disbursements.routes import CREATE_DISBURSEMENT
from paysandbox.disbursements.steps import Step
from paysandbox.http.body_shape import WRONG_SHAPE
from tests.support.builders import build
from tests.support.builders.build import ABSENT, DAY
from tests.support.builders.disbursements import BANK_ACCOUNT, CUSTOMER_ID, EMAIL
from tests.support.clients.call import send
from tests.support.clients.disbursement_requests import Payer, books, payment_body, step, stored
from tests.support.worlds.aws_transport import Wire, answer_lost
from tests.support.worlds.handlers import Clock, Lines, Told

MINOR_UNITS = "Use a whole number of minor units, such as 1250 for 12.50 USD."
NO_FUNDS = {"USD": (5_00, 5_00, 0)}


def test_a_disbursement(payer: Payer) -> None:
    payer.ready()
    reply = payer.pay("1250")
    assert reply.status == 202
    [one] = stored()
    at = reply.json["created_at"]
    assert re.sub(r"[^0-9]", "", at) == re.sub(r"[^0-9]", "", one.id[:23])
    assert reply.json == {
        "payment_id": one.id,
        "customer_id": CUSTOMER_ID,
        "email": EMAIL,
        "amount": 1250,
        "currency": "USD",
        "fee": 0,
        "payment_method": "paypal",
        "status": "pending",
        "attempts": 0,
        "batch_id": one.batch_id,
        "created_at": at,
        "cancel_requested": False,
        "trail": [{"status": "pending", "at": at, "source": "api", "request_id": one.trail[0].request_id}],
    }
    assert one.due_at is not None
    assert books() == {"USD": (100_00, 87_50, 12_50)}


@pytest.mark.parametrize(
    "outcome", ["payout=pay", "payout=fail", "payout=fail:RECEIVER_ACCOUNT_LOCKED", "payout=stall"]
)
def test_an_outcome_is_kept_for_the_worker(outcome: str, payer: Payer) -> None:
    """The answer is that of any other disbursement. A repeated request has the first outcome, whatever it asks for."""
    payer.ready()
    first = payer.pay(key="once", outcome=outcome)
    again = payer.pay(key="once", outcome="payout=hold")
    assert (first.status, again.status, first.json["status"], first.json == again.json) == (202, 202, "pending", True)
    assert [f"payout={one.outcome}" for one in stored()] == [outcome]
    assert books() == {"USD": (100_00, 87_50, 12_50)}


@pytest.mark.parametrize(
    "outcome",
    [
        "",
        "pay",
        "payout=",
        "payout=send",
        "payout=claim",
        "payout=R03",
        "payout=pay:A_CODE",
        "payout=fail:",
        "payout=fail:a_code",
        f"payout=fail:{'A' * 41}",
        "decline:lost_card",
        ["payout=pay", "payout=pay"],
    ],
)
def test_refused_outcomes(outcome: Any, payer: Payer) -> None:
    payer.ready()
    reply = payer.pay(outcome=outcome)
    assert (reply.status, reply.code, reply.json["param"]) == (400, Code.OUTCOME_INVALID, "X-Sandbox-Outcome")
    assert stored() == []


@pytest.mark.parametrize("currency", ["USD", "usd", "JPY", "KWD"])
def test_amounts_are_in_minor_units(payer: Payer, currency: str) -> None:
    payer.ready()
    payer.fund(10_000, currency)
    reply = payer.pay("1250", currency=currency)
    assert (reply.json["amount"], reply.json["currency"]) == (1250, currency.upper())
    assert payer.payment(reply.json["payment_id"]).json["amount"] == 1250


@pytest.mark.parametrize(
    "amount, code",
    [
        ("0", Code.AMOUNT_TOO_SMALL),
        ("-1250", Code.AMOUNT_TOO_SMALL),
        ("100000000", Code.AMOUNT_TOO_LARGE),
        ("1" * 1_000, Code.AMOUNT_TOO_LARGE),
        ("12.50", Code.AMOUNT_INVALID),
        ("1250.0", Code.AMOUNT_INVALID),
        ("1e2", Code.AMOUNT_INVALID),
        ("1e400", Code.AMOUNT_INVALID),
        ("NaN", Code.REQUEST_INVALID),
        ("01", Code.REQUEST_INVALID),
        ("12,50", Code.REQUEST_INVALID),
        (".5", Code.REQUEST_INVALID),
    ],
)
def test_refused_amounts(payer: Payer, amount: str, code: Code) -> None:
    payer.ready()
    reply = payer.pay(amount)
    assert (reply.status, reply.code) == (400, code)
    assert reply.json.get("param") == (None if code is Code.REQUEST_INVALID else "amount")
    assert stored() == []


def test_an_amount_in_major_units_is_explained(payer: Payer) -> None:
    assert payer.pay("12.50").json["detail"] == MINOR_UNITS


@pytest.mark.parametrize("amount", ['"12.50"', "true", "null", "[12.50]", '{"value": 12.50}'])
def test_an_amount_that_is_no_number_is_refused_as_api_gateway_does(payer: Payer, amount: str) -> None:
    payer.ready()
    reply = payer.pay(amount)
    assert (reply.status, reply.code, reply.json["detail"]) == (400, Code.REQUEST_INVALID, WRONG_SHAPE)
    said = {"code": "amount_invalid", "detail": MINOR_UNITS, "param": "amount"}
    assert reply.json["errors"] == [said]
    assert stored() == []


@pytest.mark.parametrize(
    "changed, code, param",
    [
        ({"customer_id": ABSENT}, Code.PARAMETER_MISSING, "customer_id"),
        ({"email": ABSENT}, Code.PARAMETER_MISSING, "email"),
        ({"currency": ABSENT}, Code.PARAMETER_MISSING, "currency"),
        ({"payment_id": "mine"}, Code.PARAMETER_UNKNOWN, "payment_id"),
    ],
)
def test_another_shape_is_refused_as_api_gateway_does(
    payer: Payer, changed: dict[str, Any], code: Code, param: str
) -> None:
    """In AWS the gateway checks names and types, with one response for all. Only the handler lists the parameters."""
    payer.ready()
    reply = payer.pay(**changed)
    assert (reply.status, reply.code, reply.json["detail"]) == (400, Code.REQUEST_INVALID, WRONG_SHAPE)
    assert [(error["code"], error["param"]) for error in reply.json["errors"]] == [(code, param)]
    assert stored() == []


@pytest.mark.parametrize(
    "changed, status, code, param",
    [
        ({"customer_id": "nobody"}, 404, Code.RESOURCE_NOT_FOUND, "customer_id"),
        ({"customer_id": "a#b"}, 400, Code.PARAMETER_INVALID, "customer_id"),
        ({"email": "jane"}, 400, Code.PARAMETER_INVALID, "email"),
        ({"currency": "XXX"}, 400, Code.CURRENCY_UNSUPPORTED, "currency"),
        ({"payment_method": "venmo"}, 400, Code.PARAMETER_INVALID, "payment_method"),
        ({"payment_method": "stripe"}, 400, Code.STRIPE_ACCOUNT_MISSING, "customer_id"),
        ({"payment_method": "stripe", "customer_id": "nobody"}, 404, Code.RESOURCE_NOT_FOUND, "customer_id"),
        ({"payment_method": "ach"}, 400, Code.BANK_ACCOUNT_MISSING, "customer_id"),
        ({"payment_method": "ach", "customer_id": "nobody"}, 404, Code.RESOURCE_NOT_FOUND, "customer_id"),
        ({"payment_method": "ach", "currency": "EUR"}, 400, Code.CURRENCY_UNSUPPORTED, "currency"),
    ],
)
def test_refused(payer: Payer, changed: dict[str, Any], status: int, code: Code, param: str) -> None:
    payer.ready()
    reply = payer.pay(**changed)
    assert (reply.status, reply.code, reply.json["param"]) == (status, code, param)
    assert stored() == []


def test_more_than_the_funds(payer: Payer) -> None:
    payer.ready(5_00)
    reply = payer.pay("501")
    assert (reply.status, reply.code, reply.json["param"]) == (402, Code.INSUFFICIENT_BALANCE, "amount")
    assert stored() == []
    assert books() == NO_FUNDS
    assert payer.pay("500").status == 202
    assert books() == {"USD": (5_00, 0, 5_00)}


def test_funds_of_another_currency_do_not_count(payer: Payer) -> None:
    payer.ready(5_00)
    assert payer.pay("500", currency="EUR").status == 402


def test_the_fee_is_taken_with_the_amount(payer: Payer, told: Told) -> None:
    told(disbursement_fee="usd=25")
    payer.ready(10_00)
    assert payer.pay("976").status == 402
    reply = payer.pay("975")
    assert reply.json["fee"] == 25
    assert books() == {"USD": (10_00, 0, 10_00)}


def test_the_fee_of_a_payment_method(payer: Payer, told: Told) -> None:
    told(disbursement_fee="usd=25,paypal:usd=30")
    payer.ready()
    assert [payer.pay(**method).json["fee"] for method in ({}, {"payment_method": "paypal"})] == [30, 30]


def test_a_repeated_request_keeps_method_and_fee_of_its_acceptance(payer: Payer, told: Told) -> None:
    payer.ready(100_00)
    first = payer.pay(key="k")
    told(disbursement_fee="usd=25")
    assert payer.pay(key="k").text == first.text
    assert payer.pay(key="l").json["fee"] == 25


def test_a_refused_method_binds_no_key(payer: Payer) -> None:
    payer.ready()
    assert payer.pay(key="k", payment_method="ach", currency="EUR").code == Code.CURRENCY_UNSUPPORTED
    assert payer.pay(key="k").status == 202


def test_a_disbursement_by_ach_keeps_the_bank_account_of_its_acceptance(payer: Payer) -> None:
    payer.ready()
    payer.update_customer(email=EMAIL, bank_account=BANK_ACCOUNT)
    reply = payer.pay(key="k", payment_method="ach")
    assert (reply.status, reply.json["payment_method"], reply.json["last4"]) == (202, "ach", "6789")
    assert reply.json.keys().isdisjoint({"effective_date", "administrative_returns_expected_by"})
    payer.update_customer(email=EMAIL, bank_account=BANK_ACCOUNT | {"account_number": "000111111116"})
    assert payer.payment(reply.json["payment_id"]).json["last4"] == "6789"
    payer.update_customer(email=EMAIL)
    assert payer.pay(key="k", payment_method="ach").text == reply.text
    assert payer.pay(key="l", payment_method="ach").code == Code.BANK_ACCOUNT_MISSING
    [one] = stored()
    assert "000123456789" not in repr(one)


def test_a_request_without_a_bank_account_is_accepted_under_its_key_once_there_is_one(payer: Payer) -> None:
    payer.ready()
    assert payer.pay(key="k", payment_method="ach").code == Code.BANK_ACCOUNT_MISSING
    payer.update_customer(email=EMAIL, bank_account=BANK_ACCOUNT)
    assert payer.pay(key="k", payment_method="ach").status == 202


def test_a_disbursement_by_stripe_keeps_the_account_of_its_acceptance(payer: Payer) -> None:
    payer.ready()
    payer.update_customer(email=EMAIL, stripe_account="acct_1")
    reply = payer.pay(key="k", payment_method="stripe")
    assert (reply.status, reply.json["payment_method"], reply.json["stripe_account"]) == (202, "stripe", "acct_1")
    assert "payout" not in reply.json
    payer.update_customer(email=EMAIL, stripe_account="acct_2")
    assert payer.payment(reply.json["payment_id"]).json["stripe_account"] == "acct_1"
    payer.update_customer(email=EMAIL)
    assert payer.pay(key="k", payment_method="stripe").text == reply.text
    assert payer.pay(key="l", payment_method="stripe").code == Code.STRIPE_ACCOUNT_MISSING
    payer.update_customer(email=EMAIL, stripe_account="acct_2")
    assert payer.pay(key="l", payment_method="stripe").json["stripe_account"] == "acct_2"
    assert "stripe_account" not in payer.pay(key="m", payment_method="paypal").json


def test_the_disbursement_keeps_the_e_mail_address_of_its_request(payer: Payer) -> None:
    payer.ready()
    payment_id = payer.pay(email="work@example.com").json["payment_id"]
    payer.update_customer(email="new@example.com")
    assert payer.payment(payment_id).json["email"] == "work@example.com"


def test_the_customer_of_another_merchant_is_unknown(payer: Payer) -> None:
    payer.ready()
    other = Payer(build.OTHER_MERCHANT)
    other.fund(100_00)
    assert other.pay().status == 404


def test_the_log_line_names_the_disbursement(payer: Payer, lines: Lines) -> None:
    payment_id = payer.ready().accepted()
    [line] = [line for line in lines() if line.get("route") == CREATE_DISBURSEMENT.name]
    assert (line["transaction_id"], line["outcome"], line["status"]) == (payment_id, "accepted", 202)


# --- idempotency ------------------------------------------------------------------------------------------------------


def test_without_a_key_two_requests_pay_twice(payer: Payer) -> None:
    payer.ready()
    first, second = payer.pay(), payer.pay()
    assert first.json["payment_id"] < second.json["payment_id"]
    assert books() == {"USD": (100_00, 75_00, 25_00)}


@pytest.mark.parametrize("after", [0 * DAY, DAY, 29 * DAY, 400 * DAY], ids=str)
def test_the_same_key_is_the_same_disbursement_however_late(payer: Payer, clock: Clock, after: Any) -> None:
    payer.ready()
    first = payer.pay(key="k")
    clock.advance(after)
    again = payer.pay(key="k")
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.status, again.text) == (202, first.text)
    assert books() == {"USD": (100_00, 87_50, 12_50)}


def test_a_replay_shows_the_disbursement_as_it_is_now(payer: Payer) -> None:
    payer.ready()
    payment_id = payer.pay(key="k").json["payment_id"]
    step(payment_id, Step.SEND, Step.PAY)
    again = payer.pay(key="k")
    assert (again.json["payment_id"], again.json["status"], again.replayed) == (payment_id, "paid", True)
    assert again.text == payer.payment(payment_id).text


@pytest.mark.parametrize(
    "changed",
    [{"amount": "1251"}, {"amount": "125"}, {"email": "other@example.com"}, {"payment_method": "paypal"}],
    ids=str,
)
def test_a_key_with_another_body(payer: Payer, clock: Clock, changed: dict[str, Any]) -> None:
    payer.ready()
    payer.pay(key="k")
    clock.advance(400 * DAY)
    reply = payer.pay(key="k", **changed)
    assert (reply.status, reply.code) == (422, Code.IDEMPOTENCY_KEY_REUSED)
    assert len(stored()) == 1


def test_a_key_refused_for_insufficient_funds_pays_after_funding(payer: Payer, clock: Clock) -> None:
    payer.ready(5_00)
    assert payer.pay(key="k").status == 402
    assert payer.pay("100", key="k").status == 422  # the key is bound to the first body
    clock.advance(40 * DAY)
    payer.fund(100_00)
    paid, again = payer.pay(key="k"), payer.pay(key="k")
    assert (paid.status, paid.replayed, again.replayed) == (202, False, True)
    assert again.text == paid.text
    [one] = stored()
    # The time of its ID is that of the first request, its own that of its acceptance: it may be sent for 29 days.
    assert paid.json["created_at"] == paid.json["trail"][0]["at"]
    assert one.created_at.strftime("%Y%m%d") > one.id[:8]
    assert books() == {"USD": (105_00, 92_50, 12_50)}


@pytest.mark.parametrize("refused", [{"amount": "12.50"}, {"customer_id": "nobody"}], ids=str)
def test_other_refusals_leave_the_key_free(payer: Payer, refused: dict[str, Any]) -> None:
    payer.ready()
    assert payer.pay(key="k", **refused).status in (400, 404)
    assert payer.pay(key="k").status == 202


def test_keys_of_merchants_are_apart(payer: Payer) -> None:
    payer.ready()
    other = Payer(build.OTHER_MERCHANT).ready()
    assert payer.pay(key="k").json["payment_id"] != other.pay(key="k").json["payment_id"]


def test_a_body_with_two_amounts(payer: Payer) -> None:
    payer.ready()
    body = payment_body().replace("{", '{"amount": 1, ', 1)
    assert send(CREATE_DISBURSEMENT, body=body, key=None).code == Code.REQUEST_INVALID


@pytest.mark.parametrize(
    "key, detail",
    [
        ("k", "Retry with the same idempotency key. The operation is not repeated."),
        (
            None,
            "It is unknown whether the request took effect, and it has no idempotency key. Check before you repeat it.",
        ),
    ],
)
def test_only_a_request_with_a_key_is_advised_to_be_sent_again(
    key: str | None, detail: str, payer: Payer, wire: Wire
) -> None:
    """Its answer was lost each time, and it took the money: sent again without a key, it would pay twice."""
    payer.ready(100_00)
    with wire.broken(answer_lost, when=lambda call: call.operation == "TransactWriteItems"):
        reply = payer.pay("1000", key=key)
    assert (reply.status, reply.code, reply.json["detail"]) == (503, Code.SERVICE_UNAVAILABLE, detail)
