"""docs/reference/api.md and its parts: every route with its parameters, an example and its errors.

From the OpenAPI document. The page has the rules of all routes and their list. A part has the routes of some groups
with the objects that no other part has, and the last one has the others.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from api_reference.code_samples import native_curl
from api_reference.examples import EXAMPLES
from api_reference.openapi import API_KEY_HEADER, document, refusals_of, tag
from api_reference.routes import ROUTES, Access, Route
from docs.pages.fields import rows
from docs.pages.limits import limits
from docs.pages.markdown import code, fenced, head, pretty_json, table
from paysandbox import TITLE, VERSION
from paysandbox.core.errors import Code

Json = dict[str, Any]

DOCUMENT: Json = document(ROUTES, title=TITLE, version=VERSION, server=".")
SCHEMAS: Json = DOCUMENT["components"]["schemas"]

SECTIONS = {
    "payments": "Payments",
    "disputes": "Disputes",
    "simulate": "Simulation and settings",
    "clock": "Clock",
    "fault_rules": "Faults",
    "webhooks": "Webhooks and events",
    "inbox": "Inbox",
    "settlements": "Settlements",
    "donations": "Donations",
    "customers": "Customers",
    "funds": "Funds",
    "disbursements": "Disbursements",
    "request_log": "Request log",
    "search": "Search",
    "reference": "Documentation",
}

PARTS = {
    "api-payments": ("Payments", ("payments",)),
    "api-simulation": ("Disputes and simulation", ("disputes", "simulate", "clock", "fault_rules")),
    "api-webhooks": ("Webhooks and events", ("webhooks", "inbox")),
    "api-settlement": ("Settlement", ("settlements",)),
    "api-money-out": ("Money out", ("donations", "customers", "funds", "disbursements")),
    "api-operations": ("Operations", ("request_log", "search", "reference")),
}
"""The pages of routes, by their names in docs/reference: their titles, and their sections."""

_WHOLE = "api"
_OBJECTS = "api-objects"

COMMON_ERRORS = {
    "All": (
        Code.HEADER_UNKNOWN,
        Code.RATE_LIMITED,
        Code.INTERNAL_ERROR,
        Code.UPSTREAM_ERROR,
        Code.SERVICE_UNAVAILABLE,
        Code.UPSTREAM_TIMEOUT,
    ),
    "With an API key": (Code.API_KEY_INVALID, Code.QUOTA_EXCEEDED),
    "With an identity token": (Code.TOKEN_INVALID,),
    "With a body or query": (Code.PARAMETER_UNKNOWN, Code.PARAMETER_INVALID),
    "With a body": (
        Code.REQUEST_INVALID,
        Code.PARAMETER_MISSING,
        Code.LIVE_CARD_IN_SANDBOX,
        Code.BODY_TOO_LARGE,
        Code.MEDIA_TYPE_UNSUPPORTED,
    ),
    "With an idempotency key": (
        Code.IDEMPOTENCY_KEY_REQUIRED,
        Code.IDEMPOTENCY_KEY_INVALID,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
    "Local sandbox": (Code.HOST_NOT_ALLOWED, Code.SESSION_INVALID, Code.PATH_TOO_LONG, Code.HEADERS_TOO_LARGE),
}
"""Errors that are not repeated for each route."""

COMMON = {each for codes in COMMON_ERRORS.values() for each in codes}

_ACCESS = {
    Access.PUBLIC: "none",
    Access.API_KEY: f"API key in `{API_KEY_HEADER}`",
    Access.OPERATOR: f"operator's key in `{API_KEY_HEADER}`",
    Access.DONOR: "identity token of a donor in `Authorization: Bearer …`",
}


def pages() -> dict[str, str]:
    """The pages, by their names in docs/reference."""
    parts = {name: _routes(name, title, sections) for name, (title, sections) in PARTS.items()}
    every = {_WHOLE: [*_introduction(), *_list()], **parts, _OBJECTS: _shared_objects()}
    return {name: "\n".join(lines) + "\n" for name, lines in every.items()}


def _introduction() -> Iterator[str]:
    yield from head("API reference", "the routes, their shapes and examples")
    yield "The native HTTP API of the sandbox. For the Stripe-compatible API, which is everything else under `/v1`, see"
    yield "[Stripe coverage](stripe-coverage.md)."
    yield ""
    yield "- **Base URL.** `paysandbox status` prints it. The examples read it from `PAYSANDBOX_BASE_URL`, and the"
    yield "  key from"
    yield '  `PAYSANDBOX_API_KEY`: `eval "$(paysandbox status -o env)"` sets both.'
    yield "- **Authentication.** An API key in `X-Api-Key`, unless a route says otherwise."
    yield "- **Amounts** are integers in minor units, the smallest unit of the currency: 1250 is 12.50 USD or 1,250"
    yield "  JPY."
    yield "- **Times** are RFC 3339 in UTC, by the sandbox's clock."
    yield "- **Bodies** are JSON. Unknown fields are errors, and types are not converted."
    yield "- **Idempotency.** A POST needs `X-Idempotency-Key` (or `Idempotency-Key`), unless its route says that the"
    yield "  key is optional or takes none. A retry with the same key and body"
    yield "  returns the first response byte for byte, with `Idempotent-Replayed: true`, for 24 hours. The same key"
    yield "  with a different body is an error. An error does not consume the key. A retry is evaluated again, so"
    yield "  after a failure, retry with the same key."
    yield "- **Errors** are problem documents with a stable `code`: [errors](errors.md)."
    yield "- **Request ids.** Every response has a `Request-Id` header."
    yield ""
    yield "A running sandbox serves this reference at `/docs`, with a form to try each route and its request in Python,"
    yield "Node and curl, and the OpenAPI 3.1 document at `/openapi.json`, which has these requests as `x-codeSamples`."
    yield "Postman and Bruno can import the collection at `/postman.json`. Each release has both as files. In the"
    yield "collection, set the variables `baseUrl` and `apiKey` (and"
    yield "`idToken` for donors), and run the requests from top to bottom."
    yield ""
    yield "## Limits"
    yield ""
    yield from table(("Limit", "Value", "Error"), limits())
    yield from ("", "## Common errors", "")
    yield "Each route lists its own errors. In addition:"
    yield ""
    yield from table(("Requests", "Errors"), ((requests, _errors(codes)) for requests, codes in COMMON_ERRORS.items()))


def _list() -> Iterator[str]:
    """Every route and object, with a link to its part and the anchor that it had while all were on one page."""
    for name, (_, sections) in PARTS.items():
        for section in sections:
            yield from ("", f"## {SECTIONS[section]}", "")
            yield from table(
                ("Route", "Method and path"),
                (
                    (
                        f'<a id="{route.name}"></a>[{route.summary}]({name}.md#{route.name})',
                        code(f"{route.method} {route.path}"),
                    )
                    for route in ROUTES
                    if tag(route) == section
                ),
            )
    yield from ("", "## Objects", "")
    yield ", ".join(f"{_old_anchor(name)}{_link(name)}" for name in sorted(_pages_of_objects())) + "."


def _old_anchor(name: str) -> str:
    """The anchor of an object, unless a section of routes has the same name, as it had before."""
    is_section = name.lower() in {title.lower().replace(" ", "-") for title in SECTIONS.values()}
    return "" if is_section else f'<a id="{name.lower()}"></a>'


def _routes(name: str, title: str, sections: Iterable[str]) -> Iterator[str]:
    yield from head(f"API reference: {title}", "the routes, their shapes and examples")
    yield "[API reference](api.md) has the rules of all routes."
    yield f"[Objects]({_OBJECTS}.md) of several parts have a page of their own."
    for section in sections:
        yield from ("", f"## {SECTIONS[section]}")
        for route in ROUTES:
            if tag(route) == section:
                yield from _route(route)
    if own := _objects_of(name):
        yield from ("", "## Objects", *_objects(own, "###"))


def _route(route: Route) -> Iterator[str]:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    yield from ("", f'### <a id="{route.name}"></a>{route.summary}', "", f"`{route.method} {route.path}`", "")
    yield f"Authentication: {_ACCESS[route.access]}."
    if operation["parameters"]:
        yield ""
        yield from table(
            ("Parameter", "In", "Type", "Description"), (_parameter(each) for each in operation["parameters"])
        )
    if route.body_shape is not None:
        schema = SCHEMAS[route.body_shape.__name__]
        yield from ("", "**Request body**", "")
        yield from table(("Field", "Type", "Description"), rows(schema, _link, request=True))
    yield from fenced(native_curl(route))
    yield ""
    yield f"**Response** {'' if route.status == 200 else f'{route.status}, '}{_response(route)}"
    examples = EXAMPLES[route.name].answers if route.name in EXAMPLES else {}
    if examples:
        yield from pretty_json(next(iter(examples.values())))
    yield ""
    own = [each for each in refusals_of(route) if each not in COMMON]
    yield f"**Errors** {_errors(own)}{' and ' if own else ''}the [common errors](api.md#common-errors)."


def _errors(codes: Iterable[Code]) -> str:
    return ", ".join(f"[{code(each)}](errors.md#{each})" for each in codes)


def _parameter(parameter: Json) -> tuple[str, str, str, str]:
    ((_, kind, description),) = rows({"properties": {"x": parameter["schema"]}, "required": ["x"]}, _link)
    required = "Required. " if parameter["required"] and parameter["in"] != "path" else ""
    default = description if "Default" in description else ""
    words = " ".join(filter(None, [required + parameter["description"], default]))
    return code(parameter["name"]), parameter["in"], kind, words


def _response(route: Route) -> str:
    if route.answer_shape is None:
        return ", ".join(f"`{kind}`" for kind in route.media_types)
    return f"{_link(_name(route.answer_shape.__name__))}: {_summary(_name(route.answer_shape.__name__))}"


def _shared_objects() -> Iterator[str]:
    yield from head("API reference: Objects", "the routes, their shapes and examples")
    yield "The objects that several parts of the [API reference](api.md#objects) share."
    yield from _objects(_objects_of(_OBJECTS), "##")


def _objects(names: Iterable[str], level: str) -> Iterator[str]:
    for name in names:
        yield from ("", f"{level} {name}", "", _text(SCHEMAS[name].get("description", "")), "")
        if "properties" in SCHEMAS[name]:
            yield from table(("Field", "Type", "Description"), rows(SCHEMAS[name], _link))
        else:
            ((_, kind, _),) = rows({"properties": {"x": SCHEMAS[name]}, "required": ["x"]}, _link)
            yield f"An {kind}."


def _objects_of(page: str) -> list[str]:
    return sorted(name for name, where in _pages_of_objects().items() if where == page)


@cache
def _pages_of_objects() -> dict[str, str]:
    """Return the page of each object: that of the only part whose routes show it, or that of shared objects."""
    pages: dict[str, str] = {}
    for part, (_, sections) in PARTS.items():
        for name in _shown_by([route for route in ROUTES if tag(route) in sections]):
            pages[name] = part if name not in pages else _OBJECTS
    return pages


def _shown_by(routes: Iterable[Route]) -> set[str]:
    """Shapes of responses and those within them, and those within bodies, by name."""
    found: set[str] = set()

    def enter(name: str) -> None:
        if name not in found:
            found.add(name)
            for inner in re.findall(r"#/components/schemas/(\w+)", json.dumps(SCHEMAS[name])):
                enter(inner)

    for route in routes:
        if route.answer_shape is not None:
            enter(_name(route.answer_shape.__name__))
        if route.body_shape is not None:
            for inner in re.findall(r"#/components/schemas/(\w+)", json.dumps(SCHEMAS[route.body_shape.__name__])):
                enter(inner)
    return found


def _name(model: str) -> str:
    return model.removesuffix("Body")


def _link(name: str) -> str:
    return f"[{name}]({_pages_of_objects()[name]}.md#{name.lower()})"


def _summary(name: str) -> str:
    return _text(SCHEMAS[name].get("description", "")).partition("\n")[0]


def _text(words: str) -> str:
    return " ".join(words.split())
