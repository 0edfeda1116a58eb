"""POST /donations/create-intent: create a donation, for the donor's browser to pay at Stripe."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from stripe import CardError

from paysandbox.core.body_limits import MAX_OPEN_BYTES
from paysandbox.donations.donation import MERCHANT, Donation, DonationStatus
from paysandbox.donations.lists import donations_of
from paysandbox.donations.routes import CREATE_DONATION_INTENT
from paysandbox.donations.tables import donations
from tests.support.builders import build
from tests.support.builders.build import ABSENT
from tests.support.clients.call import send
from tests.support.clients.donation_requests import (
    ADA,
    BOB,
    Account,
    Giver,
    donation_rows,
    kept,
    observe,
    paid,
    recent,
    rows,
)
from tests.support.clients.stripe_sdk import sdk_here
from tests.support.worlds.aws_transport import Deliver, Sent, Wire
from tests.support.worlds.handlers import Clock, Lines

MINUTE = timedelta(seconds=60)


@pytest.mark.full
def test_response_has_the_fields_for_the_browser(stripe: Account) -> None:
    reply = ADA.give(50_00)
    assert reply.status == 200
    assert reply.json["client_secret"].startswith("pi_")
    assert reply.json.keys() == {"client_secret", "donation_id"}


def test_donation_is_pending_with_its_intent(stripe: Account) -> None:
    donation = ADA.given(50_00, currency="EUR", message="For the library\nand its cats", anonymous=True)
    assert donation.status is DonationStatus.PENDING
    assert (donation.amount, donation.currency) == (50_00, "eur")
    assert (donation.message, donation.anonymous) == ("For the library\nand its cats", True)
    assert [donation.intent_id] == stripe.intents()


def test_donor_comes_from_the_token(stripe: Account) -> None:
    donor = Giver({"email": "Ada@Example.COM", "name": "  Ada\n Lovelace "}).given().donor
    assert (donor.email, donor.name, donor.user_id) == ("ada@example.com", "Ada Lovelace", build.claims()["sub"])


def test_profile_is_updated_and_keeps_its_creation_time(stripe: Account) -> None:
    first = ADA.given(50_00)
    Giver({"name": "Countess Lovelace"}).given(60_00)
    (profile,) = [row for row in rows() if row["SK"]["S"] == "PROFILE"]
    assert profile["PK"]["S"] == f"USER#{build.ADA}"
    assert profile["name"]["S"] == "Countess Lovelace"
    assert profile["created_at"]["S"] == next(
        row["created_at"]["S"] for row in donation_rows() if row["SK"]["S"].endswith(first.id)
    )


def test_stripe_gets_the_donation_id_and_no_personal_data(stripe: Account) -> None:
    donation = ADA.given(50_00, message="From Ada")
    (request,) = stripe.asked
    assert (request.method, request.path) == ("POST", "/v1/payment_intents")
    assert request.headers["idempotency-key"] == donation.id
    assert request.body == {
        "amount": "5000",
        "currency": "usd",
        "description": f"Donation {donation.id}",
        "metadata[donation_id]": donation.id,
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
    }


@pytest.mark.parametrize(
    "currency, amount, at_stripe", [("ISK", 5, "500"), ("MGA", 5_00, "5"), ("KWD", 5_120, "5120"), ("JPY", 500, "500")]
)
def test_stripe_gets_the_amount_in_its_units(currency: str, amount: int, at_stripe: str, stripe: Account) -> None:
    donation = ADA.given(amount, currency=currency)
    (request,) = stripe.asked
    assert (donation.amount, request.body["amount"]) == (amount, at_stripe)


def test_client_secret_is_neither_stored_nor_logged(stripe: Account, lines: Lines) -> None:
    secret = ADA.give(message="hush").json["client_secret"]
    assert secret not in json.dumps(rows())
    assert secret not in json.dumps(lines())


# --- idempotency ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["a-key", None])
def test_a_repeated_request_gets_the_same_intent(key: str | None, stripe: Account) -> None:
    first, again = ADA.give(key=key), ADA.give(key=key)
    assert again.text == first.text
    assert (first.replayed, again.replayed) == (False, True)
    assert len(donation_rows()) == len(stripe.intents()) == 1


@pytest.mark.parametrize("other", [{"amount": 50_01}, {"currency": "eur"}], ids=str)
def test_another_amount_is_another_donation(other: dict[str, Any], stripe: Account) -> None:
    ADA.give(amount=50_00)
    ADA.give(**{"amount": 50_00} | other)
    assert len(donation_rows()) == len(stripe.intents()) == 2


@pytest.mark.parametrize("first", [{}, {"message": "For the roof"}, {"anonymous": True}], ids=str)
@pytest.mark.parametrize("latest", [{}, {"message": "For the cats"}, {"anonymous": True}], ids=str)
def test_without_a_key_message_and_anonymity_of_an_unpaid_donation_are_updated(
    first: dict[str, Any], latest: dict[str, Any], stripe: Account
) -> None:
    begun, again = ADA.give(50_00, **first), ADA.give(50_00, **latest)
    assert (again.status, again.replayed, again.text) == (200, True, begun.text)
    donation = kept(begun.json["donation_id"])
    assert (donation.message, donation.anonymous) == (latest.get("message"), latest.get("anonymous", False))
    assert len(donation_rows()) == len(stripe.intents()) == 1


def test_anonymous_donors_are_never_named_publicly(stripe: Account) -> None:
    ADA.give(50_00)
    paid(50_00, anonymous=True)
    assert [one["donor_name"] for one in json.loads(recent().text)] == ["Anonymous"]


def confirm(donation: Donation, card: str = "pm_card_visa") -> None:
    """Confirm the payment, as the donor's browser does at Stripe."""
    account = sdk_here(MERCHANT)
    account.v1.payment_intents.confirm(donation.intent_id or "", {"payment_method": card})


