# pyright: standard
"""Application fees: what a platform takes of a connected account's charge, and their refunds, which are stored in them.

Source: Stripe, "Application Fees" and "Application Fee Refunds" (API reference), and the types of its SDKs.
"""

from typing import Final

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
    APPLICATION_FEE as PREFIX,
    FEE_REFUND as REFUND_PREFIX,
    fee_of_refund,
)
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import CreateFeeRefund, ListFeeRefunds, ObjectId, UpdateFeeRefund
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.transfers.transfer import SHOWN

FEE_REFUNDS: Final = kit.Resource(
    object=FEE_REFUND,
    prefix=REFUND_PREFIX,
    path="/fee_refunds",
    noun="fee refund",
    fields=(
        kit.given("amount"),
        kit.given("balance_transaction"),
        kit.given("currency"),
        kit.given(FEE, names=APPLICATION_FEE),
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
    prefix=PREFIX,
    path="/application_fees",
    noun="application fee",
    fields=(
        kit.given("account", names=ACCOUNT),
        kit.given("amount"),
        kit.given("balance_transaction"),
        Field(name="charge", type=ObjectId, create=False, update=False, filters=True),
        kit.given("currency"),
    ),
    shown=kit.Shown(derived=_derived_of_fee),
    routes=kit.Routes(operations=("get", "list"), rights=kit.Rights(read_by=kit.READ_WITH_PAYMENTS)),
    events=kit.Events(ends=("created", "refunded"), of=fee_events),
)
