"""Payouts are retrieved, updated and listed, and have events."""

import json
from typing import Any

import pytest

from paysandbox.stripe_api.objects.stored_object import StoredObject, as_created, as_of
from paysandbox.stripe_api.resource_kit.events import object_messages
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payouts.payout_resource import PAYOUTS
from tests.stripe_api.handlers.payouts.payouts import SHOP, paid_out, shown, sweep
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import DAY, MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.clients.transfers import funded
from tests.support.worlds.handlers import Clock


def listed(**query: Any) -> list[str]:
    return [each["id"] for each in done(SHOP.get(RESOURCE["list_payouts"], **query))["data"]]


def test_they_are_listed_by_status_and_times() -> None:
    funded()
    first, second = paid_out(1_00), paid_out(1_00, method="instant")
    done(SHOP.post(RESOURCE["cancel_payout"], first["id"]))
    assert listed() == [second["id"], first["id"]]
    assert listed(status="pending") == [second["id"]]
    assert listed(status="canceled") == [first["id"]]
    assert listed(arrival_date=second["arrival_date"]) == [second["id"]]
    assert listed(arrival_date={"gt": second["arrival_date"]}) == [first["id"]]
    assert listed(created={"gt": second["created"] + 60}) == []
    refused = SHOP.get(RESOURCE["list_payouts"], status="lost")
    assert wrong(refused) == (400, "invalid_request_error", None, "status")
    assert done(StripeMerchant(OTHER_MERCHANT).get(RESOURCE["list_payouts"]))["data"] == []


def test_one_is_updated() -> None:
    funded()
    name = paid_out(metadata={"a": "1"})["id"]
    assert done(SHOP.post(RESOURCE["update_payout"], name, metadata={"b": "2"}))["metadata"] == {"a": "1", "b": "2"}
    refused = SHOP.post(RESOURCE["update_payout"], name, description="x")
    assert wrong(refused) == (400, "invalid_request_error", "parameter_unknown", "description")
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(RESOURCE["get_payout"], name)) == (404, *missing("payout")[1:])


def test_an_update_does_not_stop_its_steps(clock: Clock) -> None:
    funded()
    name = paid_out()["id"]
    done(SHOP.post(RESOURCE["update_payout"], name, metadata={"sandbox_outcome": "anything"}))
    clock.advance(3 * DAY)
    assert (sweep(), shown(name)["status"]) == (1, "paid")


@pytest.mark.parametrize("outcome, kinds", [
    ("payout=paid", ["created", "updated", "paid"]), ("payout=declined", ["created", "updated", "failed"]),
])  # fmt: skip
def test_its_events(outcome: str, kinds: list[str]) -> None:
    funded()
    name = paid_out(outcome=outcome)["id"]
    sweep()
    stored = get_object(objects_table(), PAYOUTS.object, MERCHANT, name)
    assert stored is not None
    states: list[StoredObject] = [as_created(stored), *[as_of(stored, change) for change in stored.changes]]
    messages = [
        message
        for before, after in zip([None, *states], states, strict=False)
        for message in object_messages(PAYOUTS, before, after)
    ]
    sent = [json.loads(message.body)["data"] for message in messages]
    assert [each["type"] for each in sent] == [f"payout.{kind}" for kind in kinds]
    assert [each["object"]["status"] for each in sent] == ["pending", "in_transit", kinds[-1]]
