"""Bodies and queries of the Stripe-compatible routes, after form decoding: every leaf is a string.

Names and meanings are Stripe's ("API reference", v1). Nothing is accepted and ignored: a parameter is simulated, or is
stored and shown, or asks for what happens anyway (its shape then allows only that value), or is about a type of payment
method or a mandate that no card has, or about a payer whose risk is not assessed here, or is rejected by name.
"""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    InstanceOf,
    StringConstraints,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT, StripeAmount
from paysandbox.payments.requests import Currency, MetadataKey, MetadataValue, Text500, Text1000
from paysandbox.stripe_api.catalog.tax_id_types import TaxIdType
from paysandbox.stripe_api.objects.expand import expand_of_list
from paysandbox.stripe_api.objects.method_types import METHOD_TYPES, NOT_EXCLUDABLE, OTHER_SOURCE_TYPES

MAX_METADATA_KEYS: Final = 50
MAX_LISTED: Final = 100
MAX_QUERY: Final = 5_000
TOTAL_COUNT: Final = "total_count"
"""The property of a search result that is present only if it is expanded."""

"""Characters of a search query."""

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


def _whole(text: object) -> int:
    if isinstance(text, str) and _WHOLE.fullmatch(text):
        return int(text)
    raise PydanticCustomError("integer_invalid", "This must be a whole number.")


def _amount(text: object) -> StripeAmount:
    units = _whole(text)
    if units <= 0:
        raise PydanticKnownError("greater_than", {"gt": 0})
    if units > MAX_STRIPE_AMOUNT:
        raise PydanticKnownError("less_than_equal", {"le": MAX_STRIPE_AMOUNT})
    return StripeAmount(units)


def _yes(text: object) -> object:
    """Read a boolean. stripe-python before 12.1, Stripe.net and plain Python send `True` (stripe-dotnet#3104)."""
    word = text.lower() if isinstance(text, str) else ""
    if word in ("true", "false"):
        return word == "true"
    raise PydanticCustomError("boolean_invalid", "This must be true or false.")


def _no(text: object) -> object:
    if _yes(text):
        raise PydanticCustomError("not_simulated", "this sandbox simulates only `false`")
    return False


def _method_type(name: str) -> str:
    if name not in METHOD_TYPES:
        raise PydanticCustomError("method_type_invalid", "this is not a payment method type of Stripe's")
    return name


def _excludable(name: str) -> str:
    if name in NOT_EXCLUDABLE:
        raise PydanticCustomError("not_excludable", "this payment method type cannot be excluded")
    return name


def _once_each(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise PydanticCustomError("repeated", "a payment method type is repeated")
    return names


STORED_ONLY: Final = Field(json_schema_extra={"x-stored-only": True})
"""Marks a parameter that is stored and shown, and on which nothing else here depends. The coverage page lists it."""

WITHOUT_EFFECT: Final = Field(json_schema_extra={"x-without-effect": True})
"""Marks a parameter that is checked and not stored, and changes nothing. The coverage page lists it."""

Whole = Annotated[int, BeforeValidator(_whole)]
Yes = Annotated[bool, BeforeValidator(_yes)]
Never = Annotated[Literal[False], BeforeValidator(_no)]
"""`false`: the only value that asks for what happens anyway."""
_AMOUNT_SCHEMA: Final = {
    "type": "integer",
    "exclusiveMinimum": 0,
    "maximum": MAX_STRIPE_AMOUNT,
    "description": "In Stripe's units.",
    "examples": [2000],
}
Amount = Annotated[InstanceOf[StripeAmount], BeforeValidator(_amount), WithJsonSchema(_AMOUNT_SCHEMA)]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue],
    Field(max_length=MAX_METADATA_KEYS, description="An empty value removes an entry."),
]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$|^$")]
Suffix = Annotated[str, StringConstraints(max_length=22)]
Text5000 = Annotated[str, StringConstraints(max_length=5000)]
ObjectId = Annotated[str, Field(max_length=64)]
CustomerId = Annotated[str, Field(min_length=1, max_length=64)]
MethodId = Annotated[str, Field(min_length=1, max_length=64)]
GrantedTokenId = Annotated[str, Field(min_length=1, max_length=64)]
Limit = Annotated[
    Whole,
    Field(
        ge=0,
        le=MAX_LISTED,
        description=f"At most {MAX_LISTED}. 0 returns no objects (Stripe's own response to 0 is unpublished).",
    ),
]
CaptureMethod = Literal["automatic", "automatic_async", "manual"]


