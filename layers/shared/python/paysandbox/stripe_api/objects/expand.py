"""`expand[]`: which IDs of an object are replaced by the object itself.

Paths are relative to the object (`latest_charge.payment_intent`), in a list to the list (`data.latest_charge`). One
table has what each kind of object can expand, and to what: a path is accepted, loaded and granted because it is there.
Every path that Stripe can expand is accepted. The three other tables have what is accepted and changes nothing: what no
object here has, what stays an ID because files are not simulated, and what is no ID at all.

Requests are checked before anything is recorded.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final, cast

from paysandbox.aws.resources import DISPUTES, LEDGER, READ_HASHING_KEYS, STRIPE_OBJECTS, Grant
from paysandbox.core.errors import Code, Refused
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import expandable_before, removed_fields

MAX_LEVELS: Final = 4

Expansion = Mapping[str, Any]
"""The properties to expand, nested: `{"latest_charge": {"payment_intent": {}}}`. Those that change nothing are not."""

Kinds = tuple[str, ...]
"""The kinds of which an object can be."""

LIST: Final = "data"
PART: Final[Kinds] = ()
"""The target of a part of an object, or of a list, that is shown only if it is expanded."""

SUBSCRIPTION_OF_CUSTOMER: Final = "subscription_of_customer"
"""A subscription in its customer: `latest_invoice` stays an ID there, and is refused. It leads to payments, and many
functions that show customers must not read those."""

CUSTOMER_SOURCE: Final[Kinds] = ("card", "source")
"""What a customer pays with, where it is no payment method. Both are read in the same way."""

_SOURCES: Final = (
    *("charge", "refund", "dispute"),
    *("transfer", "transfer_reversal", "application_fee", "fee_refund", "payout"),
)
"""What a balance transaction can be of. A settlement's payout stays an ID: `/v1/payouts` does not have it."""

