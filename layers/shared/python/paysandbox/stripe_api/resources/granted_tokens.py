"""Shared payment tokens that were granted to a merchant: an agent shares a buyer's payment method, within limits.

Source: Stripe, "Shared Payment Granted Token" (API reference), and the types of the previews of its SDKs.
"""

from typing import Final

from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Code
from paysandbox.stripe_api.objects.granted_token import (
    GRANTED_TOKEN,
    NOUN,
    events_of,
    granted_token_fields,
    token_at,
)
from paysandbox.stripe_api.requests import CreateGrantedToken, RevokeGrantedToken
from paysandbox.stripe_api.resource_kit import declaration as kit

_PAYING: Final = "paysandbox.stripe_api.payment_methods"
_BY_AGENTS: Final = "/test_helpers/shared_payment/granted_tokens"
_EXPIRES: Final = kit.Due(name="expire_due", module=f"{_PAYING}.granted_tokens")

GRANTED_TOKENS: Final = kit.Resource(
    object=GRANTED_TOKEN,
    prefix="spt",
    path="/shared_payment/granted_tokens",
    noun=NOUN,
    fields=(),
    shown=kit.Shown(derived=granted_token_fields),
    rules=kit.Rules(time=kit.Time(changes=token_at, due=_EXPIRES)),
    routes=kit.Routes(
        operations=("get",),
        actions=(
            kit.Action(
                name="create",
                route="create_granted_token",
                module=f"{_PAYING}.granted_token_actions",
                path=_BY_AGENTS,
                summary="Create a shared payment token, as an agent grants one",
                body=CreateGrantedToken,
                needs=(AcceptanceSettings,),
                refusals=(*kit.CARD_CODES, Code.CURRENCY_UNSUPPORTED),
            ),
            kit.Action(
                name="revoke",
                route="revoke_granted_token",
                module=f"{_PAYING}.granted_token_actions",
                path=f"{_BY_AGENTS}/{{id}}/revoke",
                summary="Revoke a shared payment token, as its agent does",
                body=RevokeGrantedToken,
                refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
            ),
        ),
    ),
    events=kit.Events(ends=("used", "deactivated"), of=events_of),
)
"""`use_granted_token` uses one."""
