"""Confirmation tokens: a payment method and how to confirm with it, which a page or a test collects for one use.

Source: Stripe, "Confirmation Token" (API reference), and the types of its SDKs.
"""

from typing import Final

from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Code
from paysandbox.stripe_api.objects.confirmation_token import CONFIRMATION_TOKEN, token_fields
from paysandbox.stripe_api.requests import CreateConfirmationToken
from paysandbox.stripe_api.resource_kit import declaration as kit

CONFIRMATION_TOKENS: Final = kit.Resource(
    object=CONFIRMATION_TOKEN,
    prefix="ctoken",
    path="/confirmation_tokens",
    noun=CONFIRMATION_TOKEN,
    fields=(),
    shown=kit.Shown(derived=token_fields),
    routes=kit.Routes(
        operations=("get",),
        actions=(
            kit.Action(
                name="create",
                module="paysandbox.stripe_api.pages.confirmation_token_actions",
                path="/test_helpers/confirmation_tokens",
                summary="Create a confirmation token, as a page does",
                body=CreateConfirmationToken,
                grants=kit.SAVE_CARD,
                needs=(AcceptanceSettings,),
                refusals=(*kit.CARD_CODES, Code.URL_NOT_ALLOWED),
            ),
        ),
    ),
)
"""`use_token` uses one. Stripe has no events of them."""
