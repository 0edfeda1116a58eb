"""The shapes of the answers of customers' routes."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class CustomerBody(Answer):
    """A customer."""

    customer_id: Annotated[str, Field(description="The customer's ID.")]
    email: Annotated[str, Field(description="The customer's e-mail address.")]
    name: Annotated[str | None, Field(description="The customer's name.")] = None
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
