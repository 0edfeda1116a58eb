"""Bodies and queries of the Stripe-compatible routes, after form decoding: every leaf is a string.

Names and meanings are Stripe's ("API reference", v1). A parameter that Stripe has and this API does not is rejected by
name, like an unknown one: silently ignoring it would mislead the caller.
"""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from paysandbox.payments.requests import MAX_AMOUNT, Currency, MetadataKey, MetadataValue, Text500

MAX_METADATA_KEYS: Final = 50
MAX_LISTED: Final = 100

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


def _whole(text: object) -> object:
    if isinstance(text, str) and _WHOLE.fullmatch(text):
        return int(text)
    raise PydanticCustomError("integer_invalid", "This must be a whole number.")


def _yes(text: object) -> object:
    if text in ("true", "false"):
        return text == "true"
    raise PydanticCustomError("boolean_invalid", "This must be true or false.")


Whole = Annotated[int, BeforeValidator(_whole)]
Yes = Annotated[bool, BeforeValidator(_yes)]
StripeAmount = Annotated[Whole, Field(gt=0, le=MAX_AMOUNT, description="Minor units.", examples=[2000])]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue],
    Field(max_length=MAX_METADATA_KEYS, description="An empty value removes an entry."),
]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$|^$")]
Suffix = Annotated[str, StringConstraints(max_length=22)]
ObjectId = Annotated[str, Field(max_length=64)]
CaptureMethod = Literal["automatic", "automatic_async", "manual"]


class StripeShape(BaseModel):
    """The base of every body and query."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    expand: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=20)] = []


class Nested(BaseModel):
    """The base of nested parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class CardTyped(Nested):
    """A card by number, or by the name of a published one (`tok_visa`)."""

    number: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{12,19}$"), Field(repr=False)] = None
    exp_month: Annotated[Whole, Field(ge=1, le=12)] | None = None
    exp_year: Annotated[Whole, Field(ge=0, le=2200)] | None = None
    cvc: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{3,4}$"), Field(repr=False)] = None
    token: Annotated[str | None, Field(max_length=64)] = None


class Address(Nested):
    """A billing address. The bank checks line1 and postal_code. Not stored."""

    city: Annotated[str | None, Field(repr=False)] = None
    country: Annotated[str | None, Field(repr=False)] = None
    line1: Annotated[str | None, Field(repr=False)] = None
    line2: Annotated[str | None, Field(repr=False)] = None
    postal_code: Annotated[str | None, Field(repr=False)] = None
    state: Annotated[str | None, Field(repr=False)] = None


class BillingDetails(Nested):
    """Details of the payer. Not stored."""

    address: Address | None = None
    email: Annotated[str | None, Field(repr=False)] = None
    name: Annotated[str | None, Field(repr=False)] = None
    phone: Annotated[str | None, Field(repr=False)] = None


class MethodData(Nested):
    """A payment method for one intent."""

    type: Literal["card"]
    card: CardTyped | None = None
    billing_details: BillingDetails | None = None
    metadata: Metadata | None = None


class AutomaticMethods(Nested):
    """Use the payment methods of the account's settings: here, cards."""

    enabled: Yes
    allow_redirects: Literal["always", "never"] | None = None


Types = Annotated[list[Literal["card"]], Field(min_length=1, max_length=1)]


class _Terms(StripeShape):
    """The terms of an intent that can be set when it is created or updated."""

    payment_method: ObjectId | None = None
    payment_method_data: MethodData | None = None
    payment_method_types: Types | None = None
    metadata: Metadata | Literal[""] | None = None
    description: Text500 | Literal[""] | None = None
    receipt_email: Email | None = None
    statement_descriptor_suffix: Suffix | None = None


class CreatePaymentIntent(_Terms):
    """Create an intent to collect an amount."""

    amount: StripeAmount
    currency: Currency
    capture_method: CaptureMethod = "automatic"
    automatic_payment_methods: AutomaticMethods | None = None
    confirm: Yes = False
    return_url: Annotated[str, Field(max_length=2048)] | None = None


class UpdatePaymentIntent(_Terms):
    """Change the terms of an intent. Omitted fields are unchanged."""

    amount: StripeAmount | None = None
    currency: Currency | None = None


