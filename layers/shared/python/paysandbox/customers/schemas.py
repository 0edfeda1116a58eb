"""The shapes of the answers of customers' routes."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class BankAccountBody(Answer):
    """A customer's bank account. Its number is not stored."""

    routing_number: Annotated[str, Field(description="The bank's routing number.")]
    last4: Annotated[str, Field(description="The last four digits of the account's number.")]
    account_type: Annotated[Literal["checking", "savings"], Field(description="The account's type.")]
    account_holder_name: Annotated[str, Field(description="The name of the account's holder.")]


class CustomerBody(Answer):
    """A customer."""

    customer_id: Annotated[str, Field(description="The customer's ID.")]
    email: Annotated[str, Field(description="The customer's e-mail address.")]
    name: Annotated[str | None, Field(description="The customer's name.")] = None
    bank_account: Annotated[BankAccountBody | None, Field(description="The customer's bank account.")] = None
    stripe_account: Annotated[str | None, Field(description="The customer's connected account (`acct_…`).")] = None
    created_at: Annotated[str, Field(description="When the customer was created (RFC 3339, UTC).")]
    updated_at: Annotated[str, Field(description="When the customer was changed last (RFC 3339, UTC).")]


class CustomerList(Answer):
    """A page of the merchant's customers, newest first. `next_cursor` is null on the last page."""

    data: Annotated[list[CustomerBody], Field(description="Customers, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
    searched: Annotated[
        int | None,
        Field(description="With a filter that no index has: how many customers this page was compared with."),
    ] = None
