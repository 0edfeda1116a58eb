# pyright: standard
"""Finds what connected accounts get for transfers: payments (`py_…`), and their refunds (`pyr_…`).

Each is shown from its transfer, to the account that it is sent to, and within the transfer to its platform.
"""

from collections.abc import Collection, Iterator

from paysandbox.core.merchant import is_connected
from paysandbox.http.answer import Body
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.connect.accounts import platform_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import (
    merchant_of_account,
    refund_of_reversal,
    reversal_of_refund,
    transfer_of_payment,
    transfer_of_reversal,
)
from paysandbox.stripe_api.objects.expand import Expansion, expansion
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.objects_table import get_object, get_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.transfers.transfer import DESTINATION, TRANSFER, reversals_of
from paysandbox.stripe_api.resources.transfers.transfer_payment import render_payment, render_payment_refund


def is_of_transfer(name: str) -> bool:
    """Return whether this is the ID of an account's payment, or of its refund."""
    return _transfer_behind(name) is not None


def shown_of_transfer(call: AnyStripeCall, kind: str, expand: Collection[str]) -> Body:
    """Return the payment or the refund that the path names. Raises Refused(resource_not_found).

    Two reads: of the account's platform, and of the transfer.
    """
    tree, name = expansion(kind, expand, call.stripe_version), call.path.get(kind, "")
    transfer = transfer_to_caller(call, name)
    body = next((each for each in _shown(call, transfer, (name,), tree)), None) if transfer else None
    if body is None:
        raise no_such(kind, name, "id")
    return body


def payments_of_transfers(call: AnyStripeCall, names: Collection[str], tree: Expansion) -> Iterator[Body]:
    """Yield those of these payments and refunds that the caller can see: of its transfers, and of those to it."""
    wanted = {transfer for name in names if (transfer := _transfer_behind(name)) is not None}
    for merchant in filter(None, (call.merchant, call.platform)) if wanted else ():
        for transfer in get_objects(objects_table(), merchant, TRANSFER, wanted).values():
            if call.merchant in (merchant, _receiver(transfer)):
                yield from _shown(call, transfer, names, tree)


def transfer_to_caller(call: AnyStripeCall, name: str) -> StoredObject | None:
    """Return the transfer to the caller's account that a payment or its refund is of. It is stored with its platform.

    Two reads, or one if the request is for a connected account.
    """
    platform = call.platform or (platform_of(call.merchant) if is_connected(call.merchant) else None)
    transfer = get_object(objects_table(), TRANSFER, platform, _transfer_behind(name) or "") if platform else None
    return transfer if transfer and _receiver(transfer) == call.merchant else None


def _transfer_behind(name: str) -> str | None:
    """Return the transfer of an account's payment (`py_…`) or of its refund (`pyr_…`), or None for any other ID."""
    return transfer_of_payment(name) or transfer_of_reversal(reversal_of_refund(name) or "")


def _receiver(transfer: StoredObject) -> str | None:
    return merchant_of_account(transfer.attributes[DESTINATION])


def _shown(call: AnyStripeCall, transfer: StoredObject, names: Collection[str], tree: Expansion) -> Iterator[Body]:
    payment = render_payment(transfer, call.stripe_version, tree)
    if payment["id"] in names:
        yield payment
    for reversal in reversals_of(transfer):
        if refund_of_reversal(reversal.id) in names:
            yield render_payment_refund(transfer, reversal, call.stripe_version)
