"""POST /payments/authorize: request an authorization from the cardholder's bank and record its answer."""

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks.cost.write_units import UNIT_BYTES, item_size_bytes
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.bank.outcome import Challenge
from paysandbox.payments.bank.test_cards import TEST_CARDS, TestCard
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from tests.support.builders import build
from tests.support.builders.build import ABSENT, DAY, HOUR, VALIDITY
from tests.support.clients.call import Merchant, send
from tests.support.tools.tiers import first_of_each, soak_but
from tests.support.worlds import tables
from tests.support.worlds.handlers import Told

NEXT_YEAR = datetime.now(UTC).year + 1


# --- answers ----------------------------------------------------------------------------------------------------------


def test_fields_of_an_approval(demo: Merchant) -> None:
    reply = demo.authorize(amount=12_50, card=build.card_details(exp_month=7, exp_year=NEXT_YEAR))
    answer = reply.json
    created_at = parse_timestamp(answer["created_at"])
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert not reply.replayed
    assert answer == {
        "status": "approved",
        "auth_id": answer["transaction_id"],
        "transaction_id": answer["transaction_id"],
        "amount": 12_50,
        "currency": "USD",
        "capture_method": "manual",
        "card": {
            "card_id": answer["card"]["card_id"],
            "brand": "visa",
            "last4": "4242",
            "exp_month": 7,
            "exp_year": NEXT_YEAR,
        },
        "response_code": "00",
        "checks": {"cvc": "pass", "zip": "unchecked", "line1": "unchecked"},
        "risk_level": "normal",
        "created_at": format_timestamp(created_at),
        "expires_at": format_timestamp(created_at + VALIDITY),
    }


# Cards that challenge the cardholder, or do something after the approval, have tests of their own.
def _shown(card: TestCard) -> Hashable:
    """Return what an answer shows of a card's outcome. tests/payments/bank/test_acquirer.py has the outcome of each."""
    return card.reason is None, getattr(card.reason, "response_code", None) is None, card.checks, card.risk_level


AT_ONCE = [card for card in TEST_CARDS.values() if not card.plan and not isinstance(card.outcome, Challenge)]


@pytest.mark.parametrize(
    "card", soak_but(AT_ONCE, keep=first_of_each(AT_ONCE, by=_shown)), ids=lambda card: card.number
)
def test_a_test_card_has_its_documented_outcome(card: TestCard, demo: Merchant) -> None:
    """A decline is an answer, not an error: it is recorded, and it has no capture deadline."""
    details = build.card_details(
        number=card.number, cvc="1234"[: card.cvc_digits], address_zip="10115", address_line1="Invalidenstr. 117"
    )
    answer = demo.authorize(card=details).json
    reason = card.reason
    assert (answer["card"]["brand"], answer["card"]["last4"]) == (card.brand, card.number[-4:])
    assert answer["risk_level"] == card.risk_level
    shown = demo.payment(answer["auth_id"]).json
    if reason is None:
        assert (answer["status"], answer["response_code"]) == ("approved", "00")
        assert answer["checks"] == {"cvc": card.checks.cvc, "zip": card.checks.zip, "line1": card.checks.line1}
        assert not {"decline_code", "advice_code"} & answer.keys()
        assert shown["remaining"] == 10_00
    else:
        assert (answer["status"], answer["decline_code"]) == ("declined", reason.decline_code)
        assert (answer.get("response_code"), answer["advice_code"]) == (reason.response_code, reason.advice_code)
        assert "expires_at" not in answer
        assert (shown["remaining"], shown["captured"]) == (0, 0)
    assert {name: shown[name] for name in answer} == answer


def test_automatic_capture_is_one_write(demo: Merchant, ledger: Ledger) -> None:
    answer = demo.authorize(amount=30_00, capture_method="automatic").json
    assert answer["capture_method"] == "automatic"
    (capture,) = answer["captures"]
    assert capture["amount"] == 30_00
    shown = demo.payment(capture["transaction_id"]).json
    assert (shown["status"], shown["captured"], shown["remaining"]) == ("captured", 30_00, 0)
    assert list(tables.items(ledger)) == [answer["auth_id"]]


def test_a_declined_automatic_capture_captures_nothing(demo: Merchant) -> None:
    card = build.card_details(number=build.INSUFFICIENT_FUNDS)
    answer = demo.authorize(card=card, capture_method="automatic").json
    assert answer["status"] == "declined"
    assert "captures" not in answer


def test_merchant_fields_are_returned(demo: Merchant) -> None:
    wrote = {
        "description": "Two tickets, “Götterdämmerung” 🎻",
        "reference": "order-1001",
        "metadata": {"seat": "12a", "ünï": "", "line breaks": "a\nb"},
    }
    answer = demo.authorize(**wrote).json
    assert {name: answer[name] for name in wrote} == wrote
    assert {name: demo.payment(answer["auth_id"]).json[name] for name in wrote} == wrote


def test_omitted_fields_are_not_returned(demo: Merchant) -> None:
    answer = demo.authorize(description=None, reference=None, metadata=None).json
    assert not {"description", "reference", "metadata", "captures", "decline_code", "advice_code"} & answer.keys()


