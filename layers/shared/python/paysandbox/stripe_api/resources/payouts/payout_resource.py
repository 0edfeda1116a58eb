# pyright: standard
"""Payouts of funds to a bank account, as a merchant or its platform requests them.

Source: Stripe, "Payouts" (API reference), and the types of its SDKs.
"""

from typing import Final, Literal

from paysandbox.aws.resources import STRIPE_OBJECTS, Grant
from paysandbox.core import ids
from paysandbox.core.errors import Code
from paysandbox.stripe_api.ids import PAYOUT as PREFIX
from paysandbox.stripe_api.requests import CancelPayout, CreatePayout, Span
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, Filter
from paysandbox.stripe_api.resources.payouts.payout import (
    ARRIVAL,
    FAILURE,
    PAYOUT,
    PENDING,
    STATUS,
    payout_events,
    payout_fields,
)

_ACTIONS: Final = f"{__package__}.payout_actions"
_MOVE_STRIPE_FUNDS: Final = kit.Answering("move_stripe_funds", "move_stripe_funds")
_ID_LENGTH: Final = 24
"""Shorter than those of settlement's payouts, so that no payout has an ID of the other kind."""


def _id_of(operation_id: str) -> str:
    return f"{PREFIX}_{ids.derive(PAYOUT, operation_id, length=_ID_LENGTH)}"


PAYOUTS: Final = kit.Resource(
    object=PAYOUT,
    prefix=PREFIX,
    path="/payouts",
    noun=PAYOUT,
    fields=(
        kit.given("amount"),
        kit.given(ARRIVAL),
        kit.given("currency"),
        kit.given("description"),
        kit.given(FAILURE),
        kit.METADATA,
        kit.given("method", "standard"),
        kit.given("statement_descriptor"),
        Field(
            name=STATUS,
            type=Literal["pending", "in_transit", "paid", "failed", "canceled"],
            default=PENDING,
            create=False,
            update=False,
            filters=True,
        ),
    ),
    shown=kit.Shown(derived=payout_fields),
    rules=kit.Rules(id_of=_id_of, time=kit.Time(due=kit.Due(name="advance_due", module=f"{__package__}.payouts"))),
    routes=kit.Routes(
        actions=(
            kit.Action(
                name="create",
                module=_ACTIONS,
                path="/payouts",
                summary="Pay funds out to a bank account",
                body=CreatePayout,
                by=_MOVE_STRIPE_FUNDS,
                grants=kit.MOVE_FUNDS,
                refusals=(
                    Code.INSUFFICIENT_BALANCE,
                    Code.CURRENCY_UNSUPPORTED,
                    Code.AMOUNT_INVALID,
                    Code.AMOUNT_NOT_WHOLE,
                    Code.OUTCOME_INVALID,
                ),
            ),
            kit.Action(
                name="cancel",
                module=_ACTIONS,
                path="/payouts/{id}/cancel",
                summary="Cancel a payout that is pending",
                body=CancelPayout,
                by=_MOVE_STRIPE_FUNDS,
                grants=(*kit.MOVE_FUNDS, Grant(STRIPE_OBJECTS, ("GetItem",))),
                refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
            ),
        ),
        id_param=PAYOUT,
        filters=(Filter(ARRIVAL, Span, lambda payout, span: span.has(payout[ARRIVAL])),),
        operations=("get", "update", "list"),
        rights=kit.Rights(read_by=kit.READ_WITH_PAYMENTS),
    ),
    events=kit.Events(ends=("created", "updated", "paid", "failed", "canceled"), of=payout_events),
)
