"""`expand[]`: which IDs of an object are replaced by the object itself.

Paths are relative to the object (`latest_charge.payment_intent`), in a list to the list (`data.latest_charge`). Every
path that Stripe can expand is accepted. What the sandbox has is expanded, and a property that is always null stays
null. A write checks the paths first, since an invalid one must be rejected before anything is recorded.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from paysandbox.core.errors import Code, Refused
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import expandable_before, removed_fields

MAX_LEVELS: Final = 4

Expansion = Mapping[str, Any]
"""The properties to expand, nested: `{"latest_charge": {"payment_intent": {}}}`. Those that are always null are not."""

_LIST: Final = "data"
_PART: Final = "part"
"""A part of an object that is shown only if it is expanded, and in which nothing else is."""
_HAVE: Final[Mapping[str, Mapping[str, str]]] = {
    "payment_page": {},
    "elements_session": {},
    "payment_intent": {
        "charges": "charges",
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
    },
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "refunds": "refunds",
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
    },
    "balance_transaction": {"source": "balance_transaction.source"},
    # A charge, a refund or a dispute: what the kind at hand does not have is left out.
    "balance_transaction.source": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
        "refunds": "refunds",
    },
    "charges": {_LIST: "charge"},
    "refunds": {_LIST: "refund"},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "payment_method": {"customer": "customer"},
    "source": {},
    "token": {},
    "shared_payment.granted_token": {},
    "confirmation_token": {"payment_method_preview": "confirmation_token.payment_method_preview"},
    "confirmation_token.payment_method_preview": {"customer": "customer"},
    "account": {},
    "account_link": {},
    "login_link": {},
    "bank_account": {},
    "capability": {},
    "payment_method_domain": {},
    "apple_pay_domain": {},
    "product_feature": {},
    "tax_code": {},
    "balance": {},
    "checkout.session": {
        "customer": "customer",
        "line_items": "line_items",
        "payment_intent": "payment_intent",
        "setup_intent": "setup_intent",
    },
    "line_items": {_LIST: "item"},
    "item": {"price": "price"},
    "card": {"customer": "customer"},
    "customer": {
        "default_source": "card",
        "invoice_settings": "customer.invoice_settings",
        "sources": "sources",
        "tax_ids": "tax_ids",
    },
    "customer_session": {"customer": "customer"},
    "ephemeral_key": {},
    "sources": {_LIST: "card"},
    "tax_ids": {_LIST: "tax_id"},
    "tax_id": {"customer": "customer", "owner": "tax_id.owner"},
    "tax_id.owner": {"customer": "customer"},
    "customer.invoice_settings": {"default_payment_method": "payment_method"},
    "coupon": {"applies_to": _PART, "currency_options": _PART},
    "promotion_code": {
        "coupon": "coupon",
        "customer": "customer",
        "promotion": "promotion_code.promotion",
        "restrictions": "promotion_code.restrictions",
    },
    "promotion_code.promotion": {"coupon": "coupon"},
    "promotion_code.restrictions": {"currency_options": _PART},
    "shipping_rate": {"fixed_amount": "shipping_rate.fixed_amount"},
    "shipping_rate.fixed_amount": {"currency_options": _PART},
    _PART: {},
    "price": {"product": "product"},
    "product": {"default_price": "price"},
    "setup_attempt": {
        "customer": "customer",
        "payment_method": "payment_method",
        "setup_intent": "setup_intent",
    },
    "setup_intent": {
        "customer": "customer",
        "latest_attempt": "setup_attempt",
        "payment_method": "payment_method",
    },
    "transfer": {"destination": "account", "reversals": "transfer.reversals"},
    "transfer.reversals": {},
    "application_fee": {"account": "account", "refunds": "application_fee.refunds"},
    "application_fee.refunds": {},
    "fee_refund": {"fee": "application_fee"},
    "transfer_reversal": {"transfer": "transfer"},
    "payout": {},
    "event": {},
    "webhook_endpoint": {},
}
_ALWAYS_NULL: Final[Mapping[str, tuple[str, ...]]] = {
    "payment_intent": (
        "amount_details.line_items",
        "application",
        "on_behalf_of",
        "payment_record",
        "review",
        "source",
        "transfer_data.destination",
    ),
    "charge": (
        "application",
        "application_fee",
        "on_behalf_of",
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
        "source_transfer",
        "transfer",
        "transfer_data.destination",
    ),
    "refund": (
        "source_transfer_reversal",
        "transfer_reversal",
    ),
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
    "payment_method": (
        "card.generated_from.setup_attempt",
        "sepa_debit.generated_from.charge",
        "sepa_debit.generated_from.setup_attempt",
    ),
    "checkout.session": (
        "automatic_tax.liability.account",
        "discounts.coupon",
        "discounts.promotion_code",
        "invoice",
        "invoice_creation.invoice_data.account_tax_ids",
        "invoice_creation.invoice_data.issuer.account",
        "payment_link",
        "shipping_cost.shipping_rate",
        "shipping_cost.taxes",
        "shipping_options.shipping_rate",
        "subscription",
        "total_details.breakdown",
    ),
    "item": ("discounts", "taxes"),
    "customer": (
        "cash_balance",
        "discount",
        "invoice_credit_balance",
        "subscriptions",
        "tax",
        "test_clock",
    ),
    "price": ("currency_options", "tiers"),
    "tax_id": ("owner.account", "owner.application"),
    "shipping_rate": ("tax_code",),
    "product": ("tax_code",),
    "payout": (
        "application_fee",
        "balance_transaction",
        "destination",
        "failure_balance_transaction",
        "original_payout",
        "reversed_by",
    ),
    "transfer": (
        "balance_transaction",
        "destination_payment",
        "reversals.data.balance_transaction",
        "reversals.data.destination_payment_refund",
        "reversals.data.source_refund",
        "reversals.data.transfer",
        "source_transaction",
    ),
    "transfer_reversal": ("balance_transaction", "destination_payment_refund", "source_refund"),
    "application_fee": (
        "application",
        "balance_transaction",
        "charge",
        "originating_transaction",
        "refunds.data.balance_transaction",
        "refunds.data.fee",
    ),
    "fee_refund": ("balance_transaction",),
    "setup_attempt": ("application", "on_behalf_of"),
    "setup_intent": (
        "application",
        "mandate",
        "on_behalf_of",
        "single_use_mandate",
    ),
    "bank_account": ("account", "customer"),
    "capability": ("account",),
    "account": (
        "company.verification.document.back",
        "company.verification.document.front",
        "external_accounts",
        "settings.branding.icon",
        "settings.branding.logo",
    ),
}
"""By kind of object, properties that are null because what they name is not simulated. What is below is not checked.
Files are not simulated either: the evidence of a dispute has their IDs, which stay IDs.