class StripeShape(BaseModel):
    """The base of every body and query."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    expand: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=20)] = []

    @property
    def expanded_paths(self) -> tuple[str, ...]:
        """What is expanded, by path in an object. Raises Refused(parameter_invalid) if it does not lead into one."""
        return tuple(self.expand)


class Listed(StripeShape):
    """The base of every query for a list. Its paths begin with `data.`."""

    @property
    def expanded_paths(self) -> tuple[str, ...]:
        """What is expanded in each object, by path. Raises Refused(parameter_invalid) for any other path."""
        return expand_of_list(self.expand)


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


class TokenCard(Nested):
    """A card by number, which is not stored. Its name and its address are. The bank checks cvc, address_line1 and
    address_zip.
    """

    number: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{12,19}$"), Field(repr=False)] = None
    exp_month: Annotated[Whole, Field(ge=1, le=12)] | None = None
    exp_year: Annotated[Whole, Field(ge=0, le=2200)] | None = None
    cvc: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{3,4}$"), Field(repr=False)] = None
    name: Annotated[Text5000 | None, Field(repr=False)] = None
    address_city: Annotated[Text5000 | None, Field(repr=False)] = None
    address_country: Annotated[Text5000 | None, Field(repr=False)] = None
    address_line1: Annotated[Text5000 | None, Field(repr=False)] = None
    address_line2: Annotated[Text5000 | None, Field(repr=False)] = None
    address_state: Annotated[Text5000 | None, Field(repr=False)] = None
    address_zip: Annotated[Text5000 | None, Field(repr=False)] = None


class CvcUpdate(Nested):
    """A security code alone. It is not stored."""

    cvc: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,4}$"), Field(repr=False)]


class CreateToken(StripeShape):
    """Create a token of a card, for one use, or of a security code. The card is stored without its number."""

    card: TokenCard | None = None
    cvc_update: CvcUpdate | None = None


class Address(Nested):
    """A billing address. The bank checks line1 and postal_code. Stored with a payment method that has an ID."""

    city: Annotated[str | None, Field(repr=False)] = None
    country: Annotated[str | None, Field(repr=False)] = None
    line1: Annotated[str | None, Field(repr=False)] = None
    line2: Annotated[str | None, Field(repr=False)] = None
    postal_code: Annotated[str | None, Field(repr=False)] = None
    state: Annotated[str | None, Field(repr=False)] = None


class BillingDetails(Nested):
    """Details of the payer. The payment method has them, and each charge those of its time."""

    address: Address | None = None
    email: Annotated[str | None, Field(repr=False)] = None
    name: Annotated[str | None, Field(repr=False)] = None
    phone: Annotated[str | None, Field(repr=False)] = None


MethodType = Annotated[str, AfterValidator(_method_type)]


AllowRedisplay = Literal["always", "limited", "unspecified"]


class RadarOptions(Nested):
    """What Stripe's Radar knows of the payer's browser: the ID that Stripe.js's `createRadarSession` resolves with.

    No risk is assessed here, so that any ID of this form will do (Stripe: "Radar Session").
    """

    session: Annotated[str, StringConstraints(max_length=5_000, pattern=r"^rse_[0-9A-Za-z]+$")] | None = None


class _MethodData(Nested):
    """A payment method for one intent. From where the payer sent it (`ip`, `user_agent`) is not stored."""

    card: CardTyped | None = None
    allow_redisplay: AllowRedisplay | None = None
    billing_details: BillingDetails | None = None
    ip: Annotated[str | None, Field(max_length=64, repr=False), WITHOUT_EFFECT] = None
    metadata: Metadata | None = None
    radar_options: Annotated[RadarOptions | None, WITHOUT_EFFECT] = None
    user_agent: Annotated[str | None, Field(max_length=5_000, repr=False), WITHOUT_EFFECT] = None


class MethodData(_MethodData):
    """A payment method for one intent. From where the payer sent it (`ip`, `user_agent`) is not stored."""

    type: Literal["card"]


class MethodDataOfConfirmation(_MethodData):
    """A payment method for one intent: a card, or what an agent has shared, which is named alone."""

    type: Literal["card"] | None = None
    shared_payment_granted_token: GrantedTokenId | None = None

    @model_validator(mode="after")
    def _check_type(self) -> Self:
        if self.type is None and self.shared_payment_granted_token is None:
            raise ValidationError.from_exception_data("type", [{"type": "missing", "loc": ("type",), "input": {}}])
        return self


class OnlineAcceptance(Nested):
    """From where the payer accepted a mandate."""

    infer_from_client: Yes | None = None
    ip_address: Annotated[str | None, Field(max_length=64, repr=False)] = None
    user_agent: Annotated[str | None, Field(max_length=5_000, repr=False)] = None


class OfflineAcceptance(Nested):
    """A mandate that was accepted on paper."""


class CustomerAcceptance(Nested):
    """How the payer accepted a mandate."""

    type: Literal["offline", "online"]
    accepted_at: Annotated[Whole, Field(ge=0)] | None = None
    offline: OfflineAcceptance | Literal[""] | None = None
    online: OnlineAcceptance | None = None


class MandateData(Nested):
    """A mandate to create. A card has none, so it is not stored."""

    customer_acceptance: CustomerAcceptance


class AutomaticMethods(Nested):
    """Use the payment methods of the account's settings: here, cards."""

    enabled: Yes
    allow_redirects: Literal["always", "never"] | None = None


Types = Annotated[list[MethodType], Field(min_length=1), AfterValidator(_once_each)]
ExcludedTypes = Annotated[
    list[Annotated[MethodType, AfterValidator(_excludable)]], Field(min_length=1), AfterValidator(_once_each)
]
FutureUsage = Literal["off_session", "on_session", ""]


class ShippingAddress(Nested):
    """An address to ship to."""

    city: Text5000 | None = None
    country: Text5000 | None = None
    line1: Text5000 | None = None
    line2: Text5000 | None = None
    postal_code: Text5000 | None = None
    state: Text5000 | None = None


class Shipping(Nested):
    """To whom and where to ship. Stored and shown."""

    address: ShippingAddress
    name: Annotated[Text5000, Field(min_length=1)]
    carrier: Text5000 | None = None
    phone: Text5000 | None = None
    tracking_number: Text5000 | None = None


