# pyright: standard
"""Customers with their subscriptions: what they show of them, and a deletion, which cancels those.

Source: Stripe, "Delete a customer" (API reference), which also cancels any active subscriptions of the customer at
once, and "List active subscriptions" of a customer: the 10 most recent ones are in the customer.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.aws.resources import STRIPE_OBJECTS, Grant
from paysandbox.aws.schema import STRIPE_OBJECTS_BY_EMAIL
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Code
from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.stripe_api.billing.invoice_resource import COLLECT
from paysandbox.stripe_api.billing.subscription import CANCELED, OF_CUSTOMER, OF_CUSTOMER_MAX, status_of
from paysandbox.stripe_api.billing.subscription_resource import SUBSCRIPTIONS
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Included
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources import customers
from paysandbox.stripe_api.resources.customers import SHOWN


def _newest(customer: StoredObject) -> list[str]:
    return list(customer.attributes.get(OF_CUSTOMER, ()))


def _shown(customer: StoredObject, found: Mapping[str, StoredObject], version: str) -> Body:
    """Return those that are not canceled. There may be more if it had more than those whose IDs it has."""
    names = _newest(customer)
    current = [found[name] for name in names if name in found and status_of(found[name].attributes) != CANCELED]
    shown = [render(SUBSCRIPTIONS, each, version) for each in current[:SHOWN]]
    more = len(current) > SHOWN or len(names) == OF_CUSTOMER_MAX
    return render_list(f"/v1/customers/{customer.id}/subscriptions", shown, has_more=more)


_DELETE: Final = kit.Action(
    name="delete",
    route="delete_stripe_customer",
    module=f"{__package__}.deletion",
    method="DELETE",
    path=f"{customers.CUSTOMER.path}/{{id}}",
    summary="Delete a customer",
    by=kit.CHANGE_WITH_PAYMENTS,
    grants=(
        *COLLECT,
        Grant(STRIPE_OBJECTS, ("BatchGetItem",)),
        Grant(STRIPE_OBJECTS, ("Query",), STRIPE_OBJECTS_BY_EMAIL),
    ),
    needs=(AcceptanceSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
)

CUSTOMER: Final = replace(
    customers.CUSTOMER,
    shown=replace(
        customers.CUSTOMER.shown,
        included={
            **customers.CUSTOMER.shown.included,
            OF_CUSTOMER: Included(kind=SUBSCRIPTIONS.object, ids=_newest, shown_in=_shown),
        },
    ),
    routes=replace(
        customers.CUSTOMER.routes, operations=("create", "get", "list", "search", "update"), actions=(_DELETE,)
    ),
)
