"""The capabilities of a connected account, each as an object of its own. Pure.

Source: Stripe, "Capabilities" (API reference), and `Capabilities.d.ts` of stripe-node 23.1.0. They follow from their
account (`connected_account.py`), and are stored nowhere else.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.stripe_api.connect.connected_account import CAPABILITIES, merchant_of, requirements, standing_of
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject

CAPABILITY: Final = "capability"


def capabilities_in(account: StoredObject) -> tuple[StoredObject, ...]:
    """Return the capabilities that were ever requested for an account, as objects of its merchant, by name."""
    merchant, standing = merchant_of(account), standing_of(account)
    stored: Mapping[str, Attributes] = account.attributes.get(CAPABILITIES) or {}
    return tuple(
        replace(
            account,
            object=CAPABILITY,
            id=name,
            merchant=merchant,
            attributes={
                "account": account.id,
                "requested": stored[name]["requested"],
                "status": status if stored[name]["requested"] else "unrequested",
                "due": [*standing.due] if status == "inactive" else [],
                "verifying": [*standing.verifying] if status == "pending" else [],
                "requested_at": stored[name].get("requested_at") if stored[name]["requested"] else None,
            },
        )
        for name, status in standing.capabilities.items()
    )


def capability_fields(stored: StoredObject) -> Body:
    """Return what a capability shows."""
    shown = stored.attributes
    due, verifying = shown["due"], shown["verifying"]
    reason = "requirements.fields_needed" if due else "pending.review" if verifying else None
    return {
        "account": shown["account"],
        "future_requirements": requirements(),
        "requested": shown["requested"],
        "requested_at": shown["requested_at"],
        "requirements": requirements(due, verifying, reason),
        "status": shown["status"],
    }
