"""Transfers are retrieved, updated and listed, and have events."""

import json
from itertools import pairwise
from typing import Any

import pytest

from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.events import object_messages
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.transfers.transfer import transfer_events
from paysandbox.stripe_api.resources.transfers.transfer_resources import TRANSFERS
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.clients.transfers import PLATFORM, connected, funded, sent, taken_back


@pytest.fixture
def account() -> str:
    """A connected account of a platform with 100.00 USD."""
    funded(100_00)
    return connected()


def listed(**query: Any) -> list[str]:
    return [each["id"] for each in done(PLATFORM.get(RESOURCE["list_transfers"], **query))["data"]]


def test_they_are_listed_by_destination_group_and_creation(account: str) -> None:
    other = connected()
    first = sent(account, 1_00, transfer_group="A")
    second, third = sent(other, 1_00)["id"], sent(account, 1_00)["id"]
    assert listed() == [third, second, first["id"]]
    assert listed(destination=account) == [third, first["id"]]
    assert listed(transfer_group="A") == [first["id"]]
    assert listed(transfer_group="B") == listed(created={"gt": first["created"] + 60}) == []
    assert done(StripeMerchant(OTHER_MERCHANT).get(RESOURCE["list_transfers"]))["data"] == []


def test_one_is_updated(account: str) -> None:
    name = sent(account, description="May", metadata={"a": "1"})["id"]
    updated = done(PLATFORM.post(RESOURCE["update_transfer"], name, description="", metadata={"b": "2"}))
    assert (updated["description"], updated["metadata"]) == (None, {"a": "1", "b": "2"})
    refused = PLATFORM.post(RESOURCE["update_transfer"], name, amount=1)
    assert wrong(refused) == (400, "invalid_request_error", "parameter_unknown", "amount")
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(RESOURCE["get_transfer"], name)) == missing("id")


def test_its_events(account: str) -> None:
    name = sent(account)["id"]
    states = [None, stored(name)]
    done(PLATFORM.post(RESOURCE["update_transfer"], name, metadata={"a": "1"}))
    states.append(stored(name))
    reversal = taken_back(name, amount=10_00)["id"]
    states.append(stored(name))
    done(PLATFORM.post(RESOURCE["update_transfer_reversal"], (name, reversal), metadata={"a": "1"}))
    states.append(stored(name))
    found = [transfer_events(before, after) for before, after in pairwise(states) if after]
    assert found == [("created",), ("updated",), ("reversed",), ()]
    (message,) = object_messages(TRANSFERS, states[2], states[3])
    data = json.loads(message.body)["data"]
    assert (data["type"], data["object"]["amount_reversed"]) == ("transfer.reversed", 10_00)


def stored(name: str) -> StoredObject:
    found = get_object(objects_table(), TRANSFERS.object, MERCHANT, name)
    assert found is not None
    return found
