# pyright: standard
"""Customers: who a merchant sells to. Source: Stripe, "Customers" (API reference), and the types of its SDKs.

Invoices, balances and tax are not simulated: their parameters are refused, and what an object shows of them is empty.
The payment methods of a customer are objects of their own, whose IDs it has. Those that were saved by a token are also
its sources. Its tax IDs are objects of their own too. What is declared of them here lacks their
subscriptions, which `billing/customers/customer_resource.py` adds.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.aws.resources import LEDGER, STRIPE_OBJECTS, Grant
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.http.answer import Body
from paysandbox.stripe_api.lists.field_type import FieldType
from paysandbox.stripe_api.objects.source import source_body, sources_list
from paysandbox.stripe_api.objects.stored_method import (
    DEFAULT_METHOD,
    DEFAULT_SOURCE,
    INVOICE_SETTINGS,
    PAYMENT_METHOD,
    sources_of,
)
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.objects.tax_id import TAX_IDS, tax_ids_list, tax_ids_of
from paysandbox.stripe_api.requests import CLEARED, MethodId, Nested, ObjectId, ShippingAddress, TaxIdData, Whole
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field, Included
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.tax_ids import TAX_ID

_INVOICE_PREFIX: Final = "invoice_prefix"
NEXT_SEQUENCE: Final = "next_invoice_sequence"
"""Of a customer: the number of the next invoice that is finalized."""

SHOWN: Final = 10
"""In the list within a customer: as many as in a page."""

Text20 = Annotated[str, Limits(max_length=20)]
Text150 = Annotated[str, Limits(max_length=150)]
Text256 = Annotated[str, Limits(max_length=256)]
Text5000 = Annotated[str, Limits(max_length=5000)]
Email = Annotated[str, Limits(max_length=512, pattern=r"^[^@\s]+@[^@\s]+$|^$")]
"""Each of them can be empty, which unsets it. Limits of name and phone: cocalc#4656, odoo#109728."""


class CustomerShipping(Nested):
    """To whom and where a customer's orders are shipped."""

    address: ShippingAddress
    name: Annotated[str, Limits(min_length=1, max_length=5000)]
    phone: Text20 | None = None


class InvoiceField(Nested):
    """A field of a customer's invoices."""

    name: Annotated[str, Limits(min_length=1, max_length=40)]
    value: Annotated[str, Limits(min_length=1, max_length=140)]


class RenderingOptions(Nested):
    """How a customer's invoices show amounts."""

    amount_tax_display: Literal["exclude_tax", "include_inclusive_tax", ""] | None = None


class InvoiceSettings(Nested):
    """The settings of a customer's invoices. Stored and shown."""

    custom_fields: Annotated[Annotated[list[InvoiceField], Limits(max_length=4)] | None, CLEARED] = None
    default_payment_method: ObjectId | None = None
    footer: Text5000 | None = None
    rendering_options: Annotated[RenderingOptions | None, CLEARED] = None


def _derived(customer: StoredObject) -> Attributes:
    """Return what follows, and what is not simulated."""
    settings: dict[str, Any] = customer.attributes.get(INVOICE_SETTINGS, {})
    options = settings.get("rendering_options")
    return {
        "balance": 0,
        "currency": None,
        "customer_account": None,
        "delinquent": False,
        "discount": None,
        _INVOICE_PREFIX: invoice_prefix(customer),
        INVOICE_SETTINGS: {
            "custom_fields": settings.get("custom_fields"),
            DEFAULT_METHOD: settings.get(DEFAULT_METHOD),
            "footer": settings.get("footer"),
            "rendering_options": options and {"amount_tax_display": options["amount_tax_display"], "template": None},
        },
        "test_clock": None,
    }


def _default_source(customer: StoredObject) -> list[str]:
    name = customer.attributes.get(DEFAULT_SOURCE)
    return [name] if name else []


