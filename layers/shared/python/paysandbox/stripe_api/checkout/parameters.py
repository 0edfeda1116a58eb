# pyright: standard
"""The parameters of a Checkout session. Source: Stripe, "Checkout Sessions" (API reference), and its SDKs' types.

Tax, files and what a dashboard's settings decide are not simulated: their parameters are
refused, or take the one value that asks for nothing.
"""

from typing import Annotated, Final, Literal

from pydantic import Field as Limits

from paysandbox.stripe_api.billing.parameters import MAX_ITEMS as MAX_PLANS, BillingMode, Time, TrialSettings
from paysandbox.stripe_api.requests import (
    CLEARED,
    WITHOUT_EFFECT,
    Amount,
    IfAvailable,
    Metadata,
    Nested,
    Never,
    ObjectId,
    Suffix,
    TransferData,
    Whole,
    Yes,
)
from paysandbox.stripe_api.resources.customers import InvoiceField
from paysandbox.stripe_api.resources.price_data import (
    LowerCurrency,
    Recurring,
    TaxBehavior,
    UnitAmount,
    UnitAmountDecimal,
)
from paysandbox.stripe_api.resources.shipping_rates import DeliveryEstimate, FixedAmount

MAX_ITEMS: Final = 100
"""Line items of a session ("Checkout Sessions", line_items, mode payment)."""

MAX_SHIPPING_OPTIONS: Final = 5
MAX_CUSTOM_FIELDS: Final = 3

Text12 = Annotated[str, Limits(min_length=1, max_length=12)]
Text40 = Annotated[str, Limits(min_length=1, max_length=40)]
Text50 = Annotated[str, Limits(min_length=1, max_length=50)]
Text64 = Annotated[str, Limits(min_length=1, max_length=64)]
Text100 = Annotated[str, Limits(min_length=1, max_length=100)]
Text140 = Annotated[str, Limits(min_length=1, max_length=140)]
Text254 = Annotated[str, Limits(min_length=1, max_length=254)]
Text255 = Annotated[str, Limits(min_length=1, max_length=255)]
Text800 = Annotated[str, Limits(min_length=1, max_length=800)]
Text1000 = Annotated[str, Limits(min_length=1, max_length=1000)]
Text1200 = Annotated[str, Limits(min_length=1, max_length=1200)]
Text1500 = Annotated[str, Limits(min_length=1, max_length=1500)]
Text2048 = Annotated[str, Limits(min_length=1, max_length=2048)]
Text5000 = Annotated[str, Limits(min_length=1, max_length=5000)]

Quantity = Annotated[Whole, Limits(ge=0, le=999_999)]


class AdjustableQuantity(Nested):
    """Whether the payer can change the quantity of an item, and between which values."""

    enabled: Yes
    maximum: Annotated[Whole, Limits(ge=1, le=999_999)] | None = None
    minimum: Annotated[Whole, Limits(ge=0, le=999_999)] | None = None


class ItemProduct(Nested):
    """The product of an item that is no product yet. It is created with the session, and is not active."""

    name: Text5000
    description: Text5000 | None = None
    images: Annotated[list[Text2048], Limits(max_length=8)] | None = None
    metadata: Metadata | None = None
    tax_code: Text64 | None = None
    unit_label: Text12 | None = None


class ItemPrice(Nested):
    """The price of an item that is no price yet. It is created with the session, and is not active."""

    currency: LowerCurrency
    product: ObjectId | None = None
    product_data: ItemProduct | None = None
    recurring: Recurring | None = None
    tax_behavior: TaxBehavior | None = None
    unit_amount: UnitAmount | None = None
    unit_amount_decimal: UnitAmountDecimal | None = None


class _Sold(Nested):
    """What is sold."""

    price: ObjectId | None = None
    price_data: ItemPrice | None = None
    quantity: Quantity | None = None
    adjustable_quantity: AdjustableQuantity | None = None


class LineItem(_Sold):
    """An item of a new session."""

    metadata: Metadata | None = None


class LineItemUpdate(_Sold):
    """An item of an open session: one that it has, by its ID, or a new one. An empty metadata removes all."""

    id: ObjectId | None = None
    metadata: Metadata | Literal[""] | None = None


