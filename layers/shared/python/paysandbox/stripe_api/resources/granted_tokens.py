"""Shared payment tokens that were granted to a merchant: an agent shares a buyer's payment method, within limits.

Source: Stripe, "Shared Payment Granted Token" (API reference), and the types of the previews of its SDKs.
"""

from typing import Final

from paysandbox.stripe_api.objects.granted_token import (
    GRANTED_TOKEN,
    NOUN,
    events_of,
    granted_token_fields,
    token_at,
)
from paysandbox.stripe_api.resource_kit import declaration as kit

GRANTED_TOKENS: Final = kit.Resource(
    object=GRANTED_TOKEN,
    prefix="spt",
    path="/shared_payment/granted_tokens",
    noun=NOUN,
    fields=(),
    derived=granted_token_fields,
    operations=("get",),
    at_time=token_at,
    events=("used", "deactivated"),
    events_of=events_of,
)
"""`use_granted_token` uses one."""
