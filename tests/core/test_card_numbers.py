"""Card numbers in text: every possible card number is found, and no common id is mistaken for one."""

import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pytest

from paysandbox.core.cards.card_numbers import has_card_number, place_of_card_number, without_card_numbers
from paysandbox.payments.bank.test_cards import TEST_CARDS
from tests.support.builders.build import AMEX, VISA
from tests.support.tools.tiers import full_but

DINERS: Final = "36227206271667"
UNIONPAY: Final = "6205500000000000004"

FEW: Final = 20_000
MANY: Final = 1_000_000


@pytest.mark.parametrize(
    "text, masked",
    [
        (VISA, "[number]"),
        ("4539578763621486", "[number]"),  # not a published test card
        (AMEX, "[number]"),
        (DINERS, "[number]"),
        (UNIONPAY, "[number]"),
        ("2223003122003222", "[number]"),
        ("6011111111111117", "[number]"),
        ("3566002020360505", "[number]"),
        # Alone between characters that are not digits.
        (f"metadata.{VISA}", "metadata.[number]"),
        (f"card={VISA};", "card=[number];"),
        (f"x{VISA}y", "x[number]y"),
        (f"{VISA}{VISA}", "[number]"),  # longer than any card number; masked in logs all the same
        (f"{VISA}\n{AMEX}", "[number]\n[number]"),
        ("\uff14\uff12" * 8, "[number]"),  # full-width digits
        # In groups, as printed on cards, or with any other separator that people use.
        ("my card 4242 4242 4242 4242!", "my card [number]!"),
        ("4242-4242-4242-4242", "[number]"),
        ("4242.4242.4242.4242", "[number]"),
        ("4242%204242%2D4242+4242", "[number]"),
        (f"%20{VISA}", "%20[number]"),
        ("4242 - 4242 - 4242 - 4242", "[number]"),
        ("3782 822463 10005", "[number]"),
        ("3782 8224 6310 005", "[number]"),
        ("3622 720627 1667", "[number]"),
        ("6205 5000 0000 0000 004", "[number]"),
        ("4242 4242 4242 4242 123", "[number]"),
        ("4242 4242 4242 4242 12", "[number] 12"),
        ("1230 4242 4242 4242 4242", "1230 [number]"),
        ("4242 4242 4242 4242, 5555 5555 5555 4444", "[number], [number]"),
    ],
)
def test_a_card_number_is_found(text: str, masked: str) -> None:
    assert without_card_numbers(text) == masked
    assert has_card_number(text) is (text != f"{VISA}{VISA}")


def test_test_card_numbers_are_found(subtests: pytest.Subtests) -> None:
    for number in TEST_CARDS:
        with subtests.test(str(number)):
            assert without_card_numbers(f"paid with {number}.") == "paid with [number]."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "order 7",
        "2026-11-16T09:30:00.123456Z",
        "20261116093000",
        "1242424242424246",  # not an issued prefix
        "424242424242424242",  # 18 digits for Visa
        "4006381333924",  # EAN-13, with a check digit like that of a 13-digit Visa card
        "490154203237518",  # IMEI
        "4242,4242,4242,4242",
        "42 42 42 42 42 42 42 42",
        "42424242 42424242",
        "x4242-4242-4242-4242",
        "4242-4242-4242-4242x",
        "a4242424242424242bcdefab",  # 24 hexadecimal digits, like MongoDB ids
        "c4ca4238a4242424242424242bcdefab",
    ],
)
def test_other_text_is_unchanged(text: str) -> None:
    assert without_card_numbers(text) == text
    assert not has_card_number(text)


@pytest.mark.parametrize("text", ["4242424242424241", "4242 4242 4242 4241", "378282246310004"])
def test_a_mistyped_number_is_masked(text: str) -> None:
    """It is one digit away from a real number."""
    assert without_card_numbers(text) == "[number]"
    assert not has_card_number(text)


@pytest.mark.full
@pytest.mark.parametrize("text", ["4242424242424242x" * 60_000, "4242 " * 200_000, "f" * 1_000_000, "4" * 1_000_000])
def test_search_takes_linear_time(text: str) -> None:
    started = time.process_time()
    without_card_numbers(text)
    has_card_number(text)
    assert time.process_time() - started < 10


