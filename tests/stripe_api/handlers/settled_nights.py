"""A night's settlement of payments, whose events are listed: for the routes of the balance."""

import json

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.stripe_api.ids import stripe_payout_id
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import StoredEvent, store_event
from tests.support.builders.build import MERCHANT
from tests.support.clients.stripe_merchant import told
from tests.support.worlds.settlement_scenario import SettlementScenario


def settle_night(house: SettlementScenario) -> str:
    """Settle what happened until midnight, and store the events. Returns the ID of the payout in USD, or nothing."""
    house.night()
    assert house.settle().status == "SUCCEEDED"
    told()
    batch = house.latest().name
    for event in house.told():
        if event["id"] == ids.completed_event_id(batch, MERCHANT):
            stored = StoredEvent(
                id=event["id"],
                merchant=MERCHANT,
                type=str(EventType.SETTLEMENT_COMPLETED),
                at=parse_timestamp(event["timestamp"]),
                body=json.dumps(event),
            )
            store_event(webhook_tables.event_store(), stored)
    payout = house.statement(batch).payouts.get("USD")
    return stripe_payout_id(payout) if payout else ""
