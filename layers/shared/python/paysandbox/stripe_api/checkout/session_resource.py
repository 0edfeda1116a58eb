# pyright: standard
"""Checkout sessions: what a payer pays, or the card that they save, on a page. Source: Stripe, "Checkout Sessions".

A session is complete or expired by one write of it; what its payment intent has done is in the ledger. The write that
completes one in mode `subscription` creates the subscription and its first invoice.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.aws.resources import LEDGER, READ_HASHING_KEYS, STRIPE_OBJECTS, Grant
from paysandbox.aws.settings import AcceptanceSettings, BillingSettings, ReferenceSettings
from paysandbox.core.errors import Code
from paysandbox.http.answer import Body
from paysandbox.stripe_api.billing.parameters import AutomaticTax
from paysandbox.stripe_api.checkout import parameters
from paysandbox.stripe_api.checkout.line_item import (
    LINE_ITEMS,
    SHIPPING_OPTIONS,
    SHOWN,
    line_items,
    line_items_list,
    prices_of,
)
from paysandbox.stripe_api.checkout.rules import (
    EXPIRES_AT,
    INVOICE,
    MODE,
    PAYMENT_INTENT,
    SETUP_INTENT,
    SUBSCRIPTION,
    SUBSCRIPTION_DATA,
    events_of,
)
from paysandbox.stripe_api.checkout.shown import CLIENT_SECRET, UI_MODE, shown
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.requests import (
    CustomerId,
    ExcludedTypes,
    ExpireCheckoutSession,
    ListCheckoutLineItems,
    ObjectId,
    Types,
    Whole,
    Yes,
)
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, Filter, Included, text
from paysandbox.stripe_api.resources.price_data import LowerCurrency
from paysandbox.stripe_api.version import STRIPE_VERSION

Locale = Literal[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu",
    "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th",
    "tr", "vi", "zh", "zh-HK", "zh-TW",
]  # fmt: skip
"""Stripe's. The page has the texts of six of them, and English for others."""

_ACTIONS: Final = f"{__package__}.session_actions"
_WHERE: Final = text(5000)


def _shown_items(session: StoredObject, prices: Mapping[str, StoredObject]) -> Body:
    bodies = line_items(session, prices, STRIPE_VERSION)
    return line_items_list(session.id, bodies[:SHOWN], more=len(bodies) > SHOWN)


def _is_of_payer(session: Body, payer: parameters.PayerFilter) -> bool:
    details = session["customer_details"]
    return details is not None and details["email"].lower() == payer.email.lower()


def _list_of(kind: Any, most: int) -> Any:
    return Annotated[list[kind], Limits(max_length=most)]


def _sent(name: str, kind: Any, default: Any = None, *, optional: bool = False, stored_only: bool = False) -> Field:
    """Return a field that is stored and shown as it was sent with the new session. An optional one may be absent."""
    return Field(name=name, type=kind, default=default, update=False, optional=optional, stored_only=stored_only)


def _parameter(name: str, kind: Any, *, update: bool = False) -> Field:
    """Return a parameter of a new session that shows in another way, or not at all."""
    return Field(name=name, type=kind, update=update, shown=False)


def _follows(name: str, **also: Any) -> Field:
    """Return a field that no request sets."""
    return Field(name=name, type=Any, create=False, update=False, **also)


