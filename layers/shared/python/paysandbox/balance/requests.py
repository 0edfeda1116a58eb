"""Query parameters of the routes of the balance."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from paysandbox.http.queries import Instant, OrderedQuery, Query, later_than
from paysandbox.payments.requests import Currency

TransactionType = Literal[
    "capture",
    "capture_failed",
    "refund",
    "refund_failed",
    "chargeback",
    "chargeback_reversal",
    "transfer",
    "transfer_reversal",
    "application_fee",
    "application_fee_refund",
    "funding",
    "disbursement",
    "disbursement_return",
    "payout",
    "payout_return",
    "payout_canceled",
    "opening",
]


Account = Annotated[
    str | None,
    Field(
        pattern=r"^acct_[a-z2-7]{16}$",
        description="A connected account of the merchant: it is the account's balance. Otherwise it is the merchant's.",
    ),
]


class GetMerchantBalance(BaseModel):
    """Whose balance."""

    model_config = Query.model_config

    account: Account = None


class ListBalanceTransactions(OrderedQuery):
    """Filters, page and order. `type` and `currency` are compared with up to 2,000 transactions per page."""

    account: Account = None
    type: Annotated[TransactionType | None, Field(description="Transactions of this type.")] = None
    currency: Annotated[Currency | None, Field(description="Transactions in this currency.")] = None
    payment_id: Annotated[
        str | None,
        Field(pattern=r"^auth_[a-z2-7]{26}$", description="What this payment moved, by the `auth_id`."),
    ] = None
    created_from: Annotated[Instant | None, Field(description="Transactions created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Transactions created before this time.")] = None

    _later = field_validator("created_to")(later_than("created_from", "created_to must be later than created_from."))