class TokenShipping(Nested):
    """To whom and where to ship, as a page collects it."""

    address: ShippingAddress
    name: Annotated[Text5000, Field(min_length=1)]
    phone: Text5000 | None = None


_OF_INTENTS: Final = "POST /v1/payment_intents"
_OPTIONS: Final = "payment_method_options"

IfAvailable = Literal["if_available", "never"]


class CardOptions(Nested):
    """Options for paying by card: 3-D Secure, increments, those that ask for what happens anyway, and texts that are
    shown."""

    request_extended_authorization: IfAvailable | None = None
    request_incremental_authorization: IfAvailable | None = None
    request_multicapture: Literal["if_available"] | None = None
    request_overcapture: IfAvailable | None = None
    request_three_d_secure: Literal["any", "automatic", "challenge"] | None = None
    setup_future_usage: Literal["none", "off_session", "on_session", ""] | None = None
    statement_descriptor_suffix_kana: Suffix | None = None
    statement_descriptor_suffix_kanji: Suffix | None = None


class CardOptionsAtConfirmation(CardOptions):
    """Options for paying by card, with the token of a security code (`cvctok_…`) that the bank is to check."""

    cvc_token: ObjectId | None = None


class CardOptionsAtCreation(CardOptionsAtConfirmation):
    """Options for paying by card that only a new intent takes: `capture_method=manual` holds the amount."""

    capture_method: Literal["manual", ""] | None = None


class LinkOptions(Nested):
    """Options for paying by Link, which can be listed and not used."""

    capture_method: Literal["manual", ""] | None = None
    setup_future_usage: Literal["none", "off_session", ""] | None = None


class _AnyTypesOptions(Nested):
    """Options by type of payment method. Those of the types that can be listed and not used change nothing, and are
    not stored. A name that Stripe does not have is refused.
    """

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="after")
    def _check_others(self) -> Self:
        if self.model_extra:
            from paysandbox.stripe_api.catalog.outline import unlike_stripes  # few requests have such options

            if faults := unlike_stripes(_OF_INTENTS, _OPTIONS, self.model_extra):
                raise ValidationError.from_exception_data(_OPTIONS, faults)
        return self


class MethodOptions(_AnyTypesOptions):
    """Options by type of payment method."""

    card: CardOptions | None = None
    link: LinkOptions | None = None


class MethodOptionsAtConfirmation(_AnyTypesOptions):
    """Options by type of payment method, for a confirmation."""

    card: CardOptionsAtConfirmation | None = None
    link: LinkOptions | None = None


class MethodOptionsAtCreation(_AnyTypesOptions):
    """Options by type of payment method, for a new intent."""

    card: CardOptionsAtCreation | None = None
    link: LinkOptions | None = None


class SetupCardOptions(Nested):
    """Options for setting up a card."""

    request_three_d_secure: Literal["any", "automatic", "challenge"] | None = None


class SetupMethodOptions(Nested):
    """Options of a setup intent, by type of payment method."""

    card: SetupCardOptions | None = None


def _cleared(value: object) -> object:
    """An empty value clears a map or a list."""
    return None if value == "" else value


CLEARED: Final = BeforeValidator(_cleared)


class _Confirmed(StripeShape):
    """The terms of an intent that can be set when it is created, updated or confirmed. An empty value clears one."""

    payment_method: ObjectId | None = None
    payment_method_types: Types | None = None
    allowed_payment_method_types: Types | None = None
    excluded_payment_method_types: Annotated[ExcludedTypes | None, CLEARED] = None
    receipt_email: Annotated[Email | None, STORED_ONLY] = None
    setup_future_usage: FutureUsage | None = None
    shipping: Annotated[Shipping | None, CLEARED, STORED_ONLY] = None


class _Terms(_Confirmed):
    """The terms of an intent that can be set when it is created or updated."""

    customer: CustomerId | None = None
    metadata: Metadata | Literal[""] | None = None
    description: Text1000 | Literal[""] | None = None
    statement_descriptor: Suffix | None = None
    statement_descriptor_suffix: Annotated[Suffix | None, STORED_ONLY] = None
    transfer_group: Annotated[Text5000 | None, STORED_ONLY] = None


class _Confirmation(StripeShape):
    """How to confirm: what happens if the card requires authentication. Actions are always redirects here."""

    confirmation_token: ObjectId | None = None
    shared_payment_granted_token: GrantedTokenId | None = None
    error_on_requires_action: Yes | None = None
    off_session: Yes | Literal["one_off", "recurring"] | None = None
    return_url: Annotated[str, Field(max_length=2048)] | None = None
    use_stripe_sdk: Yes | None = None
    mandate_data: Annotated[MandateData | None, CLEARED] = None
    radar_options: Annotated[RadarOptions | None, WITHOUT_EFFECT] = None


class ClientContext(Nested):
    """What a page declared to `stripe.elements({mode})`, as Stripe.js sends it. See `client_context.py`."""

    mode: Literal["payment", "setup", "subscription"]
    currency: Currency | None = None
    setup_future_usage: Annotated[Literal["off_session", "on_session"] | None, CLEARED] = None
    capture_method: CaptureMethod | None = None
    payment_method_types: Types | None = None


