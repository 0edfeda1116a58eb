"""Request bodies and query parameters of customers' routes."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from paysandbox.customers.bank_account import (
    MAX_ACCOUNT_NUMBER_DIGITS,
    MIN_ACCOUNT_NUMBER_DIGITS,
    ROUTING_NUMBER_DIGITS,
    AccountType,
    BankAccount as StorableAccount,
    storable_account,
)
from paysandbox.customers.customer import CUSTOMER_ID_PATTERN, STRIPE_ACCOUNT_PATTERN
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
StripeAccount = Annotated[
    str,
    StringConstraints(pattern=rf"^{STRIPE_ACCOUNT_PATTERN}$"),
    Field(examples=["acct_1NvPzq2eZvKYlo2C"]),
]


class BankAccountDetails(Shape):
    """A bank account in the United States. Only published test accounts are accepted."""

    routing_number: Annotated[
        str,
        StringConstraints(pattern=rf"^[0-9]{{{ROUTING_NUMBER_DIGITS}}}$"),
        Field(description="The bank's routing number: nine digits with the ABA's check digit.", examples=["110000000"]),
    ]
    account_number: Annotated[
        str,
        StringConstraints(pattern=rf"^[0-9]{{{MIN_ACCOUNT_NUMBER_DIGITS},{MAX_ACCOUNT_NUMBER_DIGITS}}}$"),
        Field(
            description="The account's number. Customers are stored and shown without it.",
            examples=["000123456789"],
            repr=False,
        ),
    ]
    account_type: Annotated[Literal["checking", "savings"], Field(description="The account's type.")]
    account_holder_name: Annotated[Text100, Field(description="The name of the account's holder.")]

    def storable(self) -> StorableAccount:
        """Return what is stored of it. Raises Refused: routing_number_incorrect, live_bank_account_in_sandbox."""
        return storable_account(
            routing_number=self.routing_number,
            account_number=self.account_number,
            account_type=AccountType(self.account_type),
            account_holder_name=self.account_holder_name,
        )


class CreateCustomer(Shape):
    """A customer. Other attributes are rejected."""

    customer_id: CustomerId
    email: Annotated[Email, Field(description="The customer's e-mail address.")]
    name: Annotated[Text100 | None, Field(description="The customer's name.")] = None
    bank_account: Annotated[
        BankAccountDetails | None,
        Field(description="The customer's bank account, to which disbursements by `ach` are paid."),
    ] = None
    stripe_account: Annotated[
        StripeAccount | None,
        Field(description="The customer's connected account, to which disbursements by `stripe` are paid."),
    ] = None


class UpdateCustomer(Shape):
    """All attributes of the customer: an omitted name, bank account or Stripe account is removed."""

    email: Annotated[Email, Field(description="The customer's e-mail address.")]
    name: Annotated[Text100 | None, Field(description="The customer's name.")] = None
    bank_account: Annotated[
        BankAccountDetails | None,
        Field(description="The customer's bank account, to which disbursements by `ach` are paid."),
    ] = None
    stripe_account: Annotated[
        StripeAccount | None,
        Field(description="The customer's connected account, to which disbursements by `stripe` are paid."),
    ] = None


class ListCustomers(OrderedQuery):
    """Filters and page. `email` is compared with up to 2,000 customers per page."""

    email: Annotated[
        str | None,
        Field(max_length=MAX_EMAIL, description="Customers with this e-mail address, in upper or lower case."),
    ] = None
    created_from: Annotated[Instant | None, Field(description="Customers created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Customers created before this time.")] = None

    _later = field_validator("created_to")(later_than("created_from", "created_to must be later than created_from."))