class ShippingRateData(Nested):
    """A shipping rate that is created with the session."""

    display_name: Text100
    type: Literal["fixed_amount"] | None = None
    fixed_amount: FixedAmount | None = None
    delivery_estimate: DeliveryEstimate | None = None
    metadata: Metadata | None = None
    tax_behavior: TaxBehavior | None = None
    tax_code: Text64 | None = None


class ShippingOption(Nested):
    """A shipping rate that the payer can choose."""

    shipping_rate: ObjectId | None = None
    shipping_rate_data: ShippingRateData | None = None


class Discount(Nested):
    """A coupon or a promotion code."""

    coupon: ObjectId | None = None
    promotion_code: ObjectId | None = None


class CustomLabel(Nested):
    """The label of a field."""

    custom: Text50
    type: Literal["custom"]


class DropdownOption(Nested):
    """A choice."""

    label: Text100
    value: Annotated[str, Limits(pattern=r"^[A-Za-z0-9]{1,100}$")]


class Dropdown(Nested):
    """A choice among options."""

    default_value: Text100 | None = None
    options: Annotated[list[DropdownOption], Limits(min_length=1, max_length=200)]


class TypedText(Nested):
    """A text, or one of digits."""

    default_value: Text255 | None = None
    maximum_length: Annotated[Whole, Limits(ge=1, le=255)] | None = None
    minimum_length: Annotated[Whole, Limits(ge=1, le=255)] | None = None


class CustomField(Nested):
    """A field that the page asks for."""

    dropdown: Dropdown | None = None
    key: Annotated[str, Limits(pattern=r"^[A-Za-z0-9_-]{1,200}$")]
    label: CustomLabel
    numeric: TypedText | None = None
    optional: Yes | None = None
    text: TypedText | None = None
    type: Literal["dropdown", "numeric", "text"]


class CustomMessage(Nested):
    """A text of the merchant's on the page."""

    message: Text1200


class CustomText(Nested):
    """The merchant's texts on the page."""

    after_submit: Annotated[CustomMessage | None, CLEARED] = None
    shipping_address: Annotated[CustomMessage | None, CLEARED] = None
    submit: Annotated[CustomMessage | None, CLEARED] = None
    terms_of_service_acceptance: Annotated[CustomMessage | None, CLEARED] = None


class ReuseAgreement(Nested):
    """Whether the page says how a saved card is used."""

    position: Literal["auto", "hidden"]


class ConsentCollection(Nested):
    """What the payer agrees to."""

    payment_method_reuse_agreement: ReuseAgreement | None = None
    promotions: Literal["none"] | None = None
    terms_of_service: Literal["none", "required"] | None = None


class CustomerUpdate(Nested):
    """What of the session its customer takes over."""

    address: Literal["auto", "never"] | None = None
    name: Literal["auto", "never"] | None = None
    shipping: Literal["auto", "never"] | None = None


class InvoiceRendering(Nested):
    """How the invoice shows amounts."""

    amount_tax_display: Literal["exclude_tax", "include_inclusive_tax", ""] | None = None


class InvoiceData(Nested):
    """What the invoice says. Stored and shown."""

    custom_fields: Annotated[Annotated[list[InvoiceField], Limits(max_length=4)] | None, CLEARED] = None
    description: Text1500 | None = None
    footer: Text5000 | None = None
    metadata: Metadata | None = None
    rendering_options: Annotated[InvoiceRendering | None, CLEARED] = None


class InvoiceCreation(Nested):
    """An invoice for the payment. It is stored and shown, and Checkout creates none yet."""

    enabled: Yes
    invoice_data: InvoiceData | None = None


class PayerAddress(Nested):
    """An address to ship to."""

    city: Text5000 | None = None
    country: Text5000 | None = None
    line1: Text5000
    line2: Text5000 | None = None
    postal_code: Text5000 | None = None
    state: Text5000 | None = None


class PaymentShipping(Nested):
    """To whom and where to ship, known before the page is shown."""

    address: PayerAddress
    name: Text5000
    carrier: Text5000 | None = None
    phone: Text5000 | None = None
    tracking_number: Text5000 | None = None