class TransferAmount(Nested):
    """What of the payment goes to the connected account: at most all of it."""

    amount: Amount | None = None


class TransferData(TransferAmount):
    """To which connected account the payment goes, and how much of it."""

    destination: Annotated[str, Field(min_length=1, max_length=64)]


class CreatePaymentIntent(_Terms, _Confirmation):
    """Create an intent to collect an amount."""

    amount: Amount
    currency: Currency
    capture_method: CaptureMethod = "automatic_async"
    confirmation_method: Literal["automatic", "manual"] = "automatic"
    automatic_payment_methods: AutomaticMethods | None = None
    payment_method_data: MethodDataOfConfirmation | None = None
    payment_method_options: MethodOptionsAtCreation | None = None
    confirm: Yes = False
    application_fee_amount: Amount | None = None
    on_behalf_of: Annotated[ObjectId | None, STORED_ONLY] = None
    transfer_data: TransferData | None = None


class UpdatePaymentIntent(_Terms):
    """Change the terms of an intent. Omitted fields are unchanged."""

    amount: Amount | None = None
    currency: Currency | None = None
    payment_method_data: MethodData | None = None
    payment_method_options: MethodOptions | None = None
    application_fee_amount: Amount | Literal[""] | None = None
    transfer_data: TransferAmount | None = None


class ConfirmPaymentIntent(_Confirmed, _Confirmation):
    """Confirm an intent: authorize it with the bank. A publishable key also sends the intent's `client_secret`."""

    payment_method_data: MethodDataOfConfirmation | None = None
    payment_method_options: MethodOptionsAtConfirmation | None = None
    client_context: ClientContext | None = None
    client_secret: Annotated[str | None, Field(max_length=200, repr=False)] = None


class GetPaymentIntent(StripeShape):
    """Retrieve an intent. A publishable key also sends its `client_secret`."""

    client_secret: Annotated[str | None, Field(max_length=200, repr=False)] = None


class _SetupTerms(StripeShape):
    """The terms of a setup intent that can be set when it is created or updated. An empty value clears one."""

    allowed_payment_method_types: Annotated[Types | None, CLEARED] = None
    customer: CustomerId | None = None
    description: Text1000 | Literal[""] | None = None
    excluded_payment_method_types: Annotated[ExcludedTypes | None, CLEARED] = None
    flow_directions: list[Literal["inbound", "outbound"]] | None = None
    metadata: Metadata | Literal[""] | None = None
    payment_method: MethodId | None = None
    payment_method_data: MethodData | None = None
    payment_method_options: SetupMethodOptions | None = None
    payment_method_types: Types | None = None


class CreateSetupIntent(_SetupTerms):
    """Create a setup intent to save a card."""

    automatic_payment_methods: AutomaticMethods | None = None
    confirm: Yes = False
    confirmation_token: ObjectId | None = None
    mandate_data: Annotated[MandateData | None, CLEARED] = None
    return_url: Annotated[str, Field(max_length=2048)] | None = None
    usage: Literal["off_session", "on_session"] = "off_session"
    use_stripe_sdk: Yes | None = None


class UpdateSetupIntent(_SetupTerms):
    """Change the terms of a setup intent. Omitted fields are unchanged."""


class GetSetupIntent(StripeShape):
    """Retrieve a setup intent. A publishable key also sends its `client_secret`."""

    client_secret: Annotated[str | None, Field(max_length=200, repr=False)] = None


class GetPaymentPage(StripeShape):
    """Find a Checkout session's page. Of a session that is shown within a page, a publishable key also sends its
    `client_secret`."""

    client_secret: Annotated[str | None, Field(max_length=200, repr=False)] = None


SessionSecret = Annotated[str | None, Field(max_length=200, repr=False)]


class GetElementsSession(StripeShape):
    """Read what a customer session lets a Payment Element show, by the session's client secret."""

    customer_session_client_secret: SessionSecret = None


class RemoveSavedMethod(StripeShape):
    """Detach a payment method from a customer, as its customer session allows."""

    customer_session_client_secret: SessionSecret = None


class ConfirmSetupIntent(StripeShape):
    """Confirm a setup intent: verify the card with its bank. A publishable key also sends its `client_secret`."""

    allowed_payment_method_types: Types | None = None
    confirmation_token: ObjectId | None = None
    payment_method: MethodId | None = None
    payment_method_data: MethodData | None = None
    payment_method_options: SetupMethodOptions | None = None
    mandate_data: Annotated[MandateData | None, CLEARED] = None
    return_url: Annotated[str, Field(max_length=2048)] | None = None
    use_stripe_sdk: Yes | None = None
    client_context: ClientContext | None = None
    client_secret: Annotated[str | None, Field(max_length=200, repr=False)] = None


class CreateEphemeralKey(StripeShape):
    """Create an ephemeral key, which opens one customer for an hour."""

    customer: CustomerId


class _TokenOfConfirmation(StripeShape):
    """How an intent is confirmed with a token."""

    return_url: Annotated[str, Field(max_length=2048)] | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    shipping: TokenShipping | None = None


class SourceTyped(Nested):
    """The card of a source by number, which is not stored."""

    number: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{12,19}$"), Field(repr=False)] = None
    exp_month: Annotated[Whole, Field(ge=1, le=12)] | None = None
    exp_year: Annotated[Whole, Field(ge=0, le=2200)] | None = None
    cvc: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{3,4}$"), Field(repr=False)] = None


