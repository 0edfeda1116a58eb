"""A merchant's totals in a batch by currency, for responses and events."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.settlement.close import Balance, Totals


class SettlementTotals(Answer):
    """Totals of one currency, in minor units.

    `net = gross - refunds - chargebacks - dispute_fees - transfers - fees`, and
    `closing_balance = opening_balance + net - draws - payout`. `chargebacks`, `dispute_fees`, `transfers` and `draws`
    are left out if they are 0.
    """

    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    count: Annotated[int, Field(description="Number of lines.")]
    gross: Annotated[int, Field(description="Sum of the captures.")]
    refunds: Annotated[
        int,
        Field(
            description="Sum of the refunds, less the refunds that failed after they had succeeded. Positive, unless "
            "more was reversed than refunded."
        ),
    ]
    chargebacks: Annotated[
        int | None,
        Field(
            description="Sum of the chargebacks, less those that were returned because the merchant won. Left out if "
            "it is 0."
        ),
    ] = None
    dispute_fees: Annotated[
        int | None,
        Field(description="Sum of the fees of chargebacks, less those that were returned. Left out if it is 0."),
    ] = None
    transfers: Annotated[
        int | None,
        Field(
            description="What went to other merchants, less what came from them: transfers of destination charges, "
            "application fees, and what was returned of both. Left out if it is 0."
        ),
    ] = None
    fees: Annotated[int, Field(description="Sum of the fees of captures.")]
    net: Annotated[
        int,
        Field(
            description="`gross` minus `refunds`, `chargebacks`, `dispute_fees`, `transfers` and `fees`. It can be "
            "negative."
        ),
    ]
    opening_balance: Annotated[
        int, Field(description="Balance carried over from earlier batches. Negative: the merchant owes it.")
    ]
    draws: Annotated[
        int | None,
        Field(
            description="What you moved of the opening balance, and of captures that were available before the batch: "
            "transfers, payouts by request and disbursements, as far as they took no other money. Left out if it is 0."
        ),
    ] = None
    payout: Annotated[
        int,
        Field(
            description="Amount paid out. 0 if the balance is below the minimum payout, or the schedule has no payout."
        ),
    ]
    closing_balance: Annotated[
        int, Field(description="Balance that is carried over to the next batch. Negative: the merchant owes it.")
    ]
    payout_id: Annotated[str | None, Field(description="Id of the payout, if there was one.")] = None
    payout_destination: Annotated[
        Literal["balance"] | None,
        Field(
            description="`balance` if the payout stays available, for transfers and disbursements. "
            "Left out for a payout to the merchant's bank account."
        ),
    ] = None


def render_totals(totals: Iterable[Totals], balances: Iterable[Balance]) -> list[Body]:
    """Render a merchant's totals and balances in a batch, by currency, including currencies with only a balance.

    Raises KeyError if a total has no balance. A closed batch has a balance for each total.
    """
    moved = {total.currency: total for total in totals}
    held = {balance.currency: balance for balance in balances}
    return [_row(currency, moved, held[currency]) for currency in sorted({*moved, *held})]


def _row(currency: str, moved: dict[str, Totals], balance: Balance) -> Body:
    total = moved.get(currency, Totals(merchant=balance.merchant, currency=currency))
    row: Body = {
        "currency": currency,
        **total.by_name,
        "net": total.net,
        "opening_balance": balance.opening,
        **({"draws": balance.draws} if balance.draws else {}),
        "payout": balance.paid_out,
        "closing_balance": balance.closing,
    }
    if balance.payout is None:
        return row
    row["payout_id"] = balance.payout.id
    is_to_balance = balance.payout.destination is PayoutDestination.BALANCE
    return row | ({"payout_destination": str(PayoutDestination.BALANCE)} if is_to_balance else {})
