# pyright: standard
"""The customers that payments name: whether they exist.

A payment has only the ID of its customer, which is an object of its own. The table of customers is loaded for the
requests that name one.
"""

from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core.errors import Refused
from paysandbox.payments.ledger.store import is_id_free
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such

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
