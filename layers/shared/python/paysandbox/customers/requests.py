"""Request bodies and query parameters of customers' routes."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from paysandbox.customers.customer import CUSTOMER_ID_PATTERN
from paysandbox.http.parameter_shape import Shape
from paysandbox.http.queries import Instant, OrderedQuery, later_than
from paysandbox.payments.requests import Text100

MAX_EMAIL: Final = 127
"""Characters of an e-mail address, PayPal's limit of a receiver ("Payouts API: create batch payout")."""

EMAIL_PATTERN: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
"""The HTML standard's form of an e-mail address ("Valid email address"), with a domain of at least two labels."""

_EMAIL: Final = re.compile(EMAIL_PATTERN)


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise PydanticCustomError("email_invalid", "Use an e-mail address, such as jane@example.com.")
    return text


CustomerId = Annotated[
    str,
    StringConstraints(pattern=rf"^{CUSTOMER_ID_PATTERN}$"),
    Field(description="The customer's ID, which you choose: letters, digits, `.`, `_`, `@` and `-`."),
]
Email = Annotated[
    str,
    Field(min_length=3, max_length=MAX_EMAIL, json_schema_extra={"format": "email", "pattern": EMAIL_PATTERN}),
    AfterValidator(_email),
]


class CreateCustomer(Shape):
    """A customer. Other attributes are rejected."""

    customer_id: CustomerId
    email: Annotated[Email, Field(description="The customer's e-mail address.")]
    name: Annotated[Text100 | None, Field(description="The customer's name.")] = None


class UpdateCustomer(Shape):
    """All attributes of the customer: an omitted name is removed."""

    email: Annotated[Email, Field(description="The customer's e-mail address.")]
    name: Annotated[Text100 | None, Field(description="The customer's name.")] = None


class ListCustomers(OrderedQuery):
    """Filters and page. `email` is compared with up to 2,000 customers per page."""

    email: Annotated[
        str | None,
        Field(max_length=MAX_EMAIL, description="Customers with this e-mail address, in upper or lower case."),
    ] = None
    created_from: Annotated[Instant | None, Field(description="Customers created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Customers created before this time.")] = None

    _later = field_validator("created_to")(later_than("created_from", "created_to must be later than created_from."))
