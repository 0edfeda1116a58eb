"""A request to each route in Python, Node and curl, which runs as it stands. Pure.

The address and the keys are read from the environment: `eval "$(paysandbox status -o env)"` sets them. The native
routes are called with HTTPX and fetch, the Stripe-compatible ones with Stripe's SDKs, or with their `raw_request` and
`rawRequest` where the SDKs have no method. Node's samples are modules (`sample.mjs`).
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from api_reference.examples import EXAMPLES, PATHS
from paysandbox.http.route import Access, BodyFormat, Route

Json = dict[str, Any]

EXTENSION: Final = "x-codeSamples"
"""The member of an operation that has its samples. Redoc and other viewers show it too."""
BASE_URL: Final = "PAYSANDBOX_BASE_URL"
API_KEY: Final = "PAYSANDBOX_API_KEY"
EVENT_FILE: Final = "event.json"
"""The body of a webhook that a route receives, as its sender signed it."""

_KEYS: Final[Mapping[Access, tuple[str, str, str]]] = {
    Access.API_KEY: ("X-Api-Key", "", API_KEY),
    Access.OPERATOR: ("X-Api-Key", "", "PAYSANDBOX_OPERATOR_KEY"),
    Access.DONOR: ("Authorization", "Bearer ", "ID_TOKEN"),
}
"""The header of a key, what it begins with, and the variable of the environment that has the key."""

_SIGNATURES: Final[Mapping[str, Mapping[str, str]]] = {
    "receive_webhook": {"webhook-id": "evt_1", "webhook-timestamp": "1795164479", "webhook-signature": "v1,MDEyMw=="},
    "receive_stripe_event": {"Stripe-Signature": "t=1795164479,v1=00"},
    "receive_paypal_event": {
        "PAYPAL-TRANSMISSION-ID": "b1c2",
        "PAYPAL-TRANSMISSION-TIME": "2026-11-20T08:48:03Z",
        "PAYPAL-TRANSMISSION-SIG": "MDEyMw==",
        "PAYPAL-CERT-URL": "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    },
}
"""Headers of webhooks that routes receive. The sender makes the values; these are not accepted."""


def samples(*, curl: str, python: str, node: str) -> list[Json]:
    """The samples of an operation, as viewers of OpenAPI documents expect them."""
    return [
        {"lang": "Python", "source": python},
        {"lang": "JavaScript", "label": "Node", "source": node},
        {"lang": "Shell", "label": "curl", "source": curl},
    ]


# --- native routes ----------------------------------------------------------------------------------------------------


def native_samples(route: Route) -> list[Json]:
    """A request to a native route: its first example."""
    return samples(curl=native_curl(route), python=_httpx(route), node=_fetch(route))


def native_curl(route: Route) -> str:
    """The request with curl."""
    get = "curl -sS" if route.method == "GET" else f"curl -sS -X {route.method}"
    parts = [f'{get} "${BASE_URL}{_native_path(route)}"']
    if route.access in _KEYS:
        header, prefix, variable = _KEYS[route.access]
        parts.append(f'-H "{header}: {prefix}${variable}"')
    parts += [f"-H '{name}: {value}'" for name, value in _native_headers(route)]
    if route.body_format is BodyFormat.RAW:
        parts.append(f"-d @{EVENT_FILE}")
    elif route.body is not None:
        body = _native_body(route)
        sent = urlencode(body) if route.body_format is BodyFormat.FORM else json.dumps(body)
        parts.append(f"-d {shlex.quote(sent)}")
    return " \\\n  ".join(parts)


def _httpx(route: Route) -> str:
    arguments = [f'os.environ["{BASE_URL}"] + "{_native_path(route)}"']
    headers = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in _native_headers(route)]
    if route.access in _KEYS:
        header, prefix, variable = _KEYS[route.access]
        value = f'os.environ["{variable}"]'
        headers.insert(0, f'"{header}": {f"{json.dumps(prefix)} + " if prefix else ""}{value}')
    if headers:
        arguments.append("headers={\n" + "".join(f"        {header},\n" for header in headers) + "    }")
    imports = ["import os"]
    if route.body_format is BodyFormat.RAW:
        imports.append("from pathlib import Path")
        arguments.append(f'content=Path("{EVENT_FILE}").read_bytes()')
    elif route.body is not None:
        name = "data" if route.body_format is BodyFormat.FORM else "json"
        arguments.append(f"{name}={python_literal(_native_body(route), 1)}")
    listed = "".join(f"    {argument},\n" for argument in arguments)
    call = f"httpx.{route.method.lower()}(\n{listed})"
    return "\n".join([*imports, "", "import httpx", "", f"response = {call}", _PRINTED_BY_PYTHON])


_PRINTED_BY_PYTHON: Final = "print(response.status_code, response.text)\n"


def _fetch(route: Route) -> str:
    headers = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in _native_headers(route)]
    if route.access in _KEYS:
        header, prefix, variable = _KEYS[route.access]
        headers.insert(0, f'"{header}": {f"{json.dumps(prefix)} + " if prefix else ""}process.env.{variable}')
    members = [] if route.method == "GET" else [f'method: "{route.method}"']
    if headers:
        members.append("headers: {\n" + "".join(f"    {header},\n" for header in headers) + "  }")
    imports = ""
    if route.body_format is BodyFormat.RAW:
        imports = 'import { readFile } from "node:fs/promises";\n\n'
        members.append(f'body: await readFile("{EVENT_FILE}")')
    elif route.body is not None:
        made = "new URLSearchParams(%s)" if route.body_format is BodyFormat.FORM else "JSON.stringify(%s)"
        members.append("body: " + made % javascript_literal(_native_body(route), 1))
    options = ", {\n" + "".join(f"  {member},\n" for member in members) + "}" if members else ""
    call = f'await fetch(process.env.{BASE_URL} + "{_native_path(route)}"{options})'
    return f"{imports}const response = {call};\nconsole.log(response.status, await response.text());\n"


def _native_path(route: Route) -> str:
    values = {**PATHS, **route.path_examples}
    path = re.sub(r"{(\w+)}", lambda found: values[found[1]], route.path)
    query = route.query_shape.model_json_schema() if route.query_shape is not None else {}
    required = {name: query["properties"][name]["examples"][0] for name in query.get("required", [])}
    return f"{path}?{urlencode(required)}" if required else path


def _native_headers(route: Route) -> Iterator[tuple[str, str]]:
    if route.idempotency:
        yield "X-Idempotency-Key", f"order-1042-{route.name.partition('_')[0]}"
    if route.body_format is BodyFormat.RAW:
        yield from _SIGNATURES[route.name].items()
    if route.body_format is BodyFormat.RAW or (route.body is not None and route.body_format is not BodyFormat.FORM):
        yield "Content-Type", "application/json"


def _native_body(route: Route) -> Json:
    return next(iter(EXAMPLES[route.name].bodies.values()))


# --- Stripe-compatible routes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class StripeRequest:
    """A request to a Stripe-compatible route. `path` begins with /v1; `fields` are those of its form or query."""

    method: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    call: "SdkCall | None" = None
    """The SDKs' method, or None if they have none."""


