"""Answer shapes of the route of postings."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class PaymentPosting(Answer):
    """One posting of an operation: `amount` moves from the account `credit` to the account `debit`."""

    transaction_id: Annotated[str, Field(description="Id of the operation.")]
    created_at: Annotated[str, Field(description="When the operation happened.")]
    debit: Annotated[str, Field(description="Debited account.", examples=["scheme_receivable"])]
    credit: Annotated[str, Field(description="Credited account.", examples=["merchant_pending:demo"])]
    amount: Annotated[int, Field(ge=1, description="Amount in minor units.")]
    currency: Annotated[str, Field(description="Currency (ISO 4217).")]


class PostingList(Answer):
    """All postings of a payment, oldest first. They are computed from its operations and balanced by construction."""

    data: Annotated[list[PaymentPosting], Field(description="Postings, oldest first.")]
