"""Listing the reversals of a transfer."""

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


def test_pages(transfer: str) -> None:
    made = [taken_back(transfer, amount=1_00)["id"] for _ in range(12)][::-1]
    first = done(PLATFORM.get(RESOURCE["list_transfer_reversals"], transfer, limit=5, expand=["data.transfer"]))
    assert ([each["id"] for each in first["data"]], first["has_more"]) == (made[:5], True)
    assert {each["transfer"]["id"] for each in first["data"]} == {transfer}
    rest = done(PLATFORM.get(RESOURCE["list_transfer_reversals"], transfer, limit=100, starting_after=made[4]))
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (made[5:], False)
    within = done(PLATFORM.get(RESOURCE["get_transfer"], transfer))["reversals"]
    assert ([each["id"] for each in within["data"]], within["has_more"]) == (made[:10], True)


def test_another_merchants_transfer_has_none(transfer: str) -> None:
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(RESOURCE["list_transfer_reversals"], transfer)) == missing("id")