_EXPANDS: Final[Mapping[str, Mapping[str, Kinds]]] = {
    "account": {"external_accounts": PART, "external_accounts.data": ("bank_account",)},
    "application_fee": {
        "account": ("account",),
        "application": ("application",),
        "balance_transaction": ("balance_transaction",),
        "charge": ("charge",),
        "originating_transaction": ("charge",),
        "refunds": PART,
        "refunds.data": ("fee_refund",),
    },
    "balance_transaction": {"source": _SOURCES},
    "bank_account": {"account": ("account",)},
    "capability": {"account": ("account",)},
    "card": {"customer": ("customer",)},
    "charge": {
        "application": ("application",),
        "application_fee": ("application_fee",),
        "balance_transaction": ("balance_transaction",),
        "customer": ("customer",),
        "destination": ("account",),
        "dispute": ("dispute",),
        "failure_balance_transaction": ("balance_transaction",),
        "invoice": ("invoice",),
        "on_behalf_of": ("account",),
        "payment_intent": ("payment_intent",),
        "refunds": PART,
        "refunds.data": ("refund",),
        "transfer": ("transfer",),
        "transfer_data.destination": ("account",),
    },
    "checkout.session": {
        "customer": ("customer",),
        "discounts.coupon": ("coupon",),
        "discounts.promotion_code": ("promotion_code",),
        "invoice": ("invoice",),
        "line_items": PART,
        "line_items.data": ("item",),
        "payment_intent": ("payment_intent",),
        "setup_intent": ("setup_intent",),
        "shipping_cost.shipping_rate": ("shipping_rate",),
        "shipping_options.shipping_rate": ("shipping_rate",),
        "subscription": ("subscription",),
    },
    "confirmation_token": {"payment_method_preview.customer": ("customer",)},
    "coupon": {"applies_to": PART, "currency_options": PART},
    "customer": {
        "default_source": CUSTOMER_SOURCE,
        "invoice_settings.default_payment_method": ("payment_method",),
        "sources": PART,
        "sources.data": CUSTOMER_SOURCE,
        "subscriptions": PART,
        "subscriptions.data": (SUBSCRIPTION_OF_CUSTOMER,),
        "tax_ids": PART,
        "tax_ids.data": ("tax_id",),
    },
    "customer_session": {"customer": ("customer",)},
    "dispute": {"charge": ("charge",), "payment_intent": ("payment_intent",)},
    "fee_refund": {"balance_transaction": ("balance_transaction",), "fee": ("application_fee",)},
    "invoice": {
        "charge": ("charge",),
        "confirmation_secret": ("confirmation_secret",),
        "customer": ("customer",),
        "default_payment_method": ("payment_method",),
        "default_source": CUSTOMER_SOURCE,
        "lines.data": ("line_item",),
        "parent.subscription_details.subscription": ("subscription",),
        "payment_intent": ("payment_intent",),
        "payments": PART,
        "payments.data": ("invoice_payment",),
        "subscription": ("subscription",),
    },
    "invoice_payment": {"invoice": ("invoice",), "payment.payment_intent": ("payment_intent",)},
    "invoiceitem": {"customer": ("customer",), "invoice": ("invoice",), "subscription": ("subscription",)},
    "item": {"price": ("price",)},
    "line_item": {
        "pricing.price_details.price": ("price",),
        "subscription": ("subscription",),
    },
    "payment_intent": {
        "application": ("application",),
        "charges": PART,
        "charges.data": ("charge",),
        "customer": ("customer",),
        "invoice": ("invoice",),
        "latest_charge": ("charge",),
        "on_behalf_of": ("account",),
        "payment_method": ("payment_method",),
        "transfer_data.destination": ("account",),
    },
    "payment_method": {"customer": ("customer",)},
    "payout": {
        "balance_transaction": ("balance_transaction",),
        "failure_balance_transaction": ("balance_transaction",),
    },
    "price": {"product": ("product",)},
    "product": {"default_price": ("price",), "tax_code": ("tax_code",)},
    "promotion_code": {
        "coupon": ("coupon",),
        "customer": ("customer",),
        "promotion.coupon": ("coupon",),
        "restrictions.currency_options": PART,
    },
    "radar.early_fraud_warning": {"charge": ("charge",), "payment_intent": ("payment_intent",)},
    "refund": {
        "balance_transaction": ("balance_transaction",),
        "charge": ("charge",),
        "customer": ("customer",),
        "failure_balance_transaction": ("balance_transaction",),
        "payment_intent": ("payment_intent",),
        "payment_method": ("payment_method",),
        "transfer_reversal": ("transfer_reversal",),
    },
    "setup_attempt": {
        "customer": ("customer",),
        "payment_method": ("payment_method",),
        "setup_intent": ("setup_intent",),
    },
    "setup_intent": {
        "customer": ("customer",),
        "latest_attempt": ("setup_attempt",),
        "payment_method": ("payment_method",),
    },
    "shipping_rate": {"fixed_amount.currency_options": PART, "tax_code": ("tax_code",)},
    "subscription": {
        "customer": ("customer",),
        "default_payment_method": ("payment_method",),
        "default_source": CUSTOMER_SOURCE,
        "items.data": ("subscription_item",),
        "latest_invoice": ("invoice",),
        "plan.product": ("product",),
    },
    SUBSCRIPTION_OF_CUSTOMER: {
        "customer": ("customer",),
        "default_payment_method": ("payment_method",),
        "default_source": CUSTOMER_SOURCE,
        "items.data": ("subscription_item",),
        "plan.product": ("product",),
    },
    "subscription_item": {"plan.product": ("product",), "price.product": ("product",)},
    "tax_id": {"customer": ("customer",), "owner.customer": ("customer",)},
    "transfer": {
        "balance_transaction": ("balance_transaction",),
        "destination": ("account",),
        "destination_payment": ("charge",),
        "reversals": PART,
        "reversals.data": ("transfer_reversal",),
        "source_transaction": ("charge",),
    },
    "transfer_reversal": {
        "balance_transaction": ("balance_transaction",),
        "destination_payment_refund": ("refund",),
        "source_refund": ("refund",),
        "transfer": ("transfer",),
    },
}
"""By kind of object: the properties that can be expanded, each with the kinds of object that it can be.

Source: the expandable fields of the types of Stripe's SDKs.
"""

_READ_LEDGER: Final = (Grant(LEDGER, ("BatchGetItem",)), READ_HASHING_KEYS)
"""Payments are shown with the client secrets of their intents, which are derived."""
_READ_OBJECTS: Final = (Grant(STRIPE_OBJECTS, ("BatchGetItem",)),)
_READS: Final[Mapping[str, tuple[Grant, ...]]] = {
    **dict.fromkeys(("balance_transaction", "charge", "payment_intent", "refund"), _READ_LEDGER),
    "dispute": (*_READ_LEDGER, Grant(DISPUTES, ("BatchGetItem",))),
    "confirmation_secret": (READ_HASHING_KEYS,),
    # It follows from its ID and the platform's name.
    "application": (),
    # The code itself has them.
    "tax_code": (),
}
"""By kind of object: what reading one by its ID takes, if that is not an object of a resource."""

