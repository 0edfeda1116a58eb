"""The account that a destination charge names: whether it is the platform's, and can receive transfers."""

from paysandbox.aws.runtime import ledger
from paysandbox.core.errors import Refused
from paysandbox.payments.ledger.store import is_id_free
from paysandbox.payments.payment import Payment
from paysandbox.payments.terms import ConnectTerms
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.connect.charge_terms import check_receives
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table


def check_destination(call: AnyStripeCall, connect: ConnectTerms | None) -> None:
    """Refuse a destination that is no account of the merchant, or cannot receive transfers. One read, if there is one.

    Raises Refused: resource_not_found, parameter_invalid.
    """
    if connect is None or connect.destination is None:
        return
    account = get_object(objects_table(), ACCOUNT, call.merchant, connect.destination)
    check_receives(account, connect.destination)


def check_destination_of_new(call: AnyStripeCall, connect: ConnectTerms | None, payment_id: str) -> None:
    """Do the same for a payment that is about to be created, unless its ID is taken.

    The request is then a replay, and the account may have changed since.
    """
    try:
        check_destination(call, connect)
    except Refused:
        if is_id_free(ledger(), payment_id, call.now):
            raise


def check_destination_of_confirmed(
    call: AnyStripeCall, connect: ConnectTerms | None, read: Payment, operation_id: str
) -> None:
    """Do the same for a payment that is about to be confirmed, unless this operation has confirmed it before.

    Its account may have lost the capability since the payment was created. That Stripe checks it again is unproven.
    """
    if not any(recorded.id == operation_id for recorded in read.operations):
        check_destination(call, connect)
