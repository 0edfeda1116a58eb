"""The mapping of a stored card back to its published number, for its own merchant only, and to no other number."""

import pytest

from paysandbox.payments.bank.card import card_id_of, storable_card
from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.stripe_api.payment_methods.bank import number_of
from tests.support.builders.build import MONDAY, OTHER_MERCHANT, VISA

KEY = b"k" * 32
UNPUBLISHED = "4539578763621486"


def test_every_published_number_is_found_again() -> None:
    found = {number: number_of(card_id_of(number, "demo", KEY), "demo", KEY) for number in TEST_CARDS}

    assert found == {number: number for number in TEST_CARDS}


@pytest.mark.parametrize(
    "card_id",
    [card_id_of(VISA, OTHER_MERCHANT, KEY), card_id_of(VISA, "demo", b"l" * 32), card_id_of(UNPUBLISHED, "demo", KEY)],
    ids=["another merchant's", "under another key", "nobody's test card"],
)
def test_only_cards_of_the_merchant_are_found(card_id: str) -> None:
    assert number_of(card_id, "demo", KEY) is None


def test_the_fingerprint_is_the_stored_hash_of_the_card() -> None:
    kept = storable_card(number=VISA, exp_month=12, exp_year=2030, cvc=None, merchant="demo", key=KEY, now=MONDAY)

    assert number_of(kept.card_id, "demo", KEY) == VISA
