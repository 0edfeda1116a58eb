"""The shapes of the answers of the routes of the balance."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.balance.requests import TransactionType
from paysandbox.http.answer_shape import Answer


class NextSettlement(Answer):
    """The settlement that is expected to take what is pending now."""

    business_date: Annotated[str, Field(description="The business date that it settles.")]
    cutoff: Annotated[
        str,
        Field(
            description="Its cut-off (RFC 3339, UTC). It runs in the night after it; a run that is skipped, on a "
            "weekend or holiday, is made up for by the next one."
        ),
    ]


class CurrencyBalance(Answer):
    """The balance in one currency. Either part may be negative."""

    currency: Annotated[str, Field(description="ISO 4217 code.")]
    pending: Annotated[
        int,
        Field(
            description="What no settlement has yet, less its fees, in minor units. Captures that are available "
            "early are not in it."
        ),
    ]
    available: Annotated[
        int, Field(description="What can be moved: what was settled and not paid out, and funds, in minor units.")
    ]


class MerchantBalanceBody(Answer):
    """The balance of the merchant or connected account: the sum of its balance transactions, by currency."""

    data: Annotated[list[CurrencyBalance], Field(description="The balances, by currency.")]
    next_settlement: Annotated[
        NextSettlement,
        Field(
            description="The settlement that is expected next. It pays out what it settles, unless the payout "
            "destination of the merchant or the payout schedule of the connected account says otherwise."
        ),
    ]


class BalanceTransactionBody(Answer):
    """What moved the balance, once. Amounts are minor units, negative for what was taken."""

    id: Annotated[
        str,
        Field(
            description="ID of the transaction, unique in its balance: of a capture or a refund its own, of a "
            "settlement's payout `BATCH@CURRENCY`, and of what moved funds `TYPE.ID`."
        ),
    ]
    type: Annotated[
        TransactionType,
        Field(
            description="What it is of. `capture_failed` and `refund_failed` return what a capture or a refund moved, "
            "as `chargeback_reversal` and `transfer_reversal` do. `payout` is that of a settlement, or of funds. "
            "`opening` stands for what payments moved that were deleted before an upgrade to a version with balances."
        ),
    ]
    status: Annotated[
        Literal["pending", "available"] | None,
        Field(description="`pending` until a settlement has it. `null`: its payment was deleted after its retention."),
    ]
    available_on: Annotated[
        str | None,
        Field(description="When it became available, or is expected to (RFC 3339, UTC). `null` as `status`."),
    ]
    currency: Annotated[str, Field(description="ISO 4217 code.")]
    amount: Annotated[int, Field(description="What it moved, before its fee.")]
    fee: Annotated[int, Field(description="Its fee; negative if a fee is returned. Final once it is settled.")]
    net: Annotated[int, Field(description="`amount` minus `fee`: what the balance changed by.")]
    created_at: Annotated[str, Field(description="When it moved the balance (RFC 3339, UTC).")]
    payment_id: Annotated[str | None, Field(description="Id of the payment that it is of, if there is one.")] = None
    batch: Annotated[str | None, Field(description="The settlement that paid out, for its payout.")] = None
    source_id: Annotated[
        str | None,
        Field(description="Id of the funding, disbursement, transfer or payout that moved funds, for one of those."),
    ] = None


class BalanceTransactionList(Answer):
    """A page of balance transactions, newest first. `next_cursor` is null on the last page."""

    data: Annotated[list[BalanceTransactionBody], Field(description="Balance transactions, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
    searched: Annotated[
        int | None,
        Field(description="With `type` or `currency`: how many transactions this page was compared with."),
    ] = None