class PaymentIntentData(Nested):
    """What the payment intent has."""

    capture_method: Literal["automatic", "automatic_async", "manual"] | None = None
    description: Text1000 | None = None
    metadata: Metadata | None = None
    receipt_email: Text254 | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    shipping: PaymentShipping | None = None
    statement_descriptor: Suffix | None = None
    statement_descriptor_suffix: Suffix | None = None
    transfer_group: Text5000 | None = None
    application_fee_amount: Amount | None = None
    on_behalf_of: ObjectId | None = None
    transfer_data: TransferData | None = None


class PaymentIntentUpdate(Nested):
    """What the payment intent of an open session has from now on. An empty value removes one."""

    description: Text1000 | Literal[""] | None = None
    metadata: Metadata | Literal[""] | None = None
    setup_future_usage: Literal["off_session", "on_session", ""] | None = None
    statement_descriptor: Suffix | None = None
    statement_descriptor_suffix: Suffix | None = None


class SubscriptionPlan(Nested):
    """What a subscription is made of in versions before 2022-08-01, which need no line items for it."""

    plan: ObjectId
    quantity: Quantity | None = None


class SubscriptionData(Nested):
    """What the subscription has, and its trial. `trial_from_plan`: the trial is that of the first price."""

    billing_mode: BillingMode | None = None
    description: Annotated[str, Limits(max_length=500)] | None = None
    items: Annotated[list[SubscriptionPlan], Limits(min_length=1, max_length=MAX_PLANS)] | None = None
    metadata: Metadata | None = None
    proration_behavior: Annotated[Literal["create_prorations", "none"] | None, WITHOUT_EFFECT] = None
    trial_end: Time | None = None
    trial_from_plan: Yes | None = None
    trial_period_days: Annotated[Whole, Limits(ge=1, le=730)] | None = None
    trial_settings: TrialSettings | None = None


class SetupIntentData(Nested):
    """What the setup intent has."""

    description: Text1000 | None = None
    metadata: Metadata | None = None


class SessionCardOptions(Nested):
    """Options for paying by card."""

    capture_method: Literal["manual"] | None = None
    request_extended_authorization: IfAvailable | None = None
    request_incremental_authorization: IfAvailable | None = None
    request_multicapture: Literal["if_available"] | None = None
    request_overcapture: IfAvailable | None = None
    request_three_d_secure: Literal["any", "automatic", "challenge"] | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None


class SessionMethodOptions(Nested):
    """Options by type of payment method."""

    card: SessionCardOptions | None = None


class Switch(Nested):
    """Whether the page asks for something, or offers it."""

    enabled: Yes


class Off(Nested):
    """A feature that can only be left off."""

    enabled: Never


class TaxIdCollection(Nested):
    """Whether the page asks for a business's tax ID."""

    enabled: Yes
    required: Literal["if_supported", "never"] = "never"


class ShippingAddressCollection(Nested):
    """The countries to which the merchant ships."""

    allowed_countries: Annotated[
        list[Annotated[str, Limits(pattern=r"^[A-Z]{2}$")]], Limits(min_length=1, max_length=300)
    ]


class ChosenShipping(Nested):
    """To whom and where to ship, as the merchant's page has collected it."""

    address: PayerAddress
    name: Text5000


class CollectedInformation(Nested):
    """What the merchant's page has collected."""

    shipping_details: ChosenShipping | None = None


class PageMethodData(Nested):
    """Of the payment method."""

    allow_redisplay: Literal["always", "limited", "unspecified"] | None = None


class SavedMethodOptions(Nested):
    """How saved cards are shown and saved. The page shows none, and saves none by the payer's choice."""

    allow_redisplay_filters: list[Literal["always", "limited", "unspecified"]] | None = None
    payment_method_remove: Literal["disabled"] | None = None
    payment_method_save: Literal["disabled"] | None = None


class LinkWallet(Nested):
    """Whether Link is shown. It is not."""

    display: Literal["auto", "never"] | None = None


class WalletOptions(Nested):
    """Options of wallets."""

    link: LinkWallet | None = None


class PayerFilter(Nested):
    """Of a list: sessions of the payer with this address."""

    email: Text800
