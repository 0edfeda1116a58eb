# pyright: standard
"""What requests do with shared payment tokens, in place of the agents that grant them."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import LedgerSettings
from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.granted_token import GRANTED_TOKEN, expires_at
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.payment_methods.granted_tokens import revoked
from paysandbox.stripe_api.payment_methods.new_granted_token import new_granted_token
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change, make


def create(request: Request) -> StripeAnswer:
    """Create a token, as an agent grants one. It is kept as long as payments are.

    An idempotency record, then one conditional put. A payment method that is named is read first.
    """
    retention_s = settings_of(LedgerSettings).retention_s

    def new(request: Request, name: str, cause: Cause) -> Stored:
        call = request.call
        token = new_object(call.merchant, GRANTED_TOKEN, name, new_granted_token(call), cause)
        due_at = expires_at(token)
        purge_at = int(max(due_at or cause.at, cause.at).timestamp()) + retention_s
        return (replace(token, listed=False, due_at=due_at, purge_at=purge_at),)

    return make(request, new)


def revoke(request: Request) -> StripeAnswer:
    """Revoke a token, as its agent does. A read, an idempotency record, and one conditional put."""
    return change(request, revoked, outcome="revoked")
