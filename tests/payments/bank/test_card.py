"""Card validation: brand, check digit, expiry, security code; and the number is not kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.core.cards.brand import luhn_ok
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.card import Card, storable_card
from tests.support.builders.build import AMEX, MICROSECOND, MONDAY, VISA

KEY = b"k" * 32
ANOTHER_KEY = b"l" * 32
MISTYPED = "4242424242424241"
NEW_YEAR_2027 = datetime(2027, 1, 1, tzinfo=UTC)
DECEMBER_2026 = datetime(2026, 12, 1, tzinfo=UTC)


def kept(
    *,
    number: str = VISA,
    exp_month: int = 12,
    exp_year: int = 2030,
    cvc: str | None = "123",
    merchant: str = "demo",
    key: bytes = KEY,
    now: datetime = MONDAY,
) -> Card:
    return storable_card(
        number=number, exp_month=exp_month, exp_year=exp_year, cvc=cvc, merchant=merchant, key=key, now=now
    )


def refusal(**spoiled: Any) -> tuple[Code, str | None] | None:
    try:
        kept(**spoiled)
    except Refused as refused:
        return refused.code, refused.param
    return None


# --- check digit ------------------------------------------------------------------------------------------------------


def test_luhn_detects_every_mistyped_digit() -> None:
    mistyped = [
        VISA[:place] + digit + VISA[place + 1 :]
        for place in range(16)
        for digit in "0123456789"
        if digit != VISA[place]
    ]

    assert len(mistyped) == 16 * 9
    assert not any(luhn_ok(number) for number in mistyped)


@pytest.mark.parametrize(
    "number",
    [
        "42424242424242",  # 14 digits for Visa
        "55555555555544440",  # 17 for Mastercard
        "3782822463100052",  # 16 for American Express
    ],
)
def test_numbers_must_have_a_length_of_their_brand(number: str) -> None:
    assert luhn_ok(number)
    assert refusal(number=number, cvc=None) == (Code.CARD_NUMBER_INCORRECT, "card.number")


@pytest.mark.parametrize(
    "number, ok",
    [
        ("79927398713", True),  # the standard's own example
        ("79927398710", False),
        ("0000000000000000", True),
        (AMEX, True),
        (AMEX[:-2] + AMEX[-1] + AMEX[-2], False),  # adjacent digits swapped
    ],
)
def test_luhn(number: str, ok: bool) -> None:
    assert luhn_ok(number) is ok


# --- refusals, in order -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number, exp_month, exp_year, cvc, refused",
    [
        (MISTYPED, 1, 2026, "12", (Code.CARD_NUMBER_INCORRECT, "card.number")),
        (VISA, 1, 2026, "12", (Code.CARD_EXPIRY_INVALID, "card.exp_month")),
        (VISA, 12, 2026, "12", (Code.CVC_INVALID, "card.cvc")),
        (VISA, 12, 2026, "123", None),
    ],
)
def test_refusals_by_precedence(
    number: str, exp_month: int, exp_year: int, cvc: str, refused: tuple[Code, str] | None
) -> None:
    assert refusal(number=number, exp_month=exp_month, exp_year=exp_year, cvc=cvc) == refused


@pytest.mark.parametrize(
    "exp_month, exp_year, now, param",
    [
        (12, 2025, MONDAY, "card.exp_year"),
        (10, 2026, MONDAY, "card.exp_month"),  # the year is valid, so the month is at fault
        (11, 2026, MONDAY, None),
        (11, 2026, DECEMBER_2026 - MICROSECOND, None),  # valid to the end of its month
        (11, 2026, DECEMBER_2026, "card.exp_month"),
        (12, 2026, NEW_YEAR_2027 - MICROSECOND, None),
        (12, 2026, NEW_YEAR_2027, "card.exp_year"),
        (1, 2046, MONDAY, None),
        (12, 2046, MONDAY, None),  # twenty years ahead
        (1, 2047, MONDAY, "card.exp_year"),
        (12, 2200, MONDAY, "card.exp_year"),  # the latest year that the contract accepts
    ],
)
def test_expiry(exp_month: int, exp_year: int, now: datetime, param: str | None) -> None:
    refused = refusal(exp_month=exp_month, exp_year=exp_year, now=now)

    assert refused == (None if param is None else (Code.CARD_EXPIRY_INVALID, param))


@pytest.mark.parametrize(
    "number, cvc, ok",
    [
        (VISA, None, True),
        (VISA, "12", False),
        (VISA, "123", True),
        (VISA, "1234", False),
        (AMEX, None, True),
        (AMEX, "123", False),
        (AMEX, "1234", True),
        ("5555555555554444", "1234", False),
        ("6200000000000005", "123", True),
    ],
)
def test_security_code_by_brand(number: str, cvc: str | None, ok: bool) -> None:
    assert refusal(number=number, cvc=cvc) == (None if ok else (Code.CVC_INVALID, "card.cvc"))


# --- stored fields ----------------------------------------------------------------------------------------------------


def test_stored_fields_of_a_card() -> None:
    card = kept(exp_month=7, exp_year=2031)

    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "4242", 7, 2031)
    assert card.card_id.startswith("card_")
    assert len(card.card_id) == len("card_") + 26


@pytest.mark.parametrize(
    "changed, same",
    [
        ({}, True),
        ({"exp_month": 1, "exp_year": 2040}, True),  # a renewed card keeps its id
        ({"cvc": None}, True),
        ({"now": MONDAY + timedelta(days=400)}, True),
        ({"merchant": "globex"}, False),  # two merchants cannot correlate their cardholders
        ({"key": ANOTHER_KEY}, False),
        ({"number": "4000056655665556"}, False),
    ],
)
def test_card_ids_are_stable_and_per_merchant(changed: dict[str, Any], same: bool) -> None:
    assert (kept(**changed).card_id == kept().card_id) is same


def test_card_ids_are_frozen() -> None:
    """Stored with every payment: with another derivation, a returning card would not be recognized."""
    assert kept().card_id == "card_i2wggn3i6qrnatztssed3zfcoh"


def test_repr_of_a_card_has_no_number() -> None:
    assert VISA not in repr(kept())
    spoilings: tuple[dict[str, Any], ...] = (
        {"number": MISTYPED},
        {"exp_year": 2020},
        {"cvc": "1234"},
        {"exp_year": 2199},
    )
    for spoiled in spoilings:
        with pytest.raises(Refused) as caught:
            kept(**spoiled)
        shown = f"{caught.value!r} {caught.value}"
        assert VISA not in shown
        assert MISTYPED not in shown
