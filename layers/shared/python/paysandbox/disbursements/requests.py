"""Request bodies and query parameters of disbursements' routes."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from paysandbox.customers.requests import CustomerId, Email
from paysandbox.http.parameter_shape import Shape
from paysandbox.http.queries import Instant, OrderedQuery, Query, later_than
from paysandbox.payments.requests import Amount, Currency

DisbursementStatus = Literal[
    "pending",
    "processing",
    "paid",
    "failed",
    "unclaimed",
    "held",
    "blocked",
    "returned",
    "canceled",
    "requires_attention",
]


class CreateDisbursement(Shape):
    """A disbursement to a customer. Without an idempotency key, sending it twice pays twice."""

    customer_id: CustomerId
    email: Annotated[
        Email, Field(description="The e-mail address that is paid. It does not change when the customer's does.")
    ]
    amount: Amount
    currency: Currency
    payment_method: Annotated[
        Literal["paypal", "ach", "stripe"] | None,
        Field(
            description="How it is paid: `paypal`, `ach` to the customer's bank account, in USD, or `stripe` to the "
            "customer's connected account. Default: the environment's."
        ),
    ] = None


class ListDisbursements(Query):
    """The page of a customer's disbursements to return."""


class ListMerchantDisbursements(OrderedQuery):
    """Filters and page. Those but for `payment_id` and times are compared with up to 2,000 disbursements per page."""

    payment_id: Annotated[str | None, Field(max_length=64, description="The disbursement with this ID.")] = None
    customer_id: Annotated[str | None, Field(max_length=64, description="Disbursements to this customer.")] = None
    status: Annotated[DisbursementStatus | None, Field(description="Disbursements with this current status.")] = None
    payment_method: Annotated[
        Literal["paypal", "ach", "stripe"] | None, Field(description="Disbursements that are paid by this method.")
    ] = None
    created_from: Annotated[Instant | None, Field(description="Disbursements created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Disbursements created before this time.")] = None

    _later = field_validator("created_to")(later_than("created_from", "created_to must be later than created_from."))
