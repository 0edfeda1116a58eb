# pyright: standard
"""The customers that payments name: whether they exist, and as what they are expanded.

A payment has only the ID of its customer, which is an object of its own. The table of customers is loaded for the
requests that name one or expand one.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core.errors import Refused
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.store import is_id_free
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.expand import expansion, holders

_CUSTOMER: Final = "customer"


def check_customer(call: AnyStripeCall, name: str, *, deleted_too: bool = False) -> None:
    """Refuse (resource_not_found) a customer that the merchant does not have, and one that is deleted. One read.

    `deleted_too`: a deleted one will do.
    """
    from paysandbox.stripe_api.resource_kit.objects_table import get_object
    from paysandbox.stripe_api.resource_kit.tables import objects_table

    customer = get_object(objects_table(), _CUSTOMER, call.merchant, name)
    if customer is None or (customer.deleted and not deleted_too):
        raise no_such(_CUSTOMER, name, _CUSTOMER)


def check_customer_of_new(call: AnyStripeCall, name: str | None, payment_id: str) -> None:
    """Do the same for a payment that is about to be created, if it names one, unless its ID is taken.

    The request is then a replay, and its customer may have been deleted since.
    """
    if name is None:
        return
    try:
        check_customer(call, name)
    except Refused:
        if is_id_free(ledger(), payment_id, call.now):
            raise


def with_customers(call: AnyStripeCall, bodies: Sequence[Body], paths: Collection[str]) -> Sequence[Body]:
    """Return these objects, in which the customers that the paths lead to are expanded: as of now, deleted or not.

    Takes one read for all of them, and one of what is expanded in them; none if no path names a customer. Paths are
    relative to an object.
    """
    expanding = [names[: names.index(_CUSTOMER)] for path in paths if _CUSTOMER in (names := path.split("."))]
    within = [holder for names in expanding for holder in holders(bodies, names, _CUSTOMER)]
    if not within:
        return bodies
    from paysandbox.stripe_api.resource_kit.objects_table import get_objects
    from paysandbox.stripe_api.resource_kit.rendering import render_expanded
    from paysandbox.stripe_api.resource_kit.tables import objects_table
    from paysandbox.stripe_api.resources.declared import RESOURCES

    below = [".".join(names[names.index(_CUSTOMER) + 1 :]) for path in paths if _CUSTOMER in (names := path.split("."))]
    read_many = partial(get_objects, objects_table(), call.merchant)
    named = read_many(_CUSTOMER, {holder[_CUSTOMER] for holder in within})
    tree = expansion(_CUSTOMER, [*filter(None, below)], call.stripe_version)
    shown = render_expanded(
        RESOURCES, _CUSTOMER, [*named.values()], tree, read_many=read_many, version=call.stripe_version
    )
    by_id = {body["id"]: body for body in shown}
    for holder in within:
        holder[_CUSTOMER] = by_id.get(holder[_CUSTOMER], holder[_CUSTOMER])
    return bodies
