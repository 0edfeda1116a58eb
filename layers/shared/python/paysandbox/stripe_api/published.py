"""Published numbers, found again from a kept card, so that a card that was kept without its number can be charged.

A kept card holds a hash of its number. Of the few numbers that are published, the hashes can be made again.
"""

from collections.abc import Mapping
from functools import lru_cache

from paysandbox.payments.card import card_id_of
from paysandbox.payments.test_cards import TEST_CARDS


def number_of(card_id: str, merchant: str, key: bytes) -> str | None:
    """The published number that this merchant's card is of; None for a card whose number nobody published.

    `key` is the pepper for cards.
    """
    return _numbers(merchant, key).get(card_id)


@lru_cache(maxsize=16)
def _numbers(merchant: str, key: bytes) -> Mapping[str, str]:
    return {card_id_of(number, merchant, key): number for number in TEST_CARDS}
