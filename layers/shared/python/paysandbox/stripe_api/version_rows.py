"""What Stripe changed in a version of its API, as a table: a row for each change of what is simulated here.

A row says what a version before it had. Objects are rendered in the newest version, and each row gives those of earlier
versions back what it took from them; in the same way each gives a request its defaults and its parameters. A resource
adds rows, and no conditions to code.

Only changes that break clients have a row: Stripe adds to all versions at once what does not ("Versioning",
"Backward-compatible changes"). `source` is the line of the CHANGELOG of stripe-node whose types changed, or the page of
Stripe's changelog for a change of behavior, which types do not show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any, Final, cast

from paysandbox.core.record import record

Names = Mapping[str, tuple[str, ...]]
Values = Mapping[str, Mapping[str, Any]]


def _no_names() -> Names:
    return {}


def _no_values() -> Values:
    return {}


@record(kw_only=True)
class VersionRow:
    """A change since the version `since`, in one sentence, and what versions before it had.

    By name of the route: `parameters` that requests could have, and `defaults` of parameters. Since then, such a
    parameter is refused with Stripe's code `refused_as`. `renamed` are required parameters with their earlier names:
    each version refuses the other name as unknown.

    By kind of object (Stripe's name, `payment_intent`): `fields` that are constant here, `computed` ones that are
    rendered in any case and dropped since, `added` ones that no earlier version has, `values` of a field (by its path)
    in place of the newest ones, what was `included` without being expanded, and what could be expanded although it
    stays as it is here (`expandable`). `event_types`: sent for an operation that has no such event since.
    """

    since: str
    change: str
    source: str
    parameters: Names = field(default_factory=_no_names)
    refused_as: str | None = None
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=_no_values)
    defaults: Values = field(default_factory=_no_values)
    fields: Values = field(default_factory=_no_values)
    computed: Names = field(default_factory=_no_names)
    added: Names = field(default_factory=_no_names)
    values: Mapping[str, Mapping[str, Mapping[Any, Any]]] = field(default_factory=_no_values)
    included: Names = field(default_factory=_no_names)
    expandable: Names = field(default_factory=_no_names)
    event_types: tuple[str, ...] = ()

    def is_before(self, version: str) -> bool:
        """Whether this version (`2024-06-20`, `2025-03-31.basil`) is from before the change."""
        return version[: len(self.since)] < self.since


_OF_LINES: Final = (
    *("amount_excluding_tax", "invoice_item", "plan", "price", "proration", "proration_details", "subscription_item"),
    *("tax_amounts", "tax_rates", "type", "unit_amount_excluding_tax"),
)

NO_METHOD_TYPES: Final = VersionRow(
    since="2026-09-30",
    change="The `payment_method_types` of payment intents, setup intents and Checkout sessions can no longer be sent, "
    "and are computed. `allowed_payment_method_types` limits them.",
    source="23.0.0: Remove support for `payment_method_types` on `Checkout.SessionCreateParams`, "
    "`PaymentIntentConfirmParams`, "
    "`PaymentIntentCreateParams`, `PaymentIntentUpdateParams`, `SetupIntentCreateParams`, and "
    "`SetupIntentUpdateParams`",
    parameters=dict.fromkeys(
        (
            *("create_payment_intent", "update_payment_intent", "confirm_payment_intent"),
            *("create_setup_intent", "update_setup_intent", "create_checkout_session"),
        ),
        ("payment_method_types",),
    ),
    refused_as="payment_method_types_no_longer_supported",
)
PLATFORM_REJECTIONS: Final = VersionRow(
    since="2026-09-30",
    change="An account that its platform rejected is disabled for `rejected.platform_fraud`, "
    "`rejected.platform_terms_of_service` or `rejected.platform_other`, and it is rejected for a more specific reason "
    "than `fraud`.",
    source="changelog/endive/2026-09-30/platform-rejection-reasons",
    values={
        "account": {
            "requirements.disabled_reason": {
                f"rejected.platform_{reason}": f"rejected.{reason}" for reason in ("fraud", "terms_of_service", "other")
            }
        }
    },
)
UI_MODES: Final = VersionRow(
    since="2026-03-25",
    change="The `ui_mode` of a Checkout session is `hosted_page`, `embedded_page`, `elements` or `form`.",
    source="21.0.0: Add support for new values `elements`, `embedded_page`, `form`, and `hosted_page` on enums "
    "`Checkout.Session.ui_mode` and `Checkout.SessionCreateParams.ui_mode`",
    values={
        "checkout.session": {
            "ui_mode": {"hosted_page": "hosted", "embedded_page": "embedded", "elements": "custom", "form": "custom"}
        }
    },
)
PROMOTIONS: Final = VersionRow(
    since="2025-09-30",
    change="A promotion code has a `promotion`, which names its coupon, in place of the `coupon` itself.",
    source="19.0.0: Remove support for `coupon` on `Discount`, `PromotionCodeCreateParams`, and `PromotionCode`",
    renamed={"create_promotion_code": {"promotion": "coupon"}},
    computed={"promotion_code": ("coupon",)},
    added={"promotion_code": ("promotion",)},
    included={"promotion_code": ("coupon",)},
)
SHIPPING_IS_COLLECTED: Final = VersionRow(
    since="2025-03-31",
    change="A Checkout session has the shipping details that its page has collected in `collected_information`.",
    source="18.0.0: Remove support for `shipping_details` on `Checkout.Session`",
    computed={"checkout.session": ("shipping_details",)},
)
RELEASES_ARE_NO_REFUNDS: Final = VersionRow(
    since="2025-03-31",
    change="What an authorization releases is no refund of its charge, and an expired payment intent has the "
    "`cancellation_reason` `expired`.",
    source="changelog/basil/2025-03-31/remove-refund-from-partial-capture-and-payment-cancellation-flow",
    values={"payment_intent": {"cancellation_reason": {"expired": "automatic"}}},
    event_types=("charge.refunded",),
)
NO_INVOICE: Final = VersionRow(
    since="2025-03-31",
    change="Payment intents and charges have no `invoice`.",
    source="18.0.0: Remove support for `invoice` on `Charge` and `PaymentIntent`",
    computed=dict.fromkeys(("payment_intent", "charge"), ("invoice",)),
)
INVOICES_HAVE_PARENTS: Final = VersionRow(
    since="2025-03-31",
    change="An invoice names its subscription in `parent` and its payment in `payments`, and no longer has `paid`.",
    source="18.0.0: Remove support for `application_fee_amount`, `charge`, `paid_out_of_band`, `paid`, "
    "`payment_intent`, `quote`, `subscription`, `subscription_details`, `subscription_proration_date`, `tax`, "
    "`total_tax_amounts`, and `transfer_data` on `Invoice`",
    computed={
        "invoice": (
            *("application_fee_amount", "charge", "paid", "paid_out_of_band", "payment_intent", "quote"),
            *("subscription", "subscription_details", "tax", "total_tax_amounts", "transfer_data"),
        )
    },
)
NO_SINGLE_DISCOUNT: Final = VersionRow(
    since="2025-03-31",
    change="Invoices and subscriptions have `discounts`, and no `discount`.",
    source="18.0.0: Remove support for `discount` on `Invoice` and `Subscription`",
    computed=dict.fromkeys(("invoice", "subscription"), ("discount",)),
)
ITEMS_HAVE_PERIODS: Final = VersionRow(
    since="2025-03-31",
    change="The items of a subscription have its period, and the subscription has not.",
    source="18.0.0: Remove support for `current_period_end` and `current_period_start` on `Subscription`",
    computed={"subscription": ("current_period_end", "current_period_start")},
)
LINES_HAVE_PARENTS: Final = VersionRow(
    since="2025-03-31",
    change="A line of an invoice names its price in `pricing`, and what it bills in `parent`.",
    source="18.0.0: Remove support for `invoice_item`, `proration_details`, `proration`, `tax_rates`, and `type` on "
    "`InvoiceLineItem`",
    computed={
        "line_item": _OF_LINES,
        "invoice": tuple(f"lines.data.{name}" for name in _OF_LINES),
    },
)
ITEMS_HAVE_PRICING: Final = VersionRow(
    since="2025-03-31",
    change="An invoice item names its price in `pricing`.",
    source="18.0.0: Remove support for `price` on `InvoiceAddLinesParams.lines[]`, `InvoiceItemCreateParams`, "
    "`InvoiceItemUpdateParams`, `InvoiceItem`",
    parameters=dict.fromkeys(("create_invoiceitem", "update_invoiceitem"), ("price", "unit_amount")),
    computed={"invoiceitem": ("plan", "price", "subscription", "unit_amount", "unit_amount_decimal")},
)
CAPTURED_LATER: Final = VersionRow(
    since="2024-04-10",
    change="A payment intent's `capture_method` is `automatic_async` unless another one is sent.",
    source="changelog/2024-04-10/automatic-sync-default-paymentintents",
    defaults={"create_payment_intent": {"capture_method": "automatic"}},
)
NO_DESTINATION: Final = VersionRow(
    since="2023-08-16",
    change="Charges have no `destination`.",
    source="13.0.0: Remove support for `destination` on `Charge`",
    computed={"charge": ("destination",)},
)
NO_DISPUTE: Final = VersionRow(
    since="2023-08-16",
    change="Charges have no `dispute`.",
    source="13.0.0: Remove support for `alternate_statement_descriptors` and `dispute` on `Charge`",
    computed={"charge": ("dispute",)},
)
NO_CHARGES: Final = VersionRow(
    since="2022-11-15",
    change="A payment intent has no list of its `charges`, only its `latest_charge`.",
    source="11.0.0: Remove `charges` field on `PaymentIntent` and replace it with `latest_charge`",
    computed={"payment_intent": ("charges",)},
    included={"payment_intent": ("charges",)},
)
REFUNDS_TO_EXPAND: Final = VersionRow(
    since="2022-11-15",
    change="A charge's `refunds` are included only if they are expanded.",
    source="changelog/2022-11-15/deprecates-charges-auto-expand",
    included={"charge": ("refunds",)},
)

ROWS: Final = (
    NO_METHOD_TYPES,
    PLATFORM_REJECTIONS,
    UI_MODES,
    PROMOTIONS,
    RELEASES_ARE_NO_REFUNDS,
    SHIPPING_IS_COLLECTED,
    NO_INVOICE,
    INVOICES_HAVE_PARENTS,
    NO_SINGLE_DISCOUNT,
    ITEMS_HAVE_PERIODS,
    LINES_HAVE_PARENTS,
    ITEMS_HAVE_PRICING,
    CAPTURED_LATER,
    NO_DESTINATION,
    NO_DISPUTE,
    NO_CHARGES,
    REFUNDS_TO_EXPAND,
)
"""Newest first: the order in which they give an object back what it had."""


# What follows is cached: every request looks it up several times, and merchants use few versions.


@lru_cache(maxsize=256)
def rows_after(version: str) -> tuple[VersionRow, ...]:
    """Return the changes that this version does not have, newest first."""
    return tuple(row for row in ROWS if row.is_before(version))


def shows_releases(version: str) -> bool:
    """Whether Stripe shows in this version what an authorization releases as a refund of its charge."""
    return RELEASES_ARE_NO_REFUNDS.is_before(version)


@lru_cache(maxsize=256)
def default_parameters(route: str, version: str) -> Mapping[str, Any]:
    """Return the defaults of a route's parameters that differ in this version from those of the newest."""
    return {name: value for row in rows_after(version) for name, value in row.defaults.get(route, {}).items()}


@lru_cache(maxsize=256)
def removed_parameters(route: str, version: str) -> Mapping[str, VersionRow]:
    """Return the parameters of a route that this version no longer has, each with the change that removed it."""
    gone = (row for row in ROWS if not row.is_before(version))
    return {name: row for row in gone for name in row.parameters.get(route, ())}


@lru_cache(maxsize=256)
def required_names(route: str, version: str) -> Mapping[str, str]:
    """Return the required parameters of a route that other versions name otherwise, each with that name."""
    pairs = ((row.is_before(version), names) for row in ROWS for names in row.renamed.get(route, {}).items())
    return {(old if is_before else new): (new if is_before else old) for is_before, (new, old) in pairs}


@lru_cache(maxsize=256)
def included_lists(kind: str, version: str) -> tuple[str, ...]:
    """Return what an object of this kind includes in this version without being expanded."""
    return tuple(name for row in rows_after(version) for name in row.included.get(kind, ()))


@lru_cache(maxsize=256)
def removed_fields(kind: str, version: str) -> tuple[str, ...]:
    """Return the fields that an object of this kind no longer has in this version, or does not have yet."""
    changes = (row.added if row.is_before(version) else row.computed for row in ROWS)
    return tuple(name for names in changes for name in names.get(kind, ()))


@lru_cache(maxsize=256)
def expandable_before(kind: str, version: str) -> tuple[str, ...]:
    """Return the properties of a kind of object that earlier versions can expand, and that are always null."""
    return tuple(name for row in rows_after(version) for name in row.expandable.get(kind, ()))


def in_version(kind: str, body: dict[str, Any], version: str) -> dict[str, Any]:
    """Return an object of the newest version as this version has it, without the lists that it includes."""
    for row in rows_after(version):
        for path, before in row.values.get(kind, {}).items():
            body = _with_value(body, path.split("."), before)
        body = body | dict(row.fields.get(kind, {}))
    removed = removed_fields(kind, version)
    within = [path.split(".") for path in removed if "." in path]
    body = {name: value for name, value in body.items() if name not in removed}
    for path in within:
        body = _without(body, path)
    return body


def _without(value: Any, path: Sequence[str]) -> Any:
    """Return a value without what a path leads to, in every object of a list. What is on the way is copied."""
    if isinstance(value, list):
        return [_without(each, path) for each in cast("list[Any]", value)]
    name, *inside = path
    if not isinstance(value, dict) or name not in value:
        return cast("Any", value)
    body = cast("dict[str, Any]", value)
    if not inside:
        return {each: inner for each, inner in body.items() if each != name}
    return body | {name: _without(body[name], inside)}


def _with_value(body: dict[str, Any], path: Sequence[str], before: Mapping[Any, Any]) -> dict[str, Any]:
    """Return an object with the earlier value at a path, in place of the newest one. What is on the way is copied."""
    name, *inside = path
    value: Any = body.get(name)
    if not inside:
        return body | {name: before.get(value, value)}
    return body | {name: _with_value(value, inside, before)} if value else body
