# pyright: standard
"""What requests do with payment method domains, beside creating and updating them."""

from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change


def validate(request: Request) -> StripeAnswer:
    """Check a domain again. Nobody visits it, so it stays as it is. A read, an idempotency record, and one conditional
    put.
    """

    def checked(current: StoredObject, cause: Cause) -> Stored:
        return (changed(current, current.attributes, cause),)

    return change(request, checked)