def test_empty_metadata_is_returned(demo: Merchant) -> None:
    assert demo.authorize(metadata={}).json["metadata"] == {}


@pytest.mark.parametrize(
    "sent, shown",
    [(ABSENT, "USD"), ("USD", "USD"), ("eur", "EUR"), ("JpY", "JPY"), ("KWD", "KWD")],
)
def test_currencies(sent: Any, shown: str, demo: Merchant) -> None:
    """The currency is case-insensitive and returned in upper case. Amounts are in its minor unit."""
    answer = demo.authorize(amount=1_234, currency=sent).json
    assert (answer["amount"], answer["currency"]) == (1_234, shown)


@pytest.mark.parametrize("amount", [1, 99_999_999])
def test_the_smallest_and_the_largest_amount(amount: int, demo: Merchant) -> None:
    assert demo.authorize(amount=amount).json["amount"] == amount


def test_name_and_address_are_accepted_and_not_stored(demo: Merchant, ledger: Ledger) -> None:
    card = build.card_details(name="Ada Lovelace", address_zip="W1J 7NT", address_line1="12 St James's Square")
    answer = demo.authorize(card=card)
    assert answer.json["status"] == "approved"
    kept = repr(tables.items(ledger)) + answer.text
    assert [text for text in ("Lovelace", "W1J 7NT", "W1J7NT", "James") if text in kept] == []


def test_a_card_has_one_id_per_merchant(demo: Merchant, globex: Merchant) -> None:
    """A merchant can recognize a returning card; two merchants cannot correlate theirs."""
    first = demo.authorize().json["card"]["card_id"]
    assert demo.authorize(card=build.card_details(exp_month=1, cvc="999")).json["card"]["card_id"] == first
    assert demo.authorize(card=build.card_details(number=build.AMEX, cvc="1234")).json["card"]["card_id"] != first
    assert globex.authorize().json["card"]["card_id"] != first


def test_payment_id_is_derived_from_merchant_and_key(demo: Merchant, globex: Merchant) -> None:
    """The table itself rejects a duplicate. The key cannot be derived from the id."""
    auth_id = demo.authorize("the-key").json["auth_id"]
    assert demo.authorize("the-key").json["auth_id"] == auth_id
    assert demo.authorize("another-key").json["auth_id"] != auth_id
    assert globex.authorize("the-key").json["auth_id"] != auth_id
    assert "the-key" not in auth_id


# --- stored item ------------------------------------------------------------------------------------------------------


def test_item_of_an_approval(demo: Merchant, ledger: Ledger) -> None:
    """The attributes that later guards read, the index sort keys, and the TTL."""
    answer = demo.authorize(amount=12_50).json
    item = tables.items(ledger)[answer["auth_id"]]
    created_at = parse_timestamp(answer["created_at"])
    assert item["merchant"] == {"S": "demo"}
    assert item["authorized"] == item["remaining"] == {"N": "1250"}
    assert item["refundable"] == {"N": "0"}
    assert item["captures"] == item["amounts"] == {"M": {}}
    assert item["capture_before"] == {"S": answer["expires_at"]}
    assert item["due_at"] == {"S": answer["created_at"]}, "so that its capture moves no entry of the index"
    assert item["due_key"]["S"].startswith("open#")
    assert item["listed_at"] == {"S": f"{answer['created_at']}#{answer['auth_id']}"}
    assert item["merchant_key"]["S"].startswith("demo#")
    assert item["card_key"]["S"].startswith(answer["card"]["card_id"] + "#")
    assert item["version"] == {"N": "1"}
    assert item["purge_at"] == {"N": str(int((created_at + build.RETENTION).timestamp()))}
    assert "unsettled_since" not in item


def test_declines_are_never_due(demo: Merchant, ledger: Ledger) -> None:
    answer = demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json
    item = tables.items(ledger)[answer["auth_id"]]
    assert not {"remaining", "due_at", "unsettled_since"} & item.keys()