Source: the expandable fields of the types of Stripe's SDKs.
"""


UNPROVEN: Final[Mapping[str, tuple[str, ...]]] = {"setup_intent": ("payment_method.billing_details",)}
"""By kind of object, paths that programs send in production although no type says that they can be expanded. What can
be expanded of such a path is.

Source: woocommerce-gateway-stripe, `is_order_associated_to_setup_intent`. No document of Stripe's says that it works.
"""


def expansion(kind: str, paths: Collection[str], version: str = STRIPE_VERSION) -> Expansion:
    """Return the tree of these paths for an object of that kind (Stripe's name: `payment_intent`) in a version.

    Refuses (parameter_invalid) a path that Stripe cannot expand, in its words.
    """
    tree: dict[str, Any] = {}
    for path in paths:
        names = path.split(".")
        # `data` does not count as a level of its own.
        if sum(name != _LIST for name in names) > MAX_LEVELS:
            raise _refusal(f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {_named(path)}")
        branch, of = tree, kind
        for place, name in enumerate(names):
            if _is_always_null(of, ".".join(names[place:]), version):
                break
            within = None if name in removed_fields(of, version) else _HAVE[of].get(name)
            if within is None and path in UNPROVEN.get(kind, ()):
                break
            if within is None:
                raise _refusal(f"This property cannot be expanded ({_named(path)}).")
            branch, of = branch.setdefault(name, {}), within
    return tree


def expandable(kind: str) -> frozenset[str]:
    """Return the properties of a kind of object that Stripe's current version can expand."""
    return frozenset((*_HAVE[kind], *_ALWAYS_NULL.get(kind, ()))) - {*removed_fields(kind, STRIPE_VERSION)}


def check_expand(kind: str, paths: Collection[str], version: str = STRIPE_VERSION) -> None:
    """Refuse what `expansion` refuses, before a write records anything."""
    expansion(kind, paths, version)


def expand_of_list(paths: Collection[str]) -> tuple[str, ...]:
    """Convert the paths of a list into paths of each of its objects. Refuses one that does not begin with `data.`."""
    prefix = f"{_LIST}."
    for path in paths:
        if not path.startswith(prefix):
            hint = "" if path == _LIST else f" You may want to try expanding '{prefix}{_named(path)}' instead."
            raise _refusal(f"This property cannot be expanded ({_named(path)}).{hint}")
    return tuple(path.removeprefix(prefix) for path in paths)


def holders(value: Any, names: Sequence[str], of: str) -> Iterator[dict[str, Any]]:
    """Yield the objects that a path leads to and that have the ID of an object, in every object of a list."""
    if isinstance(value, Mapping):
        body = cast("dict[str, Any]", value)
        if names:
            yield from holders(body.get(names[0]), names[1:], of)
        elif isinstance(body.get(of), str):
            yield body
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in cast("Sequence[Any]", value):
            yield from holders(each, names, of)


def _is_always_null(kind: str, path: str, version: str) -> bool:
    """Whether a path begins with a property of that kind that is always null, or stays an ID."""
    nulls = (*_ALWAYS_NULL.get(kind, ()), *expandable_before(kind, version))
    return any(path == null or path.startswith(f"{null}.") for null in nulls)


def _named(path: str) -> str:
    return parameter_name(path)


def _refusal(detail: str) -> Refused:
    return Refused(Code.PARAMETER_INVALID, detail, "expand")
