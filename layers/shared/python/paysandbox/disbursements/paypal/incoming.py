"""Parse PayPal's webhooks. Pure.

An item's webhook has the item as reads show it, and the IDs that the batch was sent under.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from paysandbox.core.record import record
from paysandbox.disbursements.paypal.messages import Body, part

ITEM_EVENT: Final = "PAYMENT.PAYOUTS-ITEM."
"""Start of the types of events of an item. Those of a batch have no item, so there is nothing to apply."""


@record(kw_only=True)
class PaypalEvent:
    """A webhook: its ID, its type, and what it is about."""

    id: str
    type: str
    resource: Body

    @property
    def payment_id(self) -> str | None:
        """The ID that the item was sent under, which is that of the disbursement, or None."""
        found = part(self.resource, "payout_item").get("sender_item_id")
        return found if isinstance(found, str) else None

    @property
    def batch_id(self) -> str | None:
        """The ID that the batch was sent under, or None."""
        found = self.resource.get("sender_batch_id")
        return found if isinstance(found, str) else None


def read_paypal_event(body: bytes) -> PaypalEvent:
    """Parse a webhook's body. Raises ValueError, TypeError or LookupError if it is none."""
    event: Any = json.loads(body)
    event_id, kind, resource = event["id"], event["event_type"], event["resource"]
    if not (isinstance(event_id, str) and isinstance(kind, str) and isinstance(resource, Mapping)):
        raise TypeError("not a webhook of PayPal")
    return PaypalEvent(id=event_id, type=kind, resource=cast("Body", resource))