class SourceOwner(BillingDetails):
    """Whose card it is. A payment method has these details as its billing details."""


def _source_type(name: str) -> str:
    if name in OTHER_SOURCE_TYPES:
        raise PydanticCustomError("not_simulated", "this sandbox simulates only `card`")
    if name != "card":
        raise PydanticCustomError("source_type_invalid", "this is not a source type of Stripe's")
    return name


class CreateSource(StripeShape):
    """Create a source of a card, by its number or by a token, of which the card's data are then."""

    type: Annotated[Annotated[str, Field(max_length=64)], AfterValidator(_source_type)]
    card: SourceTyped | None = None
    token: Annotated[ObjectId, Field(min_length=1)] | None = None
    currency: Currency | None = None
    flow: Literal["none"] | None = None
    metadata: Metadata | None = None
    owner: SourceOwner | None = None
    usage: Literal["reusable"] | None = None


class UpdateSource(StripeShape):
    """Update whose source it is, or its metadata."""

    metadata: Metadata | Literal[""] | None = None
    owner: SourceOwner | None = None


class GetSource(StripeShape):
    """Retrieve a source. A publishable key requires its client secret."""

    client_secret: Annotated[str | None, Field(max_length=128, repr=False)] = None


class CreateConfirmationToken(_TokenOfConfirmation):
    """Create a confirmation token, as a page does, of a payment method or of a card."""

    payment_method: MethodId | None = None
    payment_method_data: MethodData | None = None


class GrantedLimits(Nested):
    """How much of a shared payment token can be captured, and until when (Unix seconds) it can be used."""

    currency: Currency
    max_amount: Amount
    expires_at: Annotated[Whole, Field(ge=0)] | None = None


class CreateGrantedToken(StripeShape):
    """Create a shared payment token, as an agent grants one."""

    payment_method: MethodId
    usage_limits: GrantedLimits
    customer: CustomerId | None = None
    shared_metadata: Metadata | Literal[""] | None = None


class RevokeGrantedToken(StripeShape):
    """Revoke a shared payment token, as its agent does."""


class CreateConfirmationTokenOfPage(_TokenOfConfirmation):
    """Create a confirmation token on a page: of a card, or of one that its customer session shows."""

    client_context: ClientContext | None = None
    customer_session_client_secret: SessionSecret = None
    payment_method: MethodId | None = None
    payment_method_data: MethodData | None = None


class CancelSetupIntent(StripeShape):
    """Cancel a setup intent that is open."""

    cancellation_reason: Literal["abandoned", "duplicate", "requested_by_customer"] | None = None


class CapturePaymentIntent(StripeShape):
    """Capture all or part of an authorization. If not final, the rest can still be captured.

    `amount` is `amount_to_capture` by the name that a charge has for it. Stripe documents it for charges only:
    WooCommerce's plugin sends it for intents too (woocommerce-gateway-stripe, `capture_payment`).
    """

    amount: Amount | None = None
    amount_to_capture: Amount | None = None
    final_capture: Yes = True
    metadata: Metadata | Literal[""] | None = None
    statement_descriptor: Suffix | None = None
    statement_descriptor_suffix: Annotated[Suffix | None, STORED_ONLY] = None
    application_fee_amount: Amount | None = None
    transfer_data: TransferAmount | None = None


class IncrementAuthorization(StripeShape):
    """Hold more for an authorization that is completely uncaptured. The amount is the new total."""

    amount: Amount
    description: Text1000 | Literal[""] | None = None
    metadata: Metadata | Literal[""] | None = None
    statement_descriptor: Suffix | None = None


class CancelPaymentIntent(StripeShape):
    """Cancel an intent, and void its authorization if it has one."""

    cancellation_reason: Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"] | None = None


class CreatePaymentMethod(StripeShape):
    """Create a payment method. The card is stored without its number.

    `payment_method`, with the `customer` that it is attached to, is one of the platform's to clone to the account that
    the request is for, instead of a card.
    """

    type: Literal["card"] | None = None
    card: CardTyped | None = None
    customer: CustomerId | None = None
    payment_method: MethodId | None = None
    allow_redisplay: AllowRedisplay | None = None
    billing_details: BillingDetails | None = None
    metadata: Metadata | None = None
    radar_options: Annotated[RadarOptions | None, WITHOUT_EFFECT] = None

    @model_validator(mode="after")
    def _check_card(self) -> Self:
        needed = () if self.payment_method else ("payment_method",) if self.customer else ("type", "card")
        absent = next((name for name in needed if getattr(self, name) is None), None)
        if absent:
            raise ValidationError.from_exception_data(absent, [{"type": "missing", "loc": (absent,), "input": {}}])
        return self


class CardUpdated(Nested):
    """The fields of a card that can be updated."""

    exp_month: Annotated[Whole, Field(ge=1, le=12)] | None = None
    exp_year: Annotated[Whole, Field(ge=0, le=2200)] | None = None


class UpdatePaymentMethod(StripeShape):
    """Update a customer's payment method."""

    allow_redisplay: AllowRedisplay | None = None
    billing_details: BillingDetails | None = None
    card: CardUpdated | None = None
    metadata: Metadata | Literal[""] | None = None


class AttachPaymentMethod(StripeShape):
    """Attach a payment method to a customer."""

    customer: CustomerId