NO_OBJECT: Final[Mapping[str, tuple[str, ...]]] = {
    "account": (
        "company.verification.document.back",
        "company.verification.document.front",
        "settings.branding.icon",
        "settings.branding.logo",
    ),
    "bank_account": ("customer",),
    "charge": (
        "outcome.rule",
        "payment_method_details.bancontact.generated_sepa_debit",
        "payment_method_details.bancontact.generated_sepa_debit_mandate",
        "payment_method_details.card.mandate",
        "payment_method_details.ideal.generated_sepa_debit",
        "payment_method_details.ideal.generated_sepa_debit_mandate",
        "payment_method_details.sofort.generated_sepa_debit",
        "payment_method_details.sofort.generated_sepa_debit_mandate",
        "payment_method_details.us_bank_account.mandate",
        "review",
    ),
    "checkout.session": (
        "automatic_tax.liability.account",
        "invoice_creation.invoice_data.account_tax_ids",
        "invoice_creation.invoice_data.issuer.account",
        "payment_link",
        "shipping_cost.taxes",
        "total_details.breakdown",
    ),
    "customer": (
        "cash_balance",
        "discount",
        "invoice_credit_balance",
        "tax",
        "test_clock",
    ),
    "invoice": (
        "account_tax_ids",
        "application",
        "automatic_tax.liability.account",
        "default_tax_rates",
        "discount",
        "discounts",
        "from_invoice.invoice",
        "issuer.account",
        "last_finalization_error.source",
        "latest_revision",
        "on_behalf_of",
        "rendering.template",
        "shipping_cost.taxes",
        "test_clock",
        "total_discount_amounts.discount",
    ),
    "invoiceitem": ("discounts", "tax_rates", "test_clock"),
    "item": ("discounts", "taxes"),
    "line_item": ("discounts",),
    "payment_intent": (
        "amount_details.line_items",
        "payment_record",
        "review",
        "source",
    ),
    "payment_method": (
        "card.generated_from.setup_attempt",
        "sepa_debit.generated_from.charge",
        "sepa_debit.generated_from.setup_attempt",
    ),
    "payout": ("application_fee", "destination", "original_payout", "reversed_by"),
    "price": ("currency_options", "tiers"),
    "setup_attempt": ("application", "on_behalf_of"),
    "setup_intent": ("application", "mandate", "on_behalf_of", "single_use_mandate"),
    "subscription": (
        "application",
        "automatic_tax.liability.account",
        "default_tax_rates",
        "discount",
        "discounts",
        "invoice_settings.account_tax_ids",
        "on_behalf_of",
        "pending_setup_intent",
        "schedule",
        "test_clock",
        "transfer_data.destination",
    ),
    "subscription_item": ("discounts", "tax_rates"),
    "tax_id": ("owner.account", "owner.application"),
}
"""By kind of object: what Stripe can expand and no object here has. It is null, or there is no such property."""

STAYS_AN_ID: Final[Mapping[str, tuple[str, ...]]] = {
    "charge": ("source_transfer",),
    "dispute": (
        "evidence.cancellation_policy",
        "evidence.customer_communication",
        "evidence.customer_signature",
        "evidence.duplicate_charge_documentation",
        "evidence.receipt",
        "evidence.refund_policy",
        "evidence.service_documentation",
        "evidence.shipping_documentation",
        "evidence.uncategorized_file",
    ),
    "refund": ("source_transfer_reversal",),
}
"""By kind of object: what names a file, or the transfer that an account's payment is of.

Files are not simulated: any ID is stored, and it stays an ID. A transfer is its platform's, and the account that it is
sent to sees its ID.
"""

NO_ID: Final[Mapping[str, tuple[str, ...]]] = {"payment_method": ("billing_details",)}
"""By kind of object: what is no ID, and is accepted without an effect because production code sends it.

Unproven: no type of Stripe's SDKs marks it as expandable. Source: woocommerce-gateway-stripe,
`includes/payment-methods/class-wc-stripe-upe-payment-gateway.php`.
"""


