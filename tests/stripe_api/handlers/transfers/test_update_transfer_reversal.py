"""Updating a reversal of a transfer."""

import pytest

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.clients.transfers import PLATFORM, connected, funded, sent, taken_back


@pytest.fixture
def transfer() -> str:
    """A transfer of 40.00 USD."""
    funded(100_00)
    return sent(connected())["id"]


def test_it_is_updated(transfer: str) -> None:
    other, name = taken_back(transfer, amount=1_00)["id"], taken_back(transfer, metadata={"a": "1"})["id"]
    of, params = (transfer, name), {"metadata": {"a": "", "b": "2"}, "key": "k"}
    first = PLATFORM.post(RESOURCE["update_transfer_reversal"], of, **params)
    updated = done(first)
    assert updated["metadata"] == {"b": "2"}
    assert done(PLATFORM.get(RESOURCE["get_transfer_reversal"], of)) == updated
    assert done(PLATFORM.post(RESOURCE["update_transfer_reversal"], of, metadata=""))["metadata"] == {}
    assert PLATFORM.post(RESOURCE["update_transfer_reversal"], of, **params).text == first.text
    assert done(PLATFORM.get(RESOURCE["get_transfer_reversal"], (transfer, other)))["metadata"] == {}


def test_what_is_no_reversal_of_the_transfer(transfer: str) -> None:
    name = taken_back(transfer, amount=1_00)["id"]
    other = sent(connected(), 1_00)["id"]
    for of in ((transfer, "trr_1"), (other, name), ("tr_1", name)):
        assert wrong(PLATFORM.post(RESOURCE["update_transfer_reversal"], of, metadata={"a": "1"})) == missing("id")