def decline(donation: Donation) -> None:
    with pytest.raises(CardError):
        confirm(donation, "pm_card_chargeDeclined")


# Stripe's webhook may be late, so a payment that Stripe has confirmed counts before its event arrives.
ATTEMPTED: dict[str, Callable[[Donation], object]] = {
    "paid": lambda donation: observe(donation, paid=50_00),
    "failed": lambda donation: observe(donation, failed=True),
    "refunded": lambda donation: observe(donation, paid=50_00, refunded=50_00),
    "confirmed at Stripe": confirm,
    "declined at Stripe": decline,
}


@pytest.mark.full
@pytest.mark.parametrize("name", ATTEMPTED)
def test_without_a_key_a_donation_after_confirmation_is_new(name: str, stripe: Account) -> None:
    first = ADA.given(50_00, message="For the roof", anonymous=True)
    ATTEMPTED[name](first)
    before = kept(first.id)
    reply = ADA.give(50_00)
    second = kept(reply.json["donation_id"])
    assert (reply.replayed, second.message, second.anonymous) == (False, None, False)
    assert kept(first.id) == before
    assert {first.intent_id, second.intent_id} == set(stripe.intents())
    assert len(donation_rows()) == len(stripe.intents()) == 2
    # The new donation is unpaid, so a repetition applies to it.
    again = ADA.give(50_00, message="For the cats")
    assert (again.text, kept(second.id).message) == (reply.text, "For the cats")


def test_a_concurrently_paid_donation_keeps_its_message(stripe: Account, wire: Wire) -> None:
    first = ADA.given(50_00, anonymous=True)

    def pay_first(sent: Sent, deliver: Deliver) -> AWSResponse:
        if sent.operation == "UpdateItem" and kept(first.id).status is DonationStatus.PENDING:
            observe(first, paid=50_00)
        return deliver()

    with wire.witnessed(pay_first):
        second = ADA.given(50_00, message="Mine")
    assert (second.id != first.id, second.message) == (True, "Mine")
    assert (kept(first.id).anonymous, kept(first.id).message) == (True, None)
    assert len(donation_rows()) == len(stripe.intents()) == 2


@pytest.mark.parametrize("is_paid", [False, True])
def test_concurrent_repetitions_make_one_donation(is_paid: bool, stripe: Account, wire: Wire) -> None:
    """All apply to the first donation if it is unpaid, and otherwise to one new donation."""
    first = paid(50_00) if is_paid else ADA.given(50_00)
    with wire.meeting(4, "TransactWriteItems"), ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda number: ADA.give(50_00, message=f"Number {number}"), range(4)))
    (second,) = {reply.json["donation_id"] for reply in replies}
    assert (second != first.id) is is_paid
    assert len(donation_rows()) == len(stripe.intents()) == 1 + is_paid
    assert (kept(second).message or "").startswith("Number ")
    assert len({reply.text for reply in replies}) == 1


@pytest.mark.parametrize(
    "key, later, donations_there",
    [
        (None, MINUTE - timedelta(seconds=5), 1),
        (None, MINUTE, 2),
        ("a-key", timedelta(hours=23, minutes=59), 1),
        ("a-key", timedelta(hours=24), 2),
    ],
)
def test_lifetime_of_a_repeated_request(
    key: str | None, later: timedelta, donations_there: int, stripe: Account, clock: Clock
) -> None:
    ADA.give(key=key)
    clock.advance(later)
    assert ADA.give(key=key).replayed is (donations_there == 1)
    assert len(donation_rows()) == len(stripe.intents()) == donations_there


@pytest.mark.parametrize(
    "other", [{"amount": 50_01}, {"currency": "eur"}, {"message": "x"}, {"anonymous": True}], ids=str
)
def test_a_key_belongs_to_one_body(other: dict[str, Any], stripe: Account) -> None:
    ADA.give(50_00, "a-key")
    asked = len(stripe.asked)
    reply = ADA.give(**{"amount": 50_00, "key": "a-key"} | other)
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert (len(donation_rows()), len(stripe.asked)) == (1, asked)


def test_keys_are_per_donor(stripe: Account) -> None:
    assert ADA.give(key="a-key").json["donation_id"] != BOB.give(key="a-key").json["donation_id"]
    assert {len(donations_of(donations(), who, limit=10)[0]) for who in (build.ADA, "bob@example.com")} == {1}