class DetachPaymentMethod(StripeShape):
    """Detach a payment method from its customer."""


class SourceCard(TokenCard):
    """A card by number, which is not stored. Its name and its address are stored."""

    object: Literal["card"]


def _form_of_source(source: object) -> str:
    return "by number" if isinstance(source, dict | SourceCard) else "by token"


class CreateCustomerSource(StripeShape):
    """Save a card for a customer, by its token or its number."""

    source: Annotated[
        Annotated[MethodId, Tag("by token")] | Annotated[SourceCard, Tag("by number")], Discriminator(_form_of_source)
    ]
    metadata: Metadata | None = None


class BankAccountSent(Nested):
    """A bank account by its number, which has to be that of a published test account."""

    object: Literal["bank_account"]
    account_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,17}$"), Field(repr=False)]
    routing_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
    country: Literal["US"]
    currency: Currency | None = None
    account_holder_name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    account_holder_type: Literal["company", "individual"] | None = None


def _form_of_account(account: object) -> str:
    return "by number" if isinstance(account, dict | BankAccountSent) else "by token"


ExternalAccount = Annotated[
    Annotated[MethodId, Tag("by token")] | Annotated[BankAccountSent, Tag("by number")],
    Discriminator(_form_of_account),
]
"""A bank account that an account is paid out to: by one of Stripe's published tokens, or by its number."""


class CreateExternalAccount(StripeShape):
    """Add an external account."""

    external_account: ExternalAccount
    default_for_currency: Yes | None = None
    metadata: Metadata | None = None


class UpdateExternalAccount(StripeShape):
    """Update an external account. Omitted fields are unchanged, an empty one is cleared."""

    account_holder_name: Annotated[str, Field(max_length=100)] | None = None
    account_holder_type: Literal["company", "individual", ""] | None = None
    account_type: Literal["checking", "futsu", "savings", "toza"] | None = None
    default_for_currency: Yes | None = None
    metadata: Metadata | Literal[""] | None = None


class UpdateCapability(StripeShape):
    """Request a capability, or no longer."""

    requested: Yes | None = None


RejectReason = Literal[
    "credit",
    "fraud",
    "fraud_no_intent_to_fulfill",
    "fraud_other",
    "fraud_payment_method_casher",
    "fraud_payment_method_tester",
    "other",
    "terms_of_service",
]
"""Each version has some of them (`connect/rejection.py`)."""


class RejectAccount(StripeShape):
    """Reject an account."""

    reason: RejectReason


class ValidatePaymentMethodDomain(StripeShape):
    """Check a payment method domain again."""


class CreateLoginLink(StripeShape):
    """Create a link to the dashboard of an account."""


class CreateOAuthToken(StripeShape):
    """Exchange an authorization code for the account that was connected. A refresh token is never given."""

    assert_capabilities: list[Annotated[str, Field(max_length=64)]] | None = None
    client_secret: Annotated[str, Field(max_length=200)] | None = None
    code: Annotated[str, Field(min_length=1, max_length=200)]
    grant_type: Literal["authorization_code"]


class DeauthorizeAccount(StripeShape):
    """Disconnect an account from the platform."""

    client_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    client_secret: Annotated[str, Field(max_length=200)] | None = None
    stripe_user_id: Annotated[str, Field(min_length=1, max_length=64)]


class UpdateCustomerSource(StripeShape):
    """Update a customer's card. Omitted fields are unchanged, an empty one is cleared."""

    address_city: Text5000 | Literal[""] | None = None
    address_country: Text5000 | Literal[""] | None = None
    address_line1: Text5000 | Literal[""] | None = None
    address_line2: Text5000 | Literal[""] | None = None
    address_state: Text5000 | Literal[""] | None = None
    address_zip: Text5000 | Literal[""] | None = None
    exp_month: Annotated[Whole, Field(ge=1, le=12)] | None = None
    exp_year: Annotated[Whole, Field(ge=0, le=2200)] | None = None
    metadata: Metadata | Literal[""] | None = None
    name: Text5000 | Literal[""] | None = None


class TaxIdData(Nested):
    """A tax ID of a customer. Its value is stored as it is sent: its form is not checked."""

    type: TaxIdType
    value: Annotated[str, Field(min_length=1, max_length=100)]


class CreateCustomerTaxId(StripeShape):
    """Create a tax ID of a customer, as `TaxIdData` describes one."""

    type: TaxIdType
    value: Annotated[str, Field(min_length=1, max_length=100)]


class CreateTransfer(StripeShape):
    """Send funds to a connected account. A charge that is named as the source must have captured the amount."""

    amount: Amount
    currency: Currency
    destination: Annotated[str, Field(min_length=1, max_length=64)]
    description: Text5000 | None = None
    metadata: Metadata | None = None
    source_transaction: ObjectId | None = None
    source_type: Literal["card"] | None = None
    transfer_group: Annotated[Text5000 | None, STORED_ONLY] = None


class CreateTransferReversal(StripeShape):
    """Take funds of a transfer back, by default all that are left. The description is stored, as Stripe shows none."""

    amount: Amount | None = None
    description: Text5000 | None = None
    metadata: Metadata | Literal[""] | None = None
    refund_application_fee: Never | None = None


class UpdateTransferReversal(StripeShape):
    """Change the metadata of a reversal."""

    metadata: Metadata | Literal[""] | None = None


