"""Sources: the route that creates one."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import LedgerSettings
from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ids import SOURCE_OBJECT
from paysandbox.stripe_api.objects.stored_method import PAYMENT_METHOD
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.payment_methods.card_sources import source_attributes, with_client_secret
from paysandbox.stripe_api.payment_methods.sources import source_answer
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateSource
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import CREATE_SOURCE


@stripe_endpoint(CREATE_SOURCE)
def create_source(call: StripeCall[CreateSource, None]) -> StripeAnswer:
    """POST /v1/sources: create a source of a card. The card is stored without its number.

    An idempotency record, then one conditional put. Unless it is attached, it is kept as long as payments are.
    """
    request = Request(RESOURCES, replace(PAYMENT_METHODS, prefix=SOURCE_OBJECT), call)
    attributes = source_attributes(call)
    retention_s = settings_of(LedgerSettings).retention_s

    def make(source: str, cause: Cause) -> Stored:
        new = new_object(call.merchant, PAYMENT_METHOD, source, with_client_secret(attributes, source), cause)
        return (replace(new, purge_at=int(cause.at.timestamp()) + retention_s),)

    written = create_once(request, make)
    return source_answer(call, written.stored, outcome="created", replayed=written.replayed)