SESSION: Final = kit.Resource(
    object="checkout.session",
    prefix="cs_test",
    path="/checkout/sessions",
    noun="checkout.session",
    fields=(
        _sent("adaptive_pricing", parameters.Switch, stored_only=True),
        _sent("allow_promotion_codes", Yes),
        _sent("allowed_payment_method_types", Types),
        _parameter("automatic_tax", AutomaticTax),
        _sent("billing_address_collection", Literal["auto", "required"]),
        _sent("cancel_url", _WHERE),
        _sent("client_reference_id", text(200), stored_only=True),
        _follows(CLIENT_SECRET),
        Field(name="collected_information", type=parameters.CollectedInformation, create=False, shown=False),
        _sent("consent_collection", parameters.ConsentCollection),
        _sent("currency", LowerCurrency),
        _sent("custom_fields", _list_of(parameters.CustomField, parameters.MAX_CUSTOM_FIELDS), []),
        _sent("custom_text", parameters.CustomText),
        Field(name="customer", type=CustomerId, update=False, filters=True, names="customer"),
        _sent("customer_creation", Literal["always", "if_required"]),
        _sent("customer_email", text(800)),
        _parameter("customer_update", parameters.CustomerUpdate),
        _parameter("discounts", _list_of(parameters.Discount, 1)),
        _sent("excluded_payment_method_types", ExcludedTypes, optional=True),
        _sent(EXPIRES_AT, Whole),
        _follows(INVOICE, names="invoice"),
        _sent("invoice_creation", parameters.InvoiceCreation),
        Field(
            name=LINE_ITEMS,
            type=_list_of(parameters.LineItem, parameters.MAX_ITEMS),
            update_type=_list_of(parameters.LineItemUpdate, parameters.MAX_ITEMS),
            shown=False,
        ),
        _sent("locale", Locale),
        _parameter("managed_payments", parameters.Off),
        kit.METADATA,
        _sent(MODE, Literal["payment", "setup", "subscription"]),
        _sent("origin_context", Literal["mobile_app", "web"], stored_only=True),
        Field(name=PAYMENT_INTENT, type=ObjectId, create=False, update=False, filters=True),
        Field(
            name="payment_intent_data",
            type=parameters.PaymentIntentData,
            update_type=parameters.PaymentIntentUpdate,
            shown=False,
        ),
        _parameter("payment_method_collection", Literal["always", "if_required"]),
        _parameter("payment_method_data", parameters.PageMethodData),
        _sent("payment_method_options", parameters.SessionMethodOptions),
        _sent("payment_method_types", Types),
        _sent("phone_number_collection", parameters.Switch),
        _sent("redirect_on_completion", Literal["always", "if_required", "never"], optional=True),
        _sent("return_url", _WHERE, optional=True),
        _sent("saved_payment_method_options", parameters.SavedMethodOptions, stored_only=True),
        _follows(SETUP_INTENT, names="setup_intent"),
        _parameter("setup_intent_data", parameters.SetupIntentData),
        _sent("shipping_address_collection", parameters.ShippingAddressCollection),
        Field(
            name=SHIPPING_OPTIONS,
            type=_list_of(parameters.ShippingOption, parameters.MAX_SHIPPING_OPTIONS),
            clearable=True,
            shown=False,
        ),
        Field(name=SUBSCRIPTION, type=ObjectId, create=False, update=False, filters=True, names="subscription"),
        _parameter(SUBSCRIPTION_DATA, parameters.SubscriptionData),
        _sent("submit_type", Literal["auto", "book", "donate", "pay", "subscribe"]),
        _sent("success_url", _WHERE),
        _sent("tax_id_collection", parameters.TaxIdCollection, optional=True),
        _sent(UI_MODE, Literal["elements", "embedded_page", "form", "hosted_page", "custom", "embedded", "hosted"]),
        _sent("wallet_options", parameters.WalletOptions, stored_only=True),
    ),
    shown=kit.Shown(included={LINE_ITEMS: Included(kind="price", ids=prices_of, shown=_shown_items)}, derived=shown),
    rules=kit.Rules(time=kit.Time(due=kit.Due(name="expire_due", module=f"{__package__}.ending"))),
    routes=kit.Routes(
        actions=(
            kit.Action(
                name="expire",
                module=_ACTIONS,
                path="/checkout/sessions/{id}/expire",
                summary="Expire a Checkout session",
                body=ExpireCheckoutSession,
                by=kit.CHANGE_WITH_PAYMENTS,
                grants=(
                    Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),
                    Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")),
                    READ_HASHING_KEYS,
                ),
                needs=(AcceptanceSettings,),
                refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
            ),
            kit.Action(
                name="list_line_items",
                route="list_checkout_line_items",
                module=_ACTIONS,
                method="GET",
                path="/checkout/sessions/{id}/line_items",
                summary="List the line items of a Checkout session",
                query=ListCheckoutLineItems,
                shows="item",
                by=kit.READ_OBJECTS,
                grants=(Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),),
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
        filters=(
            Filter("customer_details", parameters.PayerFilter, _is_of_payer),
            Filter(
                "status", Literal["complete", "expired", "open"], lambda session, status: session["status"] == status
            ),
        ),
        rights=kit.Rights(
            create=(Grant(STRIPE_OBJECTS, ("GetItem",)),),
            # An update lets the payment intent of a session follow it, and payment intents can be expanded.
            update=(Grant(LEDGER, ("GetItem", "PutItem", "UpdateItem")),),
            read_by=kit.READ_WITH_PAYMENTS,
            updated_by=kit.CHANGE_WITH_PAYMENTS,
            needs=(AcceptanceSettings, BillingSettings, ReferenceSettings),
            update_needs_them=True,
        ),
    ),
    events=kit.Events(
        ends=("completed", "expired", "async_payment_succeeded", "async_payment_failed"),
        of=events_of,
    ),
)