class CreateFeeRefund(StripeShape):
    """Refund an application fee to the account that it was taken from, by default all that is left."""

    amount: Amount | None = None
    metadata: Metadata | Literal[""] | None = None


class UpdateFeeRefund(StripeShape):
    """Change the metadata of a refund of an application fee."""

    metadata: Metadata | Literal[""] | None = None


class CreatePayout(StripeShape):
    """Pay funds out to a bank account."""

    amount: Amount
    currency: Currency
    description: Text5000 | None = None
    metadata: Metadata | None = None
    method: Literal["instant", "standard"] = "standard"
    source_type: Literal["card"] | None = None
    statement_descriptor: Annotated[str, Field(min_length=1, max_length=22)] | None = None


class CancelPayout(StripeShape):
    """Cancel a payout that is pending."""


class RefundCharge(StripeShape):
    """Refund captured money of a charge, and return its part of what the charge shared."""

    payment_intent: ObjectId | None = None
    amount: Amount | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata | Literal[""] | None = None
    refund_application_fee: Yes | None = None
    reverse_transfer: Yes | None = None


class UpdateRefund(StripeShape):
    """Change the metadata of a refund."""

    metadata: Metadata | Literal[""] | None = None


class CancelRefund(StripeShape):
    """Cancel a refund that requires an action."""


_Evidence = Annotated[str | None, Field(max_length=150_000, repr=False)]
_EvidenceText = Annotated[str | None, Field(max_length=20_000, repr=False)]


class DisputeEvidence(Nested):
    """Evidence of a dispute. An empty text clears a field. A file is named by any ID.

    Files are not simulated: /docs/reference/stripe-coverage#no-files
    """

    access_activity_log: _EvidenceText = None
    billing_address: _Evidence = None
    cancellation_policy: _Evidence = None
    cancellation_policy_disclosure: _EvidenceText = None
    cancellation_rebuttal: _EvidenceText = None
    customer_communication: _Evidence = None
    customer_email_address: _Evidence = None
    customer_name: _Evidence = None
    customer_purchase_ip: _Evidence = None
    customer_signature: _Evidence = None
    duplicate_charge_documentation: _Evidence = None
    duplicate_charge_explanation: _EvidenceText = None
    duplicate_charge_id: _Evidence = None
    product_description: _EvidenceText = None
    receipt: _Evidence = None
    refund_policy: _Evidence = None
    refund_policy_disclosure: _EvidenceText = None
    refund_refusal_explanation: _EvidenceText = None
    service_date: _Evidence = None
    service_documentation: _Evidence = None
    shipping_address: _Evidence = None
    shipping_carrier: _Evidence = None
    shipping_date: _Evidence = None
    shipping_documentation: _Evidence = None
    shipping_tracking_number: _Evidence = None
    uncategorized_file: _Evidence = None
    uncategorized_text: _EvidenceText = None


class UpdateDispute(StripeShape):
    """Collect evidence of a dispute and submit it, or change its metadata. Without `submit`, evidence is submitted."""

    evidence: DisputeEvidence | None = None
    metadata: Metadata | Literal[""] | None = None
    submit: Yes | None = None


class CloseDispute(StripeShape):
    """Accept a dispute, which is lost."""


class ExpireRefund(StripeShape):
    """Expire a refund that requires an action."""


class FraudDetails(Nested):
    """The merchant's own judgement of a charge."""

    user_report: Literal["safe", "fraudulent", ""] | None = None


class CreateCharge(StripeShape):
    """Charge a card: by its token or source, or a customer's, its default or the one that is named."""

    amount: Amount
    currency: Currency
    customer: CustomerId | None = None
    source: ObjectId | None = None
    capture: Yes = True
    description: Text1000 | Literal[""] | None = None
    metadata: Metadata | Literal[""] | None = None
    receipt_email: Annotated[Email | None, STORED_ONLY] = None
    shipping: Annotated[Shipping | None, CLEARED, STORED_ONLY] = None
    statement_descriptor: Suffix | None = None
    statement_descriptor_suffix: Annotated[Suffix | None, STORED_ONLY] = None
    transfer_group: Annotated[Text5000 | None, STORED_ONLY] = None
    application_fee_amount: Amount | None = None
    on_behalf_of: Annotated[ObjectId | None, STORED_ONLY] = None
    radar_options: Annotated[RadarOptions | None, WITHOUT_EFFECT] = None
    transfer_data: TransferData | None = None


class CaptureCharge(StripeShape):
    """Capture all or part of a charge that was created with `capture=false`. The rest is released."""

    amount: Amount | None = None
    receipt_email: Annotated[Email | None, STORED_ONLY] = None
    statement_descriptor: Suffix | None = None
    statement_descriptor_suffix: Annotated[Suffix | None, STORED_ONLY] = None
    transfer_group: Annotated[Text5000 | None, STORED_ONLY] = None
    application_fee_amount: Amount | None = None
    transfer_data: TransferAmount | None = None


class UpdateCharge(StripeShape):
    """Change what is noted on a charge. Omitted fields are unchanged."""

    description: Text500 | Literal[""] | None = None
    metadata: Metadata | Literal[""] | None = None
    receipt_email: Annotated[Email | None, STORED_ONLY] = None
    fraud_details: FraudDetails | None = None


