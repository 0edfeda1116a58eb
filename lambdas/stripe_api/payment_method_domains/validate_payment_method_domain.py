"""POST /v1/payment_method_domains/{id}/validate: check a domain again. Nobody visits it, so it stays as it is."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ValidatePaymentMethodDomain
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resources.domains import PAYMENT_METHOD_DOMAIN
from paysandbox.stripe_api.routes import VALIDATE_PAYMENT_METHOD_DOMAIN


@stripe_endpoint(VALIDATE_PAYMENT_METHOD_DOMAIN)
def handler(call: StripeCall[ValidatePaymentMethodDomain, None]) -> StripeAnswer:
    """A read of the domain, an idempotency record, and one conditional put."""
    request = Request(RESOURCES, PAYMENT_METHOD_DOMAIN, call)
    tree = request.expanded(call.body.expand)

    def validated(current: StoredObject, cause: Cause) -> Stored:
        return (changed(current, current.attributes, cause),)

    return change_once(request, request.named(), validated).answer(request, tree, outcome="changed")
