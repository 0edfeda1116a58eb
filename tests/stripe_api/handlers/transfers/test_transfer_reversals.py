"""Reversals are retrieved, listed and updated by the path of their transfer."""

import pytest

from paysandbox.stripe_api.routes import (
    GET_TRANSFER_REVERSAL,
    LIST_TRANSFER_REVERSALS,
    UPDATE_TRANSFER_REVERSAL,
)
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
    first = done(PLATFORM.get(LIST_TRANSFER_REVERSALS, transfer, limit=5, expand=["data.transfer"]))
    assert ([each["id"] for each in first["data"]], first["has_more"]) == (made[:5], True)
    assert {each["transfer"]["id"] for each in first["data"]} == {transfer}
    rest = done(PLATFORM.get(LIST_TRANSFER_REVERSALS, transfer, limit=100, starting_after=made[4]))
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (made[5:], False)
    within = done(PLATFORM.get(RESOURCE["get_transfer"], transfer))["reversals"]
    assert ([each["id"] for each in within["data"]], within["has_more"]) == (made[:10], True)


def test_it_is_updated(transfer: str) -> None:
    other, name = taken_back(transfer, amount=1_00)["id"], taken_back(transfer, metadata={"a": "1"})["id"]
    of, params = (transfer, name), {"metadata": {"a": "", "b": "2"}, "key": "k"}
    first = PLATFORM.post(UPDATE_TRANSFER_REVERSAL, of, **params)
    updated = done(first)
    assert updated["metadata"] == {"b": "2"}
    assert done(PLATFORM.get(GET_TRANSFER_REVERSAL, of)) == updated
    assert done(PLATFORM.post(UPDATE_TRANSFER_REVERSAL, of, metadata=""))["metadata"] == {}
    assert PLATFORM.post(UPDATE_TRANSFER_REVERSAL, of, **params).text == first.text
    assert done(PLATFORM.get(GET_TRANSFER_REVERSAL, (transfer, other)))["metadata"] == {}


def test_its_transfer_is_expanded(transfer: str) -> None:
    name = taken_back(transfer)["id"]
    shown = done(PLATFORM.get(GET_TRANSFER_REVERSAL, (transfer, name), expand=["transfer", "source_refund"]))
    assert shown["transfer"] == done(PLATFORM.get(RESOURCE["get_transfer"], transfer))


def test_what_is_no_reversal_of_the_transfer(transfer: str) -> None:
    name = taken_back(transfer, amount=1_00)["id"]
    other = sent(connected(), 1_00)["id"]
    for of in ((transfer, "trr_1"), (other, name), ("tr_1", name)):
        assert wrong(PLATFORM.get(GET_TRANSFER_REVERSAL, of)) == missing("id")
        assert wrong(PLATFORM.post(UPDATE_TRANSFER_REVERSAL, of, metadata={"a": "1"})) == missing("id")
    stranger = StripeMerchant(OTHER_MERCHANT)
    assert wrong(stranger.get(GET_TRANSFER_REVERSAL, (transfer, name))) == missing("id")
    assert wrong(stranger.get(LIST_TRANSFER_REVERSALS, transfer)) == missing("id")
