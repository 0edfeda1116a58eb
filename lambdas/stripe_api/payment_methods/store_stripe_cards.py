"""Payment methods: the route that creates one."""

from collections.abc import Callable

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import LedgerSettings
from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_method import PAYMENT_METHOD, method_attributes
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, new_object
from paysandbox.stripe_api.payment_methods.bank import typed_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreatePaymentMethod
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import CREATE_PAYMENT_METHOD


@stripe_endpoint(CREATE_PAYMENT_METHOD)
def create_payment_method(call: StripeCall[CreatePaymentMethod, None]) -> StripeAnswer:
    """POST /v1/payment_methods: create a payment method, or clone one of the platform's to a connected account.

    The card is stored without its number.

    An idempotency record, then one conditional put. Unless it is attached, it is kept as long as payments are.
    """
    request = Request(RESOURCES, PAYMENT_METHODS, call)
    tree = request.expanded(call.body.expand)
    attributes_of = _clones(call) if call.body.payment_method else _stores(call)
    retention_s = settings_of(LedgerSettings).retention_s

    def make(method_id: str, cause: Cause) -> Stored:
        new = new_object(call.merchant, PAYMENT_METHOD, method_id, attributes_of(method_id), cause)
        return (replace(new, purge_at=int(cause.at.timestamp()) + retention_s),)

    return create_once(request, make).answer(request, tree, outcome="created")


def _stores(call: StripeCall[CreatePaymentMethod, None]) -> Callable[[str], Attributes]:
    body = call.body
    typed = replace(typed_method(call, body.card, body.billing_details), allow_redisplay=body.allow_redisplay)
    details = body.billing_details.model_dump(exclude_unset=True) if body.billing_details else None
    attributes = method_attributes(typed, billing_details=details, metadata=body.metadata)
    return lambda _: attributes


def _clones(call: StripeCall[CreatePaymentMethod, None]) -> Callable[[str], Attributes]:
    from paysandbox.stripe_api.payment_methods.cloning import check_can_clone, cloned  # few requests clone one

    platform = check_can_clone(call)
    return lambda method_id: cloned(call, platform, method_id)