def test_an_authorization_costs_one_write_unit(demo: Merchant, ledger: Ledger) -> None:
    """A write unit covers 1,024 bytes. Uses the longest names and numbers, without free text from the caller."""
    merchant = Merchant("m" * 32)
    card = build.card_details(number="6205500000000000004")
    answer = merchant.authorize("k" * 255, card=card, amount=99_999_999).json
    assert item_size_bytes(tables.items(ledger)[answer["auth_id"]]) <= UNIT_BYTES


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt, code, param",
    [
        ({"card": ABSENT}, "parameter_missing", "card"),
        ({"tip": 1}, "parameter_unknown", "tip"),
        ({"metadata": {"a": 1}}, "parameter_invalid", "metadata.a"),
        ({"amount": 0}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": "10"}, "amount_invalid", "amount"),
        ({"currency": "XXX"}, "currency_unsupported", "currency"),
    ],
)  # fmt: skip
def test_invalid_bodies_record_nothing(
    spoilt: dict[str, Any], code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    """tests/http/test_reading.py has all values."""
    reply = demo.authorize(**spoilt)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == {}


@pytest.mark.parametrize(
    "spoilt, code, param",
    [
        ({"number": "4242424242424241"}, "card_number_incorrect", "card.number"),  # fails Luhn
        ({"number": ""}, "card_number_incorrect", "card.number"),
        ({"number": "4539578763621486"}, "live_card_in_sandbox", "card.number"),
        ({"exp_month": 13}, "card_expiry_invalid", "card.exp_month"),
        ({"exp_year": 2020}, "card_expiry_invalid", "card.exp_year"),
        ({"cvc": "1234"}, "cvc_invalid", "card.cvc"),  # only American Express has four digits
    ],
)
def test_invalid_cards_record_nothing(
    spoilt: dict[str, Any], code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    """tests/http/test_reading.py and tests/payments/bank/test_card.py have all values."""
    reply = demo.authorize(card=build.card_details(**spoilt))
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == {}


@pytest.mark.parametrize(
    "exp_month, exp_year, now, outcome",
    [
        (2, 2028, datetime(2028, 2, 29, 23, 59, 59, 999_999, UTC), "approved"),  # the last moment of its month
        (2, 2028, datetime(2028, 3, 1, tzinfo=UTC), "card_expiry_invalid"),
        (12, 2028, datetime(2028, 12, 31, 23, 59, 59, 999_999, UTC), "approved"),
        (12, 2028, datetime(2029, 1, 1, tzinfo=UTC), "card_expiry_invalid"),
        (1, 2048, datetime(2028, 6, 1, tzinfo=UTC), "approved"),  # at most twenty years ahead
        (1, 2049, datetime(2028, 6, 1, tzinfo=UTC), "card_expiry_invalid"),
    ],
)
def test_a_card_is_valid_to_the_end_of_its_month(
    exp_month: int, exp_year: int, now: datetime, outcome: str, demo: Merchant
) -> None:
    card = build.card_details(exp_month=exp_month, exp_year=exp_year)
    assert demo.at(now).authorize(card=card).says == outcome


def test_all_errors_are_reported_at_once(demo: Merchant) -> None:
    """The first fault is the problem; the others are listed beside it."""
    body = {"card": build.card_details(exp_month=13), "amount": 10.5, "tip": 1}
    problem = demo.post(AUTHORIZE_PAYMENT, body).json
    assert (problem["code"], problem["param"]) == ("card_expiry_invalid", "card.exp_month")
    assert [(fault["code"], fault["param"]) for fault in problem["errors"]] == [
        ("card_expiry_invalid", "card.exp_month"),
        ("amount_invalid", "amount"),
        ("parameter_unknown", "tip"),
    ]


def test_a_single_error_has_no_list(demo: Merchant) -> None:
    assert "errors" not in demo.authorize(amount=0).json


# --- settings ---------------------------------------------------------------------------------------------------------


def test_minimum_amount_is_a_setting(demo: Merchant, told: Told) -> None:
    told(minimum_amount=50)
    assert demo.authorize(amount=50).says == "approved"
    refused = demo.authorize(amount=49)
    assert (refused.status, refused.code, refused.json["param"]) == (400, "amount_too_small", "amount")


@pytest.mark.parametrize(
    "number, outcome",
    [
        ("4539578763621486", "approved"),  # Luhn-valid, but not a published test card
        ("4539578763621487", "card_number_incorrect"),
        (build.INSUFFICIENT_FUNDS, "declined"),  # published cards keep their meaning
    ],
)
def test_accepting_any_card_is_a_setting(number: str, outcome: str, demo: Merchant, told: Told) -> None:
    told(accept_any_card=True)
    assert demo.authorize(card=build.card_details(number=number)).says == outcome


def test_a_card_of_an_unknown_brand(demo: Merchant, told: Told) -> None:
    told(accept_any_card=True)
    assert demo.authorize(card=build.card_details(number="9000000000000001")).json["card"]["brand"] == "unknown"


def test_authorization_period_is_a_setting(demo: Merchant, told: Told) -> None:
    told(validity=HOUR)
    answer = demo.authorize().json
    assert parse_timestamp(answer["expires_at"]) - parse_timestamp(answer["created_at"]) == HOUR
    assert demo.at(parse_timestamp(answer["expires_at"])).capture(answer["auth_id"]).code == "authorization_expired"


def test_retention_is_a_setting(demo: Merchant, ledger: Ledger, told: Told) -> None:
    told(retention=3 * DAY)
    authorized = demo.authorize().json
    assert _purge_at(ledger, authorized) == int((parse_timestamp(authorized["created_at"]) + 3 * DAY).timestamp())
    captured = demo.capture(authorized["auth_id"]).json
    assert _purge_at(ledger, authorized) == int((parse_timestamp(captured["created_at"]) + 3 * DAY).timestamp())


def _purge_at(ledger: Ledger, answer: dict[str, Any]) -> int:
    return int(tables.items(ledger)[answer["auth_id"]]["purge_at"]["N"])


def test_handler_needs_only_documented_event_fields() -> None:
    """An event without the fields that a gateway may omit is still a valid request."""
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), identity={}, multi="never")
    assert reply.says == "approved"