def test_another_key_makes_another_donation(stripe: Account) -> None:
    assert ADA.give(key="one").json["donation_id"] != ADA.give(key="two").json["donation_id"]


def test_a_paid_donation_is_returned(stripe: Account) -> None:
    donation = paid(50_00, key="a-key")
    reply = ADA.give(50_00, "a-key")
    assert (reply.status, reply.json["donation_id"]) == (200, donation.id)
    assert kept(donation.id) == donation


# --- refusals ---------------------------------------------------------------------------------------------------------

BAD_BODIES = [
    # Stripe, "Currencies": the minimum and maximum charge.
    ({"amount": 49}, "amount_too_small", "amount"),
    ({"amount": 0}, "amount_too_small", "amount"),
    ({"amount": -50_00}, "amount_too_small", "amount"),
    ({"amount": 29, "currency": "gbp"}, "amount_too_small", "amount"),
    ({"amount": 49, "currency": "jpy"}, "amount_too_small", "amount"),
    ({"amount": 174_99, "currency": "huf"}, "amount_too_small", "amount"),
    ({"amount": 100_000_000}, "amount_too_large", "amount"),
    # Minor units are integers.
    ({"amount": 50.5}, "amount_invalid", "amount"),
    ({"amount": 50.0}, "amount_invalid", "amount"),
    ({"amount": "5000"}, "amount_invalid", "amount"),
    ({"amount": True}, "amount_invalid", "amount"),
    ({"amount": None}, "amount_invalid", "amount"),
    ({"amount": ABSENT}, "parameter_missing", "amount"),
    # Cards support two of the dinar's three digits.
    ({"amount": 5_001, "currency": "kwd"}, "amount_invalid", "amount"),
    ({"amount": 5_50, "currency": "mga"}, "amount_not_whole", "amount"),
    ({"amount": 1_000_000, "currency": "isk"}, "amount_too_large", "amount"),
    ({"currency": "zzz"}, "currency_unsupported", "currency"),
    ({"currency": "us"}, "currency_unsupported", "currency"),
    ({"currency": None}, "currency_unsupported", "currency"),
    ({"message": ""}, "parameter_invalid", "message"),
    ({"message": "x" * 501}, "parameter_invalid", "message"),
    ({"message": "a\tb"}, "parameter_invalid", "message"),
    ({"message": "a\r\nBcc: all@example.com"}, "parameter_invalid", "message"),
    ({"message": "\x1b[31m"}, "parameter_invalid", "message"),
    ({"message": "\x85"}, "parameter_invalid", "message"),
    ({"message": 5}, "parameter_invalid", "message"),
    ({"anonymous": "yes"}, "parameter_invalid", "anonymous"),
    ({"anonymous": 1}, "parameter_invalid", "anonymous"),
    # The donor's identity comes from the token.
    ({"email": "eve@example.com"}, "parameter_unknown", "email"),
    ({"donor_name": "Eve"}, "parameter_unknown", "donor_name"),
    ({"user_id": "eve"}, "parameter_unknown", "user_id"),
    ({"status": "SUCCEEDED"}, "parameter_unknown", "status"),
]


@pytest.mark.parametrize("body, code, param", BAD_BODIES, ids=str)
def test_invalid_bodies_are_refused_before_any_effect(
    body: dict[str, Any], code: str, param: str, stripe: Account
) -> None:
    reply = ADA.give(**{"amount": 50_00} | body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert (rows(), stripe.asked) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 50},
        {"amount": 99_999_999},
        {"amount": 30, "currency": "gbp"},
        {"amount": 50, "currency": "jpy"},
        {"amount": 5_010, "currency": "kwd"},
        {"message": "x" * 500},
        {"message": "\u0416\u0438\u0437\u043d\u044c & <b>\U0001f431</b>"},
    ],
    ids=str,
)
def test_limits_that_are_accepted(body: dict[str, Any], stripe: Account) -> None:
    assert ADA.give(**{"amount": 50_00} | body).status == 200


@pytest.mark.parametrize(
    "sent, status, code",
    [
        ({"body": f'{{"amount": 5000, "message": "{"x" * MAX_OPEN_BYTES}"}}'}, 413, "body_too_large"),
        ({"body": "{"}, 400, "request_invalid"),
        ({"body": "[5000]"}, 400, "request_invalid"),
        ({"body": '{"amount": 5000, "amount": 1}'}, 400, "request_invalid"),
        ({"body": {"amount": 50_00}, "content_type": "text/plain"}, 415, "media_type_unsupported"),
        ({"body": {"amount": 50_00}, "key": "x" * 256}, 400, "idempotency_key_invalid"),
        ({"body": {"amount": 50_00}, "key": ["one", "two"]}, 400, "idempotency_key_invalid"),
    ],
)
def test_invalid_requests(sent: dict[str, Any], status: int, code: str, stripe: Account) -> None:
    reply = send(CREATE_DONATION_INTENT, **{"key": None} | sent)
    assert (reply.status, reply.code) == (status, code)
    assert (rows(), stripe.asked) == ([], [])
