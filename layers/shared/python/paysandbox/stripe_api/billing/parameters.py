"""The parameters of the routes of billing that the kit does not make of a resource's fields."""

from typing import Annotated, Final, Literal

from pydantic import Field as Limits

from paysandbox.stripe_api.requests import (
    CLEARED,
    WITHOUT_EFFECT,
    Listing,
    Metadata,
    Nested,
    ObjectId,
    StripeShape,
    Whole,
    Yes,
)
from paysandbox.stripe_api.resources.price_data import (
    LowerCurrency,
    Recurring,
    TaxBehavior,
    UnitAmount,
    UnitAmountDecimal,
)

Time = Annotated[Whole, Limits(ge=0, le=9_999_999_999)]
"""Unix seconds."""
Quantity = Annotated[Whole, Limits(ge=0, le=999_999)]
DaysUntilDue = Annotated[Whole, Limits(ge=0, le=730)]
MAX_ITEMS: Final = 20
"""Of a subscription."""

CollectionMethod = Literal["charge_automatically", "send_invoice"]


class AutomaticTax(Nested):
    """Automatic tax. Taxes are not simulated: /docs/reference/stripe-coverage#no-tax"""

    enabled: Yes


class Period(Nested):
    """A period in Unix seconds."""

    start: Time
    end: Time


class PriceDataOfItem(Nested):
    """The price of an invoice item, for a product."""

    currency: LowerCurrency
    product: ObjectId
    tax_behavior: TaxBehavior | None = None
    unit_amount: UnitAmount | None = None
    unit_amount_decimal: UnitAmountDecimal | None = None


class PriceDataOfSubscription(PriceDataOfItem):
    """The price of a subscription's item, for a product."""

    recurring: Recurring


class Pricing(Nested):
    """The price of an invoice item."""

    price: ObjectId | None = None


class CustomField(Nested):
    """A field of an invoice."""

    name: Annotated[str, Limits(min_length=1, max_length=40)]
    value: Annotated[str, Limits(min_length=1, max_length=140)]


class EndBehavior(Nested):
    """What happens at the end of a trial without a payment method: an invoice is created all the same."""

    missing_payment_method: Literal["create_invoice"]


class TrialSettings(Nested):
    """The settings of a trial."""

    end_behavior: EndBehavior


class PaymentSettings(Nested):
    """How the invoices of a subscription are paid."""

    payment_method_types: Annotated[list[Literal["card", "link"]] | None, CLEARED] = None
    save_default_payment_method: Literal["off", "on_subscription"] | None = None


class SubscriptionItemData(Nested):
    """An item of a new subscription."""

    metadata: Metadata | None = None
    plan: ObjectId | None = None
    price: ObjectId | None = None
    price_data: PriceDataOfSubscription | None = None
    quantity: Quantity | None = None


class CancellationDetails(Nested):
    """Why a subscription was canceled."""

    comment: Annotated[str, Limits(max_length=5000)] | None = None
    feedback: (
        Literal[
            "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
            "too_expensive", "unused", "",
        ]
        | None
    ) = None  # fmt: skip


class AddedItem(Nested):
    """An item of the first invoice beside those of the subscription."""

    price: ObjectId | None = None
    price_data: PriceDataOfItem | None = None
    quantity: Quantity | None = None


class BillingMode(Nested):
    """How prorations are computed. Stored and shown: there are none yet."""

    type: Literal["classic", "flexible"]


TrialEnd = Literal["now", ""] | Time


class CancelSubscription(StripeShape):
    """Cancel a subscription at once."""

    cancellation_details: CancellationDetails | None = None
    invoice_now: Annotated[Literal["false"] | None, WITHOUT_EFFECT] = None
    prorate: Annotated[Literal["false"] | None, WITHOUT_EFFECT] = None


class FinalizeInvoice(StripeShape):
    """Finalize a draft."""

    auto_advance: Yes | None = None


class PayInvoice(StripeShape):
    """Pay an invoice."""

    forgive: Annotated[Yes | None, WITHOUT_EFFECT] = None
    off_session: Yes | None = None
    paid_out_of_band: Yes | None = None
    payment_method: ObjectId | None = None
    source: ObjectId | None = None


class ChangeInvoice(StripeShape):
    """Void an invoice, mark it as uncollectible, or send it."""


class ListInvoiceLines(Listing):
    """List the lines of an invoice."""


class InvoicePaymentFilter(Nested):
    """Of a list: the payment of this intent."""

    type: Literal["payment_intent"]
    payment_intent: ObjectId | None = None


class ListInvoicePayments(Listing):
    """List the payments of an invoice, or of an intent."""

    invoice: ObjectId | None = None
    payment: InvoicePaymentFilter | None = None
    status: Literal["canceled", "open", "paid"] | None = None


class ListSubscriptionItems(Listing):
    """List the items of a subscription."""

    subscription: ObjectId
