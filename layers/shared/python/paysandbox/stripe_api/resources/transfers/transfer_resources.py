# pyright: standard
"""Transfers: what a platform sends to a connected account, and their reversals, which are stored in them. Application
fees: what it takes of an account's charge, with their refunds.

Source: Stripe, "Transfers", "Transfer Reversals", "Application Fees" and "Application Fee Refunds" (API reference), and
the types of its SDKs.
"""

from typing import Any, Final

from paysandbox.aws.resources import LEDGER, READ_HASHING_KEYS, STRIPE_OBJECTS, Grant
from paysandbox.core.errors import Code
from paysandbox.stripe_api.connect.application_fee import (
    APPLICATION_FEE,
    FEE,
    FEE_REFUND,
    fee_events,
    fee_fields,
    refunds_of_fee,
    with_changed_refund,
)
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.ids import (
    APPLICATION_FEE as FEE_PREFIX,
    FEE_REFUND as FEE_REFUND_PREFIX,
    TRANSFER as PREFIX,
    TRANSFER_REVERSAL as REVERSAL_PREFIX,
    fee_of_refund,
    payment_of_transfer,
    transfer_of_reversal,
)
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import (
    CreateFeeRefund,
    CreateTransfer,
    CreateTransferReversal,
    ListFeeRefunds,
    ListTransferReversals,
    ObjectId,
    UpdateFeeRefund,
    UpdateTransferReversal,
)
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.payouts.payout_resource import MOVE_FUNDS
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
    *MOVE_FUNDS,
    Grant(STRIPE_OBJECTS, ("GetItem",)),
    Grant(LEDGER, ("GetItem", "UpdateItem")),
)
"""A transfer from a charge is written with its payment."""


def _field(name: str, default: Any = None, **parts: Any) -> Field:
    """Return a field that is set when an object is created. What it takes is in the shapes of the routes."""
    return Field(name=name, type=Any, default=default, create=False, update=False, **parts)


TRANSFER_REVERSALS: Final = kit.Resource(
    object=REVERSAL,
    prefix=REVERSAL_PREFIX,
    path="/transfer_reversals",
    noun=REVERSAL,
    fields=(
        _field("amount"),
        _field("balance_transaction"),
        _field("currency"),
        kit.METADATA,
        _field(TRANSFER, names=TRANSFER),
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
        _field("amount"),
        _field("currency"),
        Field(name="description", type=kit.Text5000, clearable=True),
        Field(name=DESTINATION, type=ObjectId, create=False, update=False, filters=True, names=ACCOUNT),
        kit.METADATA,
        _field("source_transaction"),
        _field("source_type", "card"),
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

FEE_REFUNDS: Final = kit.Resource(
    object=FEE_REFUND,
    prefix=FEE_REFUND_PREFIX,
    path="/fee_refunds",
    noun="fee refund",
    fields=(
        _field("amount"),
        _field("balance_transaction"),
        _field("currency"),
        _field(FEE, names=APPLICATION_FEE),
        kit.METADATA,
    ),
    shown=kit.Shown(lacks=("livemode",)),
    rules=kit.Rules(
        holder=kit.Holder(
            APPLICATION_FEE,
            fee_of_refund,
            refunds_of_fee,
            kit.HeldRoutes(
                part="refunds",
                singular="refund",
                list=ListFeeRefunds,
                update=UpdateFeeRefund,
                changed=with_changed_refund,
            ),
        )
    ),
    routes=kit.Routes(
        operations=("list", "get", "update"),
        rights=kit.Rights(read_by=kit.READ_WITH_PAYMENTS),
        actions=(
            kit.Action(
                name="create",
                module=f"{__package__}.fee_refund_actions",
                path="/application_fees/{id}/refunds",
                summary="Refund an application fee",
                body=CreateFeeRefund,
                by=kit.CHANGE_WITH_PAYMENTS,
                grants=(
                    Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),
                    Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")),
                    READ_HASHING_KEYS,
                ),
                refusals=(
                    Code.RESOURCE_NOT_FOUND,
                    Code.TOO_MANY_CHANGES,
                    Code.AMOUNT_INVALID,
                    Code.AMOUNT_NOT_WHOLE,
                ),
            ),
        ),
    ),
)


def _derived_of_fee(fee: StoredObject) -> Attributes:
    refunds = refunds_of_fee(fee)
    shown = [render(FEE_REFUNDS, each) for each in refunds[:SHOWN]]
    url = f"/v1/application_fees/{fee.id}/refunds"
    return {**fee_fields(fee), "refunds": render_list(url, shown, has_more=len(refunds) > SHOWN)}


APPLICATION_FEES: Final = kit.Resource(
    object=APPLICATION_FEE,
    prefix=FEE_PREFIX,
    path="/application_fees",
    noun="application fee",
    fields=(
        _field("account", names=ACCOUNT),
        _field("amount"),
        _field("balance_transaction"),
        Field(name="charge", type=ObjectId, create=False, update=False, filters=True),
        _field("currency"),
    ),
    shown=kit.Shown(derived=_derived_of_fee),
    routes=kit.Routes(operations=("get", "list"), rights=kit.Rights(read_by=kit.READ_WITH_PAYMENTS)),
    events=kit.Events(ends=("created", "refunded"), of=fee_events),
)
