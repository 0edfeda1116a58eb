"""Ephemeral keys: with one, a mobile application shows and changes the payment methods of one customer for an hour.

Source: Stripe, "Ephemeral keys" of "Accept a payment" (mobile), and `EphemeralKeys.d.ts` of stripe-node 23.1.0, which
lacks `associated_objects`: Stripe's mobile SDKs read it (`EphemeralKey.kt` of stripe-android). Keys of issuing cards
and verification sessions are not simulated.
"""

from typing import Final

from paysandbox.core.errors import Code
from paysandbox.stripe_api.ephemeral.key import CUSTOMER, EPHEMERAL_KEY, PREFIX, expires_of
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import CreateEphemeralKey, Retrieve
from paysandbox.stripe_api.resource_kit import declaration as kit

_ACTIONS: Final = f"{__package__}.key_actions"


def _derived(key: StoredObject) -> Attributes:
    return {
        "associated_objects": [{"id": key.attributes[CUSTOMER], "type": CUSTOMER}],
        "expires": expires_of(key),
    }


EPHEMERAL_KEYS: Final = kit.Resource(
    object=EPHEMERAL_KEY,
    prefix=PREFIX,
    path="/ephemeral_keys",
    noun="ephemeral key",
    fields=(),
    shown=kit.Shown(derived=_derived),
    # The secret is shown once, and a deleted key is shown whole.
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="create",
                module=_ACTIONS,
                path="/ephemeral_keys",
                summary="Create an ephemeral key of a customer",
                body=CreateEphemeralKey,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            kit.Action(
                name="delete",
                module=_ACTIONS,
                method="DELETE",
                path="/ephemeral_keys/{id}",
                summary="Delete an ephemeral key",
                query=Retrieve,
                grants=kit.DELETE_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
    ),
)
