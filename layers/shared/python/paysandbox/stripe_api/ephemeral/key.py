"""An ephemeral key: its name in Stripe's API, whose it is, and until when."""

from datetime import timedelta
from typing import Final

from paysandbox.stripe_api.objects.stored_object import StoredObject

EPHEMERAL_KEY: Final = "ephemeral_key"
PREFIX: Final = "ephkey"
CUSTOMER: Final = "customer"
LIFETIME: Final = timedelta(hours=1)


def expires_of(key: StoredObject) -> int:
    """Return from when on a key opens nothing, in Unix seconds."""
    return int((key.created_at + LIFETIME).timestamp())
