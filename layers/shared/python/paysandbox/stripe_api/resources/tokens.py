"""Tokens: a card for one use, without its number, or a security code, of which nothing is stored.

Source: Stripe, "Tokens" (API reference), and the types of its SDKs.
"""

from typing import Final

from paysandbox.stripe_api.objects.token import CARD_TOKEN, TOKEN, token_fields
from paysandbox.stripe_api.resource_kit import declaration as kit

TOKENS: Final = kit.Resource(
    object=TOKEN,
    prefix=CARD_TOKEN,
    path="/tokens",
    noun="token",
    fields=(),
    shown=kit.Shown(derived=token_fields),
    routes=kit.Routes(id_param="token", operations=("get",)),
)
"""`card_of_token` uses one. Stripe has no events of tokens."""