# --- ids --------------------------------------------------------------------------------------------------------------

START: Final = int(datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC).timestamp())  # the first second with ten digits
END: Final = int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())
# Milliseconds of the first day of ids; older ids are shorter than a snowflake.
TWITTER: Final = 1_288_834_974_657
DISCORD: Final = 1_420_070_400_000
YEAR_MS: Final = 365 * 86_400_000


def _snowflake(dice: random.Random) -> str:
    epoch = dice.choice((TWITTER, DISCORD))
    at = dice.randrange(epoch + YEAR_MS, END * 1000)
    return str((at - epoch) << 22 | dice.getrandbits(22))


def _uuid(dice: random.Random, version: int) -> uuid.UUID:
    return uuid.UUID(int=dice.getrandbits(128), version=version)


IDS: Final[dict[str, Callable[[random.Random], str]]] = {
    "milliseconds": lambda dice: str(dice.randrange(START * 10**3, END * 10**3)),
    "microseconds": lambda dice: str(dice.randrange(START * 10**6, END * 10**6)),
    "nanoseconds": lambda dice: str(dice.randrange(START * 10**9, END * 10**9)),
    "UUIDs": lambda dice: str(_uuid(dice, 4)),
    "UUIDs in a row of digits": lambda dice: _uuid(dice, 4).hex,
    "UUIDs of digits only": lambda dice: "-".join(
        str(dice.randrange(10**length)).zfill(length) for length in (8, 4, 4, 4, 12)
    ),
    "snowflakes": _snowflake,
}

both = pytest.mark.parametrize("amount", [FEW, pytest.param(MANY, marks=pytest.mark.soak)], ids=["few", "many"])


@both
@pytest.mark.untraced
@pytest.mark.parametrize("kind", full_but(IDS, keep=lambda kind: kind in {"UUIDs", "snowflakes"}))
def test_ids_are_neither_rejected_nor_masked(kind: str, amount: int) -> None:
    dice = random.Random(f"{kind} 1")
    ids = (IDS[kind](dice) for _ in range(amount))
    assert [text for text in ids if has_card_number(text) or without_card_numbers(text) != text] == []


@both
@pytest.mark.untraced
def test_share_of_random_numbers_that_look_like_cards(amount: int) -> None:
    """As stated in docs/reference/api.md: these cannot be told from card numbers."""
    dice = random.Random("digits 1")
    share = sum(has_card_number(f"{dice.randrange(10**16):016}") for _ in range(amount)) / amount
    assert share == pytest.approx(0.024, abs=0.002)


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body, place",
    [
        ({"card": {"number": VISA}, "amount": 10_00}, None),
        ({"payment_method_data": {"card": {"number": VISA}}}, None),
        ({"source": {"number": VISA, "name": VISA}}, "source.name"),
        ({"metadata": {"source": {"number": VISA}}}, "metadata.source.number"),
        ({"reference": VISA}, "reference"),
        ({"card": {"number": VISA, "name": f"Ada {AMEX}"}}, "card.name"),
        ({"card": VISA}, "card"),
        ({"metadata": {"order": "7", VISA: "x"}}, f"metadata.{VISA}"),
        ({"metadata": {"order": VISA}}, "metadata.order"),
        ({"metadata": {"card.number": VISA}}, "metadata.card.number"),
        ({"enabled_events": ["a", f"b{VISA}"]}, "enabled_events.1"),
        ({"number": VISA}, "number"),
        ({"amount": 10_00, "final": True, "reason": None}, None),
    ],
)
def test_path_of_a_card_number_in_a_body(body: dict[str, object], place: str | None) -> None:
    assert place_of_card_number(body) == place


def test_a_form_has_a_card_number_in_its_own_fields() -> None:
    assert place_of_card_number({"card": VISA, "cardNumber": VISA}, of_form=True) is None
    assert place_of_card_number({"cardNumber": VISA, "email": VISA}, of_form=True) == "email"
