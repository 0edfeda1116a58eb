"""The coverage of Stripe's API, for docs/reference/stripe-coverage.md: our routes and shapes beside the official SDK's.

What Stripe knows and we do not comes out of the annotations of the locked SDK, so a newer SDK makes the page anew.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stripe import VERSION, _v1_services as services, params
from stripe._request_options import RequestOptions

from paysandbox.http.route import Access, Route
from paysandbox.payments.test_cards import TEST_CARDS
from paysandbox.stripe_api.cards import CARDS_BY_NAME
from paysandbox.stripe_api.errors import STRIPE_ERRORS
from paysandbox.stripe_api.events import STRIPE_EVENT_TYPES
from paysandbox.stripe_api.routes import ROUTES
from paysandbox.stripe_api.version import STRIPE_VERSION

RESOURCES: Final[Mapping[str, str]] = {
    "payment_intents": "PaymentIntent",
    "payment_methods": "PaymentMethod",
    "charges": "Charge",
    "refunds": "Refund",
    "events": "Event",
    "webhook_endpoints": "WebhookEndpoint",
}
"""Our resources by the first part of their paths, and what the SDK calls each."""

_PARAMS: Final = re.compile(r"\b[A-Z]\w*Params[A-Z]\w*")
_PARTS_WITH_ACTION: Final = 3
_TEXT: Final = "text"

Names = dict[str, tuple[str, ...]]
"""Names of parameters, by the parameter that they stand in ("" for none)."""


def page() -> str:
    """The page, as it should be."""
    return "\n".join([*_head(), *_resources(), *_routes(), *_events(), *_cards(), *_refusals()]) + "\n"


def operation(route: Route) -> str:
    """What Stripe calls the operation of a route: create, list, retrieve, update, delete, or the action at its end."""
    parts = route.path.strip("/").split("/")
    if len(parts) == _PARTS_WITH_ACTION:
        return parts[-1]
    if route.method == "DELETE":
        return "delete"
    if len(parts) == 1:
        return "create" if route.method == "POST" else "list"
    return "update" if route.method == "POST" else "retrieve"


def refused(route: Route) -> Names:
    """Parameters that the SDK can send to a route and that it does not take. Those within one that is refused are not
    named: it is refused whole."""
    ours = taken(route)
    found: Names = {}
    for place, theirs in _theirs(route).items():
        if place in ours:
            missing = tuple(name for name in theirs if name not in ours[place])
            found |= {place: missing} if missing else {}
    return found


def taken(route: Route) -> dict[str, dict[str, str]]:
    """What a route takes: by the parameter that they stand in ("" for none) the names, and the values of each."""
    shape = route.body or route.query
    found: dict[str, dict[str, str]] = {"": {}}
    if shape is not None:
        schema = shape.model_json_schema()
        _enter(schema, schema.get("$defs", {}), [], found)
    return found


def _head() -> Iterator[str]:
    yield "# What of Stripe's API there is"
    yield ""
    yield "<!-- Written by docs/generate.py from the routes, the shapes and the annotations of Stripe's SDK. -->"
    yield ""
    yield f"Shapes are those of version `{STRIPE_VERSION}`; beside them stands what the official Python SDK {VERSION}"
    yield "can send. How to use it, and the differences from Stripe:"
    yield "[use-stripe-sdks.md](../how-to/use-stripe-sdks.md)."
    yield ""
    yield "Nothing is silently ignored. A parameter that is not listed here is refused with 400, `parameter_unknown`"
    yield "and its name in `param`, whether Stripe knows it or nobody does. A resource or operation that is not listed"
    yield "here is refused with 404 and a sentence that names this page."
    yield ""


def _resources() -> Iterator[str]:
    yield "## Resources"
    yield ""
    yield "| resource | operations | Stripe's others, which answer 404 |"
    yield "|---|---|---|"
    for resource, name in RESOURCES.items():
        has = [operation(route) for route in ROUTES if _resource(route) == resource]
        others = [other for other in _operations(name) if other not in has]
        yield f"| [{resource}](#{resource}) | {', '.join(has)} | {', '.join(others)} |"
    missing = [name for name in services.V1Services.__annotations__ if name not in RESOURCES]
    yield ""
    yield f"Stripe's other resources answer 404: {', '.join(missing)}."


def _routes() -> Iterator[str]:
    for resource in RESOURCES:
        yield ""
        yield f'## <a id="{resource}"></a>{resource}'
        for route in ROUTES:
            if _resource(route) == resource:
                yield from _route(route)


def _route(route: Route) -> Iterator[str]:
    yield ""
    yield f"### {route.method} /v1{route.path}"
    yield ""
    key = " A publishable key may, with the `client_secret`." if route.access is Access.V1_KEY_OR_CLIENT else ""
    yield f"{route.summary}.{key}"
    first, *nested = taken(route).items()
    if first[1]:
        yield from ("", "| parameter | values |", "|---|---|")
        inside = {place.partition("[")[0] for place, _ in nested}
        for name, kind in first[1].items():
            if name not in inside:
                yield f"| `{name}` | {kind} |"
        for place, names in nested:
            yield f"| `{place}[…]` | {'; '.join(_entry(name, kind) for name, kind in names.items() if kind)} |"
    others = refused(route)
    if others:
        yield ""
        yield f"Stripe's others, refused by name: {'; '.join(_told(place, names) for place, names in others.items())}."


def _entry(name: str, kind: str) -> str:
    return f"`{name}`" if kind == _TEXT else f"`{name}` {kind}"


def _told(place: str, names: tuple[str, ...]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"within `{place}` {listed}" if place else listed


def _events() -> Iterator[str]:
    yield ""
    yield "## Events that are told"
    yield ""
    yield f"{', '.join(f'`{kind}`' for kind in STRIPE_EVENT_TYPES)}."
    yield "An endpoint that asks for another type is refused, with this list."


def _cards() -> Iterator[str]:
    yield ""
    yield "## Cards by name"
    yield ""
    yield "Each is there as `pm_card_…` for `payment_method` and as `tok_…` for `card[token]`; the names are Stripe's."
    yield "What all numbers do: [test cards](api.md#test-cards)."
    yield ""
    yield "| name | number | does |"
    yield "|---|---|---|"
    for name, number in CARDS_BY_NAME.items():
        card = TEST_CARDS[number]
        does = card.says if card.simulated else f"{card.says}: refused as `not_yet_simulated` for now"
        yield f"| `pm_card_{name}` | `{number}` | {does} |"


def _refusals() -> Iterator[str]:
    yield ""
    yield "## Refusals"
    yield ""
    yield "Ours by their [codes](api.md#refusals), as this surface says them. A decline is no refusal: 402,"
    yield "`card_error`, and the intent beside it."
    yield ""
    yield "| ours | status | `type` | `code` |"
    yield "|---|---|---|---|"
    for code, error in STRIPE_ERRORS.items():
        said = f"`{error.code}`" if error.code else ""
        yield f"| [`{code}`](api.md#{code}) | {error.status} | `{error.type}` | {said} |"


def _resource(route: Route) -> str:
    return route.path.strip("/").partition("/")[0]


def _operations(name: str) -> list[str]:
    """The operations of a resource, and the resources within it, in the SDK's service for it."""
    module = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    service: Any = getattr(__import__(f"stripe._{module}_service", fromlist=[name]), f"{name}Service")
    public = [word for word in vars(service) if not word.startswith("_") and not word.endswith("_async")]
    return [*public, *service.__annotations__]


def _theirs(route: Route) -> Names:
    name = f"{RESOURCES[_resource(route)]}{operation(route).capitalize()}Params"
    shape: Any = getattr(params, name)
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
    return [option for option in entry.get("anyOf", [entry]) if option.get("type") != "null"]


def _named(entry: Mapping[str, Any]) -> str:
    return entry.get("$ref", "").rpartition("/")[2]


def _kind(entry: Mapping[str, Any]) -> str:
    if "enum" in entry:
        return " or ".join(f"`{value}`" for value in entry["enum"])
    if "const" in entry:
        return f"`{entry['const']}`" if entry["const"] != "" else "empty"
    if entry["type"] == "array":
        return f"list of {_kind(entry['items'])}"
    return {"object": "map", "integer": "whole number", "string": _TEXT, "boolean": "`true` or `false`"}[entry["type"]]


def _bracketed(parts: list[str]) -> str:
    return parts[0] + "".join(f"[{part}]" for part in parts[1:]) if parts else ""
