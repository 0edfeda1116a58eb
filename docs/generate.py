"""Writes the documents that follow from the code: `openapi.json`, `postman.json`, `api.md`, `capacity.md` and
`stripe-coverage.md`.

    python docs/generate.py            write them
    python docs/generate.py --check    exit 1 when a committed one differs

A test runs the check, so the documents cannot be out of date.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from api_reference.events import EVENTS
from api_reference.examples import EVENT_EXAMPLES, EXAMPLES, PATHS
from api_reference.openapi import API_KEY_HEADER, IDEMPOTENCY_HEADER, document, refusals_of, tag
from api_reference.routes import ROUTES, Access, Route
from benchmarks import capacity
from docs import stripe_coverage
from paysandbox import TITLE, VERSION
from paysandbox.core.errors import PROBLEMS, doc_url, problem_type
from paysandbox.core.event_type import EventType
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.decline_codes import REASONS
from paysandbox.payments.outcome import FORMS, OUTCOME_ENTRY
from paysandbox.payments.response import Check
from paysandbox.payments.test_cards import ALL_PASS, MISTYPED, TEST_CARDS, TRIGGERS, TestCard
from paysandbox.reference.error_docs import ERROR_DOCS

DOCS: Final = Path(__file__).resolve().parent
LOCAL_SERVER: Final = "http://127.0.0.1:4566"
REMEMBERED: Final = {
    "auth_id": ("authorize_payment", "transaction_id"),
    "capture_id": ("capture_payment", "transaction_id"),
    "endpoint_id": ("create_endpoint", "endpoint_id"),
    "request_id": ("", ""),
}
"""Variables of the collection, the route whose answer sets each, and the member that it is; the last one is a header of
every answer."""


_ACCESS: Final = {
    Access.PUBLIC: "No key.",
    Access.API_KEY: "API key.",
    Access.DONOR: "`Authorization: Bearer` with a donor's identity token.",
}


def openapi_json() -> str:
    """The OpenAPI document, with the local sandbox as its server."""
    whole = document(ROUTES, title=TITLE, version=VERSION, server=LOCAL_SERVER)
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def api_page() -> str:
    """Routes, refusals, test cards, outcomes and events, to read."""
    return "\n".join([*_head(), *_routes(), *_refusals(), *_cards(), *_outcomes(), *_events()]) + "\n"


def postman_json() -> str:
    """A Postman collection (v2.1, which Bruno and Insomnia import too). Run from top to bottom, it is a payment's life.

    Importers of OpenAPI fill bodies with names of types and leave idempotency keys as they are, so the second request
    would be a retry; here bodies are the examples, keys are fresh, and ids are those of the answers before.
    """
    named = {
        "baseUrl": LOCAL_SERVER,
        "apiKey": "sk_test_…",
        "idToken": "",
        **dict.fromkeys(REMEMBERED, ""),
    }
    key = [
        {"key": "key", "value": API_KEY_HEADER},
        {"key": "value", "value": "{{apiKey}}"},
        {"key": "in", "value": "header"},
    ]
    collection = {
        "info": {"name": TITLE, "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "auth": {"type": "apikey", "apikey": key},
        "variable": [{"key": name, "value": value} for name, value in named.items()],
        "item": [
            {"name": name, "item": [_postman_request(route) for route in ROUTES if tag(route) == name]}
            for name in dict.fromkeys(tag(route) for route in ROUTES)
        ],
    }
    return json.dumps(collection, indent=2, ensure_ascii=False) + "\n"


def _postman_request(route: Route) -> dict[str, Any]:
    address = "{{baseUrl}}" + re.sub(r"{(\w+)}", r":\1", route.path)
    url: dict[str, Any] = {"raw": address, "host": ["{{baseUrl}}"], "path": address.split("/")[1:]}
    remembered = {"transaction_id": "{{auth_id}}", "request_id": "{{request_id}}", "endpoint_id": "{{endpoint_id}}"}
    values = {**PATHS, **route.path_examples, **remembered}
    names = re.findall(r"{(\w+)}", route.path)
    if names:
        url["variable"] = [{"key": name, "value": values[name]} for name in names]
    request: dict[str, Any] = {"method": route.method, "header": [], "url": url}
    if route.access is Access.PUBLIC:
        request["auth"] = {"type": "noauth"}
    if route.access is Access.DONOR:
        request["auth"] = {"type": "bearer", "bearer": [{"key": "token", "value": "{{idToken}}"}]}
    if route.idempotent:
        request["header"].append({"key": IDEMPOTENCY_HEADER, "value": "{{$guid}}"})
    if route.body is not None:
        (body, *_) = EXAMPLES[route.name].bodies.values()
        # Ids of operations are those that an answer gave.
        sent = {name: _remembered(value) for name, value in body.items()}
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {"mode": "raw", "raw": json.dumps(sent, indent=2), "options": {"raw": {"language": "json"}}}
    item: dict[str, Any] = {"name": route.summary, "request": request}
    lines = ['pm.collectionVariables.set("request_id", pm.response.headers.get("Request-Id"));']
    lines += [
        f'if (pm.response.code === 200) pm.collectionVariables.set("{name}", pm.response.json().{member});'
        for name, (maker, member) in REMEMBERED.items()
        if maker == route.name
    ]
    if route.access is Access.API_KEY:
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": lines}}]
    return item


def _remembered(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return re.sub("^(auth|cap)_.*", lambda found: {"auth": "{{auth_id}}", "cap": "{{capture_id}}"}[found[1]], value)


def documents() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    return {
        DOCS / "openapi.json": openapi_json(),
        DOCS / "postman.json": postman_json(),
        DOCS / "api.md": api_page(),
        DOCS / "capacity.md": capacity.page(),
        DOCS / "stripe-coverage.md": stripe_coverage.page(),
    }


def _head() -> Iterator[str]:
    yield "# The API"
    yield ""
    yield "<!-- Written by docs/generate.py from the route, refusal and card tables; change those. -->"
    yield ""
    yield "Amounts are integers of the currency's minor unit (1250 is 12.50 USD); times are RFC 3339, UTC. Every route"
    yield "but those marked so wants `X-Api-Key`. Every POST wants `X-Idempotency-Key` (or `Idempotency-Key`), but for"
    yield "those of donors, who may go without, and of Stripe."
    yield ""
    yield "A running sandbox shows the same at `/docs`, offline and with a button to try it, and serves it as OpenAPI"
    yield "3.1 at `/openapi.json` (here: [openapi.json](openapi.json))."
    yield ""
    yield "Postman and Bruno import [postman.json](postman.json): set its variables `baseUrl` and `apiKey`, and run the"
    yield "requests from top to bottom; those of a donor take `idToken`. They import the OpenAPI document too, but"
    yield "leave bodies for you to fill in and send the same idempotency key each time, so that every request is a"
    yield "retry of the first."


def _routes() -> Iterator[str]:
    for route in ROUTES:
        yield ""
        yield f"## {route.method} {route.path}"
        yield ""
        idempotent = " Idempotent by key." if route.idempotent else ""
        yield f"{route.summary}. {_ACCESS[route.access]}{idempotent}"
        for title, model, always in (
            ("Body", route.body, "required."),
            ("Query", route.query, "required."),
            ("Answer", route.answer, "always."),
        ):
            if model is not None:
                yield from ("", f"**{title}**", "")
                yield from _fields(model, always)
        if route.answer is None:
            yield from ("", f"**Answer** {', '.join(f'`{kind}`' for kind in route.media_types)}")
        yield ""
        yield f"**Refusals** {_codes(route)}"


def _fields(model: type[BaseModel], always: str) -> Iterator[str]:
    schema = model.model_json_schema()
    if schema.get("type") == "array":
        yield f"{_kind(schema, schema['$defs'])}: {(model.__doc__ or '').strip().lower()}"
        return
    required = schema.get("required", [])
    yield "| field | type | |"
    yield "|---|---|---|"
    for name, shape in schema["properties"].items():
        words = [shape.get("description", "")]
        if name in required:
            words.insert(0, always)
        elif shape.get("default") is not None:
            words.insert(0, f"default `{json.dumps(shape['default'])}`.")
        kind = _kind(shape, schema.get("$defs", {}))
        yield f"| `{name}` | {kind} | {' '.join(filter(None, words))} |"


def _kind(shape: dict[str, Any], shapes: dict[str, Any]) -> str:
    if "$ref" in shape:
        named = shapes[shape["$ref"].rpartition("/")[2]]
        marks = {name: "" if name in named.get("required", []) else "?" for name in named["properties"]}
        return "{" + ", ".join(f"`{name}`{mark}" for name, mark in marks.items()) + "}"
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if "const" in shape:
        return f"`{'true' if shape['const'] is True else shape['const']}`"
    if "anyOf" in shape:
        return " or ".join(_kind(option, shapes) for option in shape["anyOf"] if option.get("type") != "null")
    if shape.get("type") == "array":
        return f"[{_kind(shape['items'], shapes)}, …]"
    kinds = {"object": "map", "integer": "integer", "number": "number", "string": "text", "boolean": "boolean"}
    return kinds[shape["type"]]


def _codes(route: Route) -> str:
    return ", ".join(f"[`{code}`](#{code})" for code in refusals_of(route))


def _refusals() -> Iterator[str]:
    yield ""
    yield "## Refusals"
    yield ""
    yield "Every refusal is an `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`,"
    yield "`instance`, `code`, `request_id`, `doc_url`, and `param` where one is at fault. It moved no money. Branch on"
    yield f"`code`. `doc_url` is a path of the same host, such as `{doc_url(next(iter(PROBLEMS)))}`: a page about it."
    yield ""
    yield "| code | status | means | do | again? |"
    yield "|---|---|---|---|---|"
    for code, constant in PROBLEMS.items():
        again, advice = "yes, with the same key" if constant.retryable else "", ERROR_DOCS[code]
        yield f'| <a id="{code}"></a>`{code}` | {constant.status} | {advice.means} | {advice.do} | {again} |'
    yield ""
    yield f"`type` is `{problem_type(next(iter(PROBLEMS)))}` and so on: a name, not an address."


def _cards() -> Iterator[str]:
    yield from (
        "",
        "## Test cards",
        "",
        "Any expiry in the future, any security code of the brand's length. No other number is taken, so that no real",
        f"card gets in, unless the environment says so (`accept_any_card`). `{MISTYPED}` fails its check digit.",
        "`checks` say what the bank finds of security code, postal code and address line, as far as they are sent.",
        "",
        "A card's `number` is the only place for one. Any other text of a body (reference, description, metadata",
        "and its keys, names, a donor's message) that holds a card number is a 400 `live_card_in_sandbox` with its",
        "`param`, also for a published one. A card number has first digits and length of Visa (16, 19), Mastercard",
        "(16), American Express (15), Discover (16), Diners Club (14), JCB (16) or UnionPay (16, 19) and a correct",
        "check digit, and stands alone between characters that are no digits, or in the groups that cards print",
        "(`4242 4242 4242 4242`). Of times in milliseconds or microseconds, UUIDs, hashes and snowflakes none is",
        "refused; of random numbers of 16 digits 2.4 % are, since nothing tells them apart. Where your ids are such",
        "numbers, deploy with `-c accept_card_numbers_in_text=true`: these texts are then kept and shown as they",
        "are, and masked in the log.",
        "",
        "| number | brand | digits | CVC | what it does | response | `decline_code` | `advice_code` | known from |",
        "|---|---|---|---|---|---|---|---|---|",
    )
    for card in TEST_CARDS.values():
        reason = card.reason
        codes = (reason.response_code, reason.decline_code, reason.advice_code) if reason else (None, None, None)
        known = ", ".join(card.publishers)
        cells = (f"`{card.number}`", card.brand, card.length, card.cvc_digits, _does(card), *map(_code, codes), known)
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _does(card: TestCard) -> str:
    if not card.simulated:
        return f"{card.says}: answers `not_yet_simulated` for now"
    found = {name: getattr(card.checks, name) for name in ("cvc", "zip", "line1")}
    marked = ", ".join(f"`{name}: {check}`" for name, check in found.items() if check is not Check.PASS)
    return f"{card.says} ({marked})" if card.checks != ALL_PASS else card.says


def _code(code: str | None) -> str:
    return f"`{code}`" if code else ""


def _outcomes() -> Iterator[str]:
    yield from (
        "",
        "## Outcomes",
        "",
        "Whoever cannot choose the card asks the bank for an outcome:",
        f"{', '.join(f'`{form}`' for form in FORMS)};",
        f"in the header `{OUTCOME_HEADER}` of an authorization, or in its metadata as `{OUTCOME_ENTRY}`.",
        "What is asked for wins in this order: header, metadata, the card's row above, the amount. A retry under the",
        "same idempotency key gets the first answer again, whatever its header says. `action:3ds`, `pending:…`,",
        "`capture=…`, `refund=…`, `settle=…`, `dispute=…` and `payout=…` are published and not built yet: they answer",
        "`not_yet_simulated`.",
        "",
        f"On `{TRIGGERS}` **amounts** ask, in minor units of any currency: 200000 + nn is answered with response code",
        "nn (200005, 200051, 200091; 200000 approves), and 200110 approves half. On no other card does a price trip.",
        "",
        "**A part** of the amount is promised (`partial:…`, `iso:10`) to whoever says `allow_partial`: `amount` is",
        "what was promised, `amount_requested` what was asked for. Others are declined with `insufficient_funds`.",
        "",
        "| response (ISO 8583, field 39) | `decline_code` | `advice_code` | category (Visa) | says |",
        "|---|---|---|---|---|",
        "| `00` | | | | approved |",
        "| `10` | | | | a part is approved |",
    )
    for reason in REASONS:
        cells = (_code(reason.response_code), _code(reason.decline_code), _code(reason.advice_code), reason.category)
        yield f"| {' | '.join(str(cell) for cell in cells)} | {reason.says} |"


def _events() -> Iterator[str]:
    yield from (
        "",
        "## Events",
        "",
        "Each operation that the ledger holds is told on the SNS topic `WebhookTopic` (output `WebhookTopicArn` of the",
        "`events` stack; by name `paysandbox-<env>-WebhookTopic`), usually within a second. Nothing is told that is",
        "not in the ledger, but what is told of a webhook endpoint or a donation. Endpoints are told the same over",
        "HTTPS: [webhooks](webhooks.md).",
        "",
        "**At least once**: the same event may come again, under the same `id`: keep the ids that you have seen.",
        "**In no promised order**: a payment's events have a `sequence` without gaps, from 1; order by it, and leave",
        "what is older than what you know. `timestamp` is the operation's, in the sandbox's time. A settlement is one",
        "operation and an event for each capture and refund in it: these share a `sequence`, and differ in `id`.",
        "A donation's `sequence` is its version, which has gaps; where Stripe tells of a refund before the payment,",
        "both events have the same one.",
        "",
        "`data` is what the request was answered, and `payment`: the payment's counters as they stood right after this",
        "operation, whatever happened since. Of a donation it is what the public may see of it as it stood then: no",
        "e-mail address, no message, and `Anonymous` for whoever asked for that. An event has 20,000 bytes at most.",
        "",
        "Two attributes of each message are there to filter by: `merchant` and `type`. For a queue of your own:",
        "",
        "```",
        "aws sns subscribe --protocol sqs --topic-arn <WebhookTopicArn> --notification-endpoint <queue's ARN> \\",
        '  --attributes \'{"RawMessageDelivery": "true", "FilterPolicy":',
        '    "{\\"merchant\\": [\\"demo\\"], \\"type\\": [\\"payment_captured\\"]}"}\'',
        "```",
        "",
        "Its policy must let `sns.amazonaws.com` send to it (condition: `aws:SourceArn` is the topic's).",
        "",
        "| type | when |",
        "|---|---|",
        *(f"| `{kind}` | {(model.__doc__ or '').strip()} |" for kind, model in EVENTS.items()),
        "",
        "A capture of an authorization of 12.50 USD, as it is sent; one of each type is in the OpenAPI document, under",
        "`webhooks`.",
        "",
        "```json",
        json.dumps(EVENT_EXAMPLES[EventType.PAYMENT_CAPTURED], sort_keys=True, separators=(",", ":")),
        "```",
    )


def main() -> int:
    """Write, or with --check compare."""
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            sys.stderr.write(f"{path.name} is out of date: python docs/generate.py\n")
        return 1 if stale else 0
    for path, text in documents().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