def _shown_default_source(customer: StoredObject, cards: Mapping[str, StoredObject]) -> Body | None:
    name = customer.attributes.get(DEFAULT_SOURCE)
    return source_body(cards[name]) if name else None


def _first_sources(customer: StoredObject) -> list[str]:
    return sources_of(customer.attributes)[:SHOWN]


def _shown_sources(customer: StoredObject, cards: Mapping[str, StoredObject]) -> Body:
    names = sources_of(customer.attributes)
    shown = [source_body(cards[name]) for name in names[:SHOWN]]
    return sources_list(customer.id, shown, more=len(names) > len(shown))


def _first_tax_ids(customer: StoredObject) -> list[str]:
    return tax_ids_of(customer.attributes)[:SHOWN]


def _shown_tax_ids(customer: StoredObject, found: Mapping[str, StoredObject]) -> Body:
    names = tax_ids_of(customer.attributes)
    shown = [render(TAX_ID, found[name]) for name in names[:SHOWN] if not found[name].deleted]
    return tax_ids_list(customer.id, shown, more=len(names) > SHOWN)


def invoice_prefix(customer: StoredObject) -> str:
    """Return what the numbers of a customer's invoices begin with: derived, unless it is chosen."""
    return customer.attributes.get(_INVOICE_PREFIX) or sha256(customer.id.encode()).hexdigest()[:8].upper()


CUSTOMER: Final = kit.Resource(
    object="customer",
    prefix="cus",
    path="/customers",
    noun="customer",
    fields=(
        Field(name="address", type=Annotated[ShippingAddress | None, CLEARED]),
        Field(name="business_name", type=Text150, optional=True),
        Field(name=DEFAULT_SOURCE, type=MethodId, create=False),
        Field(name="description", type=Text5000),
        Field(name="email", type=Email, filters=True),
        Field(name="individual_name", type=Text150, optional=True),
        Field(name=_INVOICE_PREFIX, type=Annotated[str, Limits(pattern=r"^[A-Z0-9]{1,12}$")], stored_only=True),
        Field(name=INVOICE_SETTINGS, type=InvoiceSettings, default={}, merges=True),
        kit.METADATA,
        Field(name="name", type=Text256),
        Field(name=NEXT_SEQUENCE, type=Annotated[Whole, Limits(ge=1)], default=1, stored_only=True),
        Field(name="payment_method", type=ObjectId, update=False, shown=False),
        Field(name="phone", type=Text20),
        Field(name="preferred_locales", type=list[Text20], default=[], stored_only=True),
        Field(name="shipping", type=Annotated[CustomerShipping | None, CLEARED]),
        Field(name="source", type=MethodId, shown=False),
        Field(name="tax_exempt", type=Literal["exempt", "none", "reverse", ""], default="none"),
        Field(
            name="tax_id_data",
            type=Annotated[list[TaxIdData], Limits(max_length=5)],
            update=False,
            shown=False,
        ),
    ),
    shown=kit.Shown(
        included={
            DEFAULT_SOURCE: Included(kind=PAYMENT_METHOD, ids=_default_source, shown=_shown_default_source),
            "sources": Included(kind=PAYMENT_METHOD, ids=_first_sources, shown=_shown_sources),
            TAX_IDS: Included(kind=TAX_ID.object, ids=_first_tax_ids, shown=_shown_tax_ids),
        },
        derived=_derived,
    ),
    routes=kit.Routes(
        is_native_name=True,
        searched={
            "created": FieldType.NUMERIC,
            "metadata": FieldType.TOKEN,
            **dict.fromkeys(("email", "name", "phone"), FieldType.STRING),
        },
        deletion=kit.Deletion(is_shown=True),
        rights=kit.Rights(
            create=(Grant(LEDGER, ("GetItem",)), Grant(STRIPE_OBJECTS, ("GetItem",))),
            needs=(AcceptanceSettings,),
            update_needs_them=True,
        ),
    ),
    events=kit.Events(ends=("created", "updated", "deleted")),
)