class ConfirmPaymentIntent(StripeShape):
    """Confirm an intent: authorize it with the bank. A publishable key also sends the intent's `client_secret`."""

    payment_method: ObjectId | None = None
    payment_method_data: MethodData | None = None
    payment_method_types: Types | None = None
    return_url: Annotated[str, Field(max_length=2048)] | None = None
    client_secret: Annotated[str | None, Field(max_length=200, repr=False)] = None


class GetPaymentIntent(StripeShape):
    """Retrieve an intent. A publishable key also sends its `client_secret`."""

    client_secret: Annotated[str | None, Field(max_length=200, repr=False)] = None


class CapturePaymentIntent(StripeShape):
    """Capture all or part of an authorization. If not final, the rest can still be captured."""

    amount_to_capture: StripeAmount | None = None
    final_capture: Yes = True


class CancelPaymentIntent(StripeShape):
    """Cancel an intent, and void its authorization if it has one."""

    cancellation_reason: Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"] | None = None


class CreatePaymentMethod(StripeShape):
    """Create a payment method. The card is stored without its number."""

    type: Literal["card"]
    card: CardTyped
    billing_details: BillingDetails | None = None
    metadata: Metadata | None = None


class CreateRefund(StripeShape):
    """Refund captured money, by charge or by intent."""

    charge: ObjectId | None = None
    payment_intent: ObjectId | None = None
    amount: StripeAmount | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata | None = None


class UpdateRefund(StripeShape):
    """Change the metadata of a refund."""

    metadata: Metadata | Literal[""] | None = None


class CancelRefund(StripeShape):
    """Cancel a refund."""


class FraudDetails(Nested):
    """The merchant's own judgement of a charge."""

    user_report: Literal["safe", "fraudulent", ""] | None = None


class UpdateCharge(StripeShape):
    """Change what is noted on a charge. Omitted fields are unchanged."""

    description: Text500 | Literal[""] | None = None
    metadata: Metadata | Literal[""] | None = None
    receipt_email: Email | None = None
    fraud_details: FraudDetails | None = None


class Retrieve(StripeShape):
    """Retrieve an object."""


Created = Annotated[Whole, Field(ge=0)]


class CreatedSpan(Nested):
    """A range in Unix seconds."""

    gt: Created | None = None
    gte: Created | None = None
    lt: Created | None = None
    lte: Created | None = None


def _span(value: Any) -> Any:
    return {"gte": value, "lte": value} if isinstance(value, str) else value


class Listing(StripeShape):
    """A page of objects, newest first: `limit` of them after or before the one named."""

    limit: Annotated[Whole, Field(ge=1, le=MAX_LISTED)] = 10
    starting_after: ObjectId | None = None
    ending_before: ObjectId | None = None


class ListingByTime(Listing):
    """A page of objects created in a range of time."""

    created: Annotated[CreatedSpan | None, BeforeValidator(_span)] = None


class ListPaymentIntents(ListingByTime):
    """List intents."""


class ListCharges(ListingByTime):
    """List charges, of one intent or all."""

    payment_intent: ObjectId | None = None


class ListRefunds(ListingByTime):
    """List refunds, of one charge, of one intent or all."""

    charge: ObjectId | None = None
    payment_intent: ObjectId | None = None


class ListStripeEvents(ListingByTime):
    """List events. A type may end in `*` (`charge.*`)."""

    type: Annotated[str | None, Field(max_length=64)] = None
    types: Annotated[list[Annotated[str, Field(max_length=64)]] | None, Field(max_length=20)] = None


EnabledEvents = Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=50)]
EndpointUrl = Annotated[str, Field(max_length=2048)]


class CreateWebhookEndpoint(StripeShape):
    """Create an endpoint that receives events in Stripe's format."""

    url: EndpointUrl
    enabled_events: EnabledEvents
    description: Text500 | Literal[""] | None = None
    metadata: Metadata | None = None
    api_version: Annotated[str | None, Field(max_length=40)] = None


class UpdateWebhookEndpoint(StripeShape):
    """Update an endpoint. Omitted fields are unchanged."""

    url: EndpointUrl | None = None
    enabled_events: EnabledEvents | None = None
    description: Text500 | Literal[""] | None = None
    disabled: Yes | None = None


class ListWebhookEndpoints(Listing):
    """List endpoints."""
