"""Ephemeral keys: with one, a mobile application shows and changes the payment methods of one customer for an hour.

Source: Stripe, "Ephemeral keys" of "Accept a payment" (mobile), and `EphemeralKeys.d.ts` of stripe-node 23.1.0, which
lacks `associated_objects`: Stripe's mobile SDKs read it (`EphemeralKey.kt` of stripe-android). Keys of issuing cards
and verification sessions are not simulated.
"""

from datetime import timedelta
from typing import Final

from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.resource_kit import declaration as kit

EPHEMERAL_KEY: Final = "ephemeral_key"
CUSTOMER: Final = "customer"
LIFETIME: Final = timedelta(hours=1)


def expires_of(key: StoredObject) -> int:
    """Return from when on a key opens nothing, in Unix seconds."""
    return int((key.created_at + LIFETIME).timestamp())


def _derived(key: StoredObject) -> Attributes:
    return {
        "associated_objects": [{"id": key.attributes[CUSTOMER], "type": CUSTOMER}],
        "expires": expires_of(key),
    }


EPHEMERAL_KEYS: Final = kit.Resource(
    object=EPHEMERAL_KEY,
    prefix="ephkey",
    path="/ephemeral_keys",
    noun="ephemeral key",
    fields=(),
    shown=kit.Shown(derived=_derived),
    routes=kit.Routes(operations=()),
)
"""Its routes have rows of their own: its secret is shown once, and a deleted one is shown whole."""