class Retrieve(StripeShape):
    """Retrieve an object."""


class CreateRefund(RefundCharge):
    """Refund captured money, by charge or by intent."""

    charge: ObjectId | None = None


Created = Annotated[Whole, Field(ge=0)]


class CreatedSpan(Nested):
    """A range in Unix seconds."""

    gt: Created | None = None
    gte: Created | None = None
    lt: Created | None = None
    lte: Created | None = None

    def has(self, at: int | None) -> bool:
        """Whether a time is in it. None is in no range."""
        return (
            at is not None
            and (self.gt is None or at > self.gt)
            and (self.gte is None or at >= self.gte)
            and (self.lt is None or at < self.lt)
            and (self.lte is None or at <= self.lte)
        )


def _span(value: Any) -> Any:
    return {"gte": value, "lte": value} if isinstance(value, str) else value


Span = Annotated[CreatedSpan, BeforeValidator(_span)]
"""A range, or one second."""


class ListCapabilities(Listed):
    """List the capabilities of an account: all of them."""


class Listing(Listed):
    """A page of objects, newest first: `limit` of them after or before the one named."""

    limit: Limit = 10
    starting_after: ObjectId | None = None
    ending_before: ObjectId | None = None


class ListingByTime(Listing):
    """A page of objects created in a range of time."""

    created: Annotated[CreatedSpan | None, BeforeValidator(_span)] = None


class ListPaymentIntents(ListingByTime):
    """List intents, of one customer or all."""

    customer: CustomerId | None = None


class ListSetupAttempts(ListingByTime):
    """List the attempts of a setup intent."""

    setup_intent: ObjectId


class ListCustomerPaymentMethods(Listing):
    """List the payment methods of a customer."""

    allow_redisplay: AllowRedisplay | None = None
    type: MethodType | None = None


class ListCustomerSources(Listing):
    """List the sources of a customer: all, or those of a type, of which `card` and `source` are simulated."""

    object: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ListCustomerTaxIds(Listing):
    """List the tax IDs of a customer."""


class ListExternalAccounts(Listing):
    """List the external accounts of an account."""

    object: Literal["bank_account", "card"] | None = None


class ListTransferReversals(Listing):
    """List the reversals of a transfer."""


class ListFeeRefunds(Listing):
    """List the refunds of an application fee."""


class ListProductFeatures(Listing):
    """List the features of a product."""


class ExpireCheckoutSession(StripeShape):
    """Expire an open session."""


class ListCheckoutLineItems(Listing):
    """List the line items of a session."""


class ListPaymentMethods(ListCustomerPaymentMethods):
    """List payment methods, of the customer that is named or all."""

    customer: CustomerId | None = None


class ListCharges(ListingByTime):
    """List charges, of one intent, of one customer or all."""

    customer: CustomerId | None = None
    payment_intent: ObjectId | None = None


class ListChargeRefunds(Listing):
    """List the refunds of the charge in the path."""


class ListRefunds(ListingByTime):
    """List refunds, of one charge, of one intent or all."""

    charge: ObjectId | None = None
    payment_intent: ObjectId | None = None


class ListDisputes(ListingByTime):
    """List disputes, of one charge, of one intent or all."""

    charge: ObjectId | None = None
    payment_intent: ObjectId | None = None


class ListEarlyFraudWarnings(ListingByTime):
    """List early fraud warnings, of one charge, of one intent or all."""

    charge: ObjectId | None = None
    payment_intent: ObjectId | None = None


class ListBalanceTransactions(ListingByTime):
    """List balance transactions: of one source, of one payout, of a type or a currency, or all."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")] | None = None
    payout: ObjectId | None = None
    source: ObjectId | None = None
    type: Annotated[str | None, Field(max_length=64)] = None


class Search(Listed):
    """Find objects by a query, newest first. `page` is `next_page` of the page before."""

    query: Annotated[str, Field(max_length=MAX_QUERY)]
    limit: Limit = 10
    page: Annotated[str | None, Field(max_length=500)] = None

    @property
    def expanded_paths(self) -> tuple[str, ...]:
        """As of a list. The number of all matches can be expanded too, which leads into no object."""
        return expand_of_list([path for path in self.expand if path != TOTAL_COUNT])


class ListStripeEvents(ListingByTime):
    """List events. A type may end in `*` (`charge.*`)."""

    type: Annotated[str | None, Field(max_length=64)] = None
    types: Annotated[list[Annotated[str, Field(max_length=64)]] | None, Field(max_length=20)] = None


EnabledEvents = Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=300)]
EndpointUrl = Annotated[str, Field(max_length=2048)]


class CreateWebhookEndpoint(StripeShape):
    """Create an endpoint that receives events in Stripe's format."""

    url: EndpointUrl
    enabled_events: EnabledEvents
    description: Text500 | Literal[""] | None = None
    metadata: Metadata | None = None
    api_version: Annotated[str | None, Field(max_length=40)] = None
    connect: Yes | None = None


class UpdateWebhookEndpoint(StripeShape):
    """Update an endpoint. Omitted fields are unchanged."""

    url: EndpointUrl | None = None
    enabled_events: EnabledEvents | None = None
    description: Text500 | Literal[""] | None = None
    metadata: Metadata | Literal[""] | None = None
    disabled: Yes | None = None


class ListWebhookEndpoints(Listing):
    """List endpoints."""
