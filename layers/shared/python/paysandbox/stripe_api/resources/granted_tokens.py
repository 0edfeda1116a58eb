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

_EXPIRES: Final = kit.Due(name="expire_due", module="paysandbox.stripe_api.payment_methods.granted_tokens")

GRANTED_TOKENS: Final = kit.Resource(
    object=GRANTED_TOKEN,
    prefix="spt",
    path="/shared_payment/granted_tokens",
    noun=NOUN,
    fields=(),
    shown=kit.Shown(derived=granted_token_fields),
    rules=kit.Rules(time=kit.Time(changes=token_at, due=_EXPIRES)),
    routes=kit.Routes(operations=("get",)),
    events=kit.Events(ends=("used", "deactivated"), of=events_of),
)
"""`use_granted_token` uses one."""