def expansion(kind: str, paths: Collection[str], version: str = STRIPE_VERSION) -> Expansion:
    """Return the tree of these paths for an object of that kind (Stripe's name: `payment_intent`) in a version.

    Refuses (parameter_invalid) a path that Stripe cannot expand, in its words.
    """
    tree: dict[str, Any] = {}
    for path in paths:
        names = path.split(".")
        # `data` does not count as a level of its own.
        if sum(name != LIST for name in names) > MAX_LEVELS:
            raise _refusal(f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {_named(path)}")
        _grow(tree, (kind,), names, path, version)
    return tree


def _grow(tree: dict[str, Any], kinds: Kinds, names: Sequence[str], path: str, version: str) -> None:
    """Add the names to a tree whose objects are of these kinds, as far as they lead to an object."""
    while names:
        length = next(
            (
                length
                for length in range(len(names), 0, -1)
                if any(".".join(names[:length]) in targets_of(kind, version) for kind in kinds)
            ),
            None,
        )
        if length is None:
            if any(_changes_nothing(kind, ".".join(names), version) for kind in kinds):
                return
            raise _refusal(f"This property cannot be expanded ({_named(path)}).")
        property_name = ".".join(names[:length])
        targets = (targets_of(kind, version).get(property_name, PART) for kind in kinds)
        kinds = tuple(dict.fromkeys(chain.from_iterable(targets)))
        for name in names[:length]:
            tree = tree.setdefault(name, {})
        names = names[length:]


@lru_cache(maxsize=256)
def targets_of(kind: str, version: str = STRIPE_VERSION) -> Mapping[str, Kinds]:
    """Return the properties of a kind of object that can be expanded in a version, each with what it can be.

    Those of a list are below its `data`. A part of the object has no kind (`PART`).
    """
    removed = removed_fields(kind, version)
    properties = _EXPANDS.get(kind, {}).items()
    return {name: targets for name, targets in properties if name.partition(".")[0] not in removed}


@lru_cache(maxsize=256)
def grants_to_expand(kind: str | None) -> tuple[Grant, ...]:
    """Return the rights of a function that shows objects of this kind: to read what can be expanded, at any depth."""
    reached: dict[str, None] = {}
    waiting = [kind] if kind else []
    while waiting:
        for target in chain.from_iterable(_EXPANDS.get(waiting.pop(), {}).values()):
            if target not in reached:
                reached[target] = None
                waiting.append(target)
    return tuple(dict.fromkeys(grant for each in reached for grant in _READS.get(each, _READ_OBJECTS)))


def expandable(kind: str) -> frozenset[str]:
    """Return the properties of a kind of object that Stripe's current version can expand, without those in lists."""
    within_lists = (name for name in targets_of(kind) if name.endswith(f".{LIST}"))
    others = (*NO_OBJECT.get(kind, ()), *STAYS_AN_ID.get(kind, ()))
    return frozenset((*targets_of(kind), *others)) - {*within_lists}


def check_expand(kind: str, paths: Collection[str], version: str = STRIPE_VERSION) -> None:
    """Refuse what `expansion` refuses, before a write records anything."""
    expansion(kind, paths, version)


def expand_of_list(paths: Collection[str]) -> tuple[str, ...]:
    """Convert the paths of a list into paths of each of its objects. Refuses one that does not begin with `data.`."""
    prefix = f"{LIST}."
    for path in paths:
        if not path.startswith(prefix):
            hint = "" if path == LIST else f" You may want to try expanding '{prefix}{_named(path)}' instead."
            raise _refusal(f"This property cannot be expanded ({_named(path)}).{hint}")
    return tuple(path.removeprefix(prefix) for path in paths)


def below(tree: Expansion, names: Sequence[str]) -> Expansion | None:
    """Return what is expanded at a path, or None if it is not expanded itself."""
    for name in names:
        if name not in tree:
            return None
        tree = tree[name]
    return tree


def leaves(tree: Expansion) -> tuple[str, ...]:
    """Return the paths of a tree, each to its end."""
    return tuple(
        ".".join((name, *filter(None, (inner,)))) for name, within in tree.items() for inner in leaves(within) or ("",)
    )


def holders(value: Any, names: Sequence[str], of: str) -> Iterator[dict[str, Any]]:
    """Yield the objects that a path leads to and that have a property, in every object of a list."""
    if isinstance(value, Mapping):
        body = cast("dict[str, Any]", value)
        if names:
            yield from holders(body.get(names[0]), names[1:], of)
        elif of in body:
            yield body
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in cast("Sequence[Any]", value):
            yield from holders(each, names, of)


def _changes_nothing(kind: str, path: str, version: str) -> bool:
    """Whether a path begins with a property of that kind whose expansion is accepted and changes nothing."""
    accepted = (each.get(kind, ()) for each in (NO_OBJECT, STAYS_AN_ID, NO_ID))
    names = (*chain.from_iterable(accepted), *expandable_before(kind, version))
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _named(path: str) -> str:
    return parameter_name(path)


def _refusal(detail: str) -> Refused:
    return Refused(Code.PARAMETER_INVALID, detail, "expand")