@dataclass(frozen=True, kw_only=True)
class SdkCall:
    """A method of Stripe's SDKs: of Python's as `customers.tax_ids.create`, of Node's as `customers.createTaxId`."""

    python: str
    node: str
    ids: tuple[str, ...] = ()
    """The ids in the path, which are the first arguments."""


_ACTIONS: Final = frozenset(
    {
        *("confirm", "capture", "cancel", "attach", "detach", "expire", "close", "increment_authorization"),
        *("reject", "validate", "finalize", "mark_uncollectible", "pay", "send", "void"),
    }
)
_VERBS_OF_ONE: Final[Mapping[str, str]] = {"GET": "retrieve", "POST": "update", "DELETE": "delete"}
_VERBS_OF_ALL: Final[Mapping[str, str]] = {"GET": "list", "POST": "create"}
# Whose path says something else than the SDKs' names.
_NAMED: Final[Mapping[str, SdkCall]] = {
    "get_balance": SdkCall(python="balance.retrieve", node="balance.retrieve"),
    "get_account": SdkCall(python="accounts.retrieve_current", node="accounts.retrieveCurrent"),
}
# The SDKs no longer have these, only their previews have them (shared payment tokens), only the browser's library calls
# them, or (ephemeral keys) they need a version, or (OAuth) another host.
_WITHOUT_METHOD: Final = frozenset(
    {
        *("create_customer_card", "create_charge_refund", "list_charge_refunds", "get_charge_refund", "refund_charge"),
        *("get_elements_session", "remove_saved_method"),
        *("get_payment_page", "create_confirmation_token_of_page", "create_ephemeral_key"),
        *("create_granted_token", "revoke_granted_token", "get_shared_payment_granted_token"),
        *("create_oauth_token", "deauthorize_account", "list_balance_history", "get_balance_history"),
    }
)


_SERVICES: Final[Mapping[str, str]] = {
    "apple_pay/domains": "apple_pay_domains",
    "invoiceitems": "invoice_items",
    "/lines": "/line_items",
}
"""Parts of paths for which both SDKs have a service with another name."""
_VERBS: Final[Mapping[str, str]] = {
    "cancel_subscription": "cancel",
    **{name: name for name in ("finalize_invoice", "send_invoice", "void_invoice")},
}
"""What both SDKs call what their paths and methods do not tell."""


