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
