"""Retrieving a reversal of a transfer."""

import pytest

from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.clients.transfers import PLATFORM, connected, funded, sent, taken_back


@pytest.fixture
def transfer() -> str:
    """A transfer of 40.00 USD."""
    funded(100_00)
    return sent(connected())["id"]


def test_its_transfer_is_expanded(transfer: str) -> None:
    name = taken_back(transfer)["id"]
    shown = done(
        PLATFORM.get(RESOURCE["get_transfer_reversal"], (transfer, name), expand=["transfer", "source_refund"])
    )
    assert shown["transfer"] == done(PLATFORM.get(RESOURCE["get_transfer"], transfer))


def test_what_is_no_reversal_of_the_transfer(transfer: str) -> None:
    name = taken_back(transfer, amount=1_00)["id"]
    other = sent(connected(), 1_00)["id"]
    for of in ((transfer, "trr_1"), (other, name), ("tr_1", name)):
        assert wrong(PLATFORM.get(RESOURCE["get_transfer_reversal"], of)) == missing("id")
    stranger = StripeMerchant(OTHER_MERCHANT)
    assert wrong(stranger.get(RESOURCE["get_transfer_reversal"], (transfer, name))) == missing("id")
