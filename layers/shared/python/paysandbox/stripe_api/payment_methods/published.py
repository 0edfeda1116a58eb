"""Look up the published number of a stored card, so that it can be authorized later.

A stored card has only a hash of its number. The hashes of the few published numbers can be computed again.
"""

from collections.abc import Mapping
from functools import lru_cache

from paysandbox.payments.bank.card import card_id_of
from paysandbox.payments.bank.test_cards import TEST_CARDS


def number_of(card_id: str, merchant: str, key: bytes) -> str | None:
    """Return the published number of this merchant's card, or None if its number is not published.

    `key` is the key for hashing card numbers.
    """
    return _numbers(merchant, key).get(card_id)


@lru_cache(maxsize=16)
def _numbers(merchant: str, key: bytes) -> Mapping[str, str]:
    return {card_id_of(number, merchant, key): number for number in TEST_CARDS}