def sdk_call(route: Route, path: str) -> SdkCall | None:
    """The SDKs' method for a route, by the rule that both SDKs follow. `path` is the route's with ids in it."""
    if route.name in _WITHOUT_METHOD:
        return None
    if route.name in _NAMED:
        return _NAMED[route.name]
    for ours, theirs in _SERVICES.items():
        path = path.replace(ours, theirs)
    parts = route.path
    for ours, theirs in _SERVICES.items():
        parts = parts.replace(ours, theirs)
    parts = parts.strip("/").split("/")
    ids = tuple(value for name, value in zip(parts, path.strip("/").split("/"), strict=True) if name.startswith("{"))
    names = [name for name in parts if not name.startswith("{")]
    if parts[-1].startswith("{"):
        verb = _VERBS_OF_ONE[route.method]
    elif names[-1] == "search" or (ids and names[-1] in _ACTIONS):
        verb = names.pop()
    else:
        verb = _VERBS_OF_ALL[route.method]
    verb = _VERBS.get(route.name, verb)
    # Node has no services within a resource: `customers.createTaxId`, where Python has `customers.tax_ids.create`.
    within = names.pop() if _is_nested(route.path) else ""
    if within:
        service = {"sources": "payment_sources"}.get(within, within)
        method = _camel(f"{verb}_{within if verb == 'list' else _singular(within)}")
        python = ".".join([*names, service, verb])
    else:
        method = "del" if verb == "delete" else _camel(verb)
        python = ".".join([*names, verb])
    return SdkCall(python=python, node=".".join([*map(_camel, names), method]), ids=ids)


def _singular(noun: str) -> str:
    return f"{noun.removesuffix('ies')}y" if noun.endswith("ies") else noun.removesuffix("s")


def _is_nested(path: str) -> bool:
    """Whether a resource lies within one: a name after an id that is no action."""
    return any(name not in _ACTIONS for name in re.findall(r"}/(\w+)", path))


def stripe_samples(request: StripeRequest) -> list[Json]:
    """A request to a Stripe-compatible route."""
    return samples(curl=_stripe_curl(request), python=_stripe_python(request), node=_stripe_node(request))


def _stripe_curl(request: StripeRequest) -> str:
    how = " -G" * bool(request.fields) if request.method == "GET" else f" -X {request.method}"
    parts = [f'curl -sS{how} "${BASE_URL}{request.path}"', f'-u "${API_KEY}:"']
    parts += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in request.fields.items()]
    return " \\\n  ".join(parts)


def _stripe_python(request: StripeRequest) -> str:
    fields = nested(request.fields)
    if request.call is None:
        words = "".join(f", {name}={python_literal(value)}" for name, value in fields.items())
        result = f'client.raw_request("{request.method.lower()}", "{request.path}"{words}).data'
    else:
        arguments = [json.dumps(name) for name in request.call.ids] + ([python_literal(fields)] if fields else [])
        result = f"client.v1.{request.call.python}({', '.join(arguments)})"
    return (
        "import os\n\nimport stripe\n\n"
        "client = stripe.StripeClient(\n"
        f'    os.environ["{API_KEY}"], base_addresses={{"api": os.environ["{BASE_URL}"]}}\n)\n'
        f"print({result})\n"
    )


def _stripe_node(request: StripeRequest) -> str:
    fields = nested(request.fields)
    if request.call is None:
        arguments = [f'"{request.method}"', f'"{request.path}"', *([javascript_literal(fields)] if fields else [])]
        result = f"stripe.rawRequest({', '.join(arguments)})"
    else:
        arguments = [json.dumps(name) for name in request.call.ids] + ([javascript_literal(fields)] if fields else [])
        result = f"stripe.{request.call.node}({', '.join(arguments)})"
    return (
        'import Stripe from "stripe";\n\n'
        f"const {{ hostname, port, protocol }} = new URL(process.env.{BASE_URL});\n"
        f"const stripe = new Stripe(process.env.{API_KEY}, {{\n"
        "  host: hostname,\n  port,\n  protocol: protocol.slice(0, -1),\n});\n"
        f"console.log(await {result});\n"
    )


def nested(fields: Mapping[str, str]) -> Json:
    """The fields of a form as objects and lists: `card[token]`, `items[0][price]`, `expand[]`."""
    whole: Json = {}
    for name, text in fields.items():
        *outer, last = name.replace("]", "").split("[")
        place = whole
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = _typed(text)
    return {name: _with_lists(value) for name, value in whole.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    members: Json = {name: _with_lists(member) for name, member in value.items()}
    return [*members.values()] if all(name == "" or name.isdigit() for name in members) else members


def _typed(text: str) -> Any:
    return json.loads(text) if text in ("true", "false") or re.fullmatch(r"[1-9]\d{0,8}", text) else text


# --- literals ---------------------------------------------------------------------------------------------------------


def python_literal(value: Any, depth: int = 0) -> str:
    """A JSON value in Python, over several lines. `depth` is the indentation of its first line, in steps of four."""
    edge, inner = "    " * depth, "    " * (depth + 1)
    if isinstance(value, dict) and value:
        rows = (f"{inner}{json.dumps(name)}: {python_literal(member, depth + 1)},\n" for name, member in value.items())
        return "{\n" + "".join(rows) + edge + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{inner}{python_literal(entry, depth + 1)},\n" for entry in value) + edge + "]"
    return {"true": "True", "false": "False", "null": "None"}.get(text := json.dumps(value), text)


def javascript_literal(value: Any, depth: int = 0) -> str:
    """A JSON value in JavaScript. `depth` is the indentation of its first line, in steps of two."""
    return json.dumps(value, indent=2).replace("\n", "\n" + "  " * depth)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
