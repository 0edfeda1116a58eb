"""A shop with a customer."""

import pytest

from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import StripeMerchant


@pytest.fixture
def shop() -> StripeMerchant:
    """The merchant `demo`."""
    return StripeMerchant()


@pytest.fixture
def jenny(shop: StripeMerchant) -> str:
    """A customer of the shop."""
    return customer(shop)
