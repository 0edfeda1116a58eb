"""Confirmation tokens: a payment method and how to confirm with it, which a page or a test collects for one use.

Source: Stripe, "Confirmation Token" (API reference), and the types of its SDKs.
"""

from typing import Final

from paysandbox.stripe_api.objects.confirmation_token import CONFIRMATION_TOKEN, token_fields
from paysandbox.stripe_api.resource_kit import declaration as kit

CONFIRMATION_TOKENS: Final = kit.Resource(
    object=CONFIRMATION_TOKEN,
    prefix="ctoken",
    path="/confirmation_tokens",
    noun=CONFIRMATION_TOKEN,
    fields=(),
    shown=kit.Shown(derived=token_fields),
    routes=kit.Routes(operations=("get",)),
)
"""`use_token` uses one. Stripe has no events of them."""
