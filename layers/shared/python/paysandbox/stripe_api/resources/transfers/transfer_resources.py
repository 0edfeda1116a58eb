# pyright: standard
"""Transfers: what a platform sends to a connected account, and their reversals, which are stored in them. Application
fees: what it takes of an account's charge, with their refunds.

Source: Stripe, "Transfers", "Transfer Reversals", "Application Fees" and "Application Fee Refunds" (API reference), and
the types of its SDKs.
"""

from typing import Final

from paysandbox.aws.resources import LEDGER, STRIPE_OBJECTS, Grant
from paysandbox.core.errors import Code
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.ids import (
    TRANSFER as PREFIX,
    TRANSFER_REVERSAL as REVERSAL_PREFIX,
    payment_of_transfer,
    transfer_of_reversal,
)
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import (
    CreateTransfer,
    CreateTransferReversal,
    ListTransferReversals,
    ObjectId,
    UpdateTransferReversal,
)
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.transfers.transfer import (
    DESTINATION,
    REVERSAL,
    SHOWN,
    TRANSFER,
    reversal_fields,
    reversals_of,
    reversed_amount,
    transaction_of_transfer,
    transfer_events,
    with_changed_reversal,
)

_TRANSFER_STRIPE_FUNDS: Final = kit.Answering("transfer_stripe_funds", "transfer_stripe_funds")
_MOVE_WITH_CHARGE: Final = (
    *kit.MOVE_FUNDS,
    Grant(STRIPE_OBJECTS, ("GetItem",)),
    Grant(LEDGER, ("GetItem", "UpdateItem")),
)
"""A transfer from a charge is written with its payment."""


TRANSFER_REVERSALS: Final = kit.Resource(
    object=REVERSAL,
    prefix=REVERSAL_PREFIX,
    path="/transfer_reversals",
    noun=REVERSAL,
    fields=(
        kit.given("amount"),
        kit.given("balance_transaction"),
        kit.given("currency"),
        kit.METADATA,
        kit.given(TRANSFER, names=TRANSFER),
    ),
    shown=kit.Shown(derived=reversal_fields, lacks=("livemode",)),
    rules=kit.Rules(
        holder=kit.Holder(
            TRANSFER,
            transfer_of_reversal,
            reversals_of,
            kit.HeldRoutes(
                part="reversals",
                singular="reversal",
                list=ListTransferReversals,
                update=UpdateTransferReversal,
                changed=with_changed_reversal,
            ),
        )
    ),
    routes=kit.Routes(
        operations=("list", "get", "update"),
        rights=kit.Rights(read_by=kit.READ_WITH_PAYMENTS),
        actions=(
            kit.Action(
                name="create",
                module=f"{__package__}.reversal_actions",
                path="/transfers/{id}/reversals",
                summary="Take back funds of a transfer",
                body=CreateTransferReversal,
                by=_TRANSFER_STRIPE_FUNDS,
                grants=_MOVE_WITH_CHARGE,
                refusals=(
                    Code.RESOURCE_NOT_FOUND,
                    Code.INSUFFICIENT_BALANCE,
                    Code.AMOUNT_INVALID,
                    Code.AMOUNT_NOT_WHOLE,
                    Code.TOO_MANY_CHANGES,
                ),
            ),
        ),
    ),
)


def _derived(transfer: StoredObject) -> Attributes:
    """Return what follows from the reversals, and what is not simulated."""
    attributes, reversals = transfer.attributes, reversals_of(transfer)
    reversed_so_far = reversed_amount(attributes)
    shown = [render(TRANSFER_REVERSALS, each) for each in reversals[:SHOWN]]
    url = f"/v1/transfers/{transfer.id}/reversals"
    return {
        "amount_reversed": reversed_so_far,
        "balance_transaction": transaction_of_transfer(transfer),
        "destination_payment": payment_of_transfer(transfer.id),
        "reversals": render_list(url, shown, has_more=len(reversals) > SHOWN),
        "reversed": reversed_so_far == attributes["amount"],
    }


TRANSFERS: Final = kit.Resource(
    object=TRANSFER,
    prefix=PREFIX,
    path="/transfers",
    noun=TRANSFER,
    fields=(
        kit.given("amount"),
        kit.given("currency"),
        Field(name="description", type=kit.Text5000, clearable=True),
        Field(name=DESTINATION, type=ObjectId, create=False, update=False, filters=True, names=ACCOUNT),
        kit.METADATA,
        kit.given("source_transaction"),
        kit.given("source_type", "card"),
        Field(name="transfer_group", type=kit.Text5000, create=False, update=False, filters=True),
    ),
    shown=kit.Shown(derived=_derived),
    routes=kit.Routes(
        operations=("get", "update", "list"),
        rights=kit.Rights(read_by=kit.READ_WITH_PAYMENTS),
        actions=(
            kit.Action(
                name="create",
                module=f"{__package__}.transfer_actions",
                path="/transfers",
                summary="Send funds to a connected account",
                body=CreateTransfer,
                by=_TRANSFER_STRIPE_FUNDS,
                grants=_MOVE_WITH_CHARGE,
                refusals=(
                    Code.RESOURCE_NOT_FOUND,
                    Code.INSUFFICIENT_BALANCE,
                    Code.CURRENCY_UNSUPPORTED,
                    Code.AMOUNT_INVALID,
                    Code.AMOUNT_NOT_WHOLE,
                    Code.TOO_MANY_CHANGES,
                ),
            ),
        ),
    ),
    events=kit.Events(ends=("created", "updated", "reversed"), of=transfer_events),
)
