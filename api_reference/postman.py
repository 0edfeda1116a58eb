"""A collection for Postman, Bruno and Insomnia (v2.1), from the routes and their examples.

A sandbox serves it at /postman.json, and it is a file of each release.
"""

import json
import re
from typing import Any, Final

from api_reference.examples import EXAMPLES, PATHS
from api_reference.openapi import API_KEY_HEADER, IDEMPOTENCY_HEADER, tag
from api_reference.routes import ROUTES, Access, Route
from paysandbox import TITLE
from paysandbox.http.route import BodyFormat

LOCAL_SERVER: Final = "http://127.0.0.1:4610"
REMEMBERED: Final = {
    "auth_id": ("authorize_payment", "transaction_id"),
    "capture_id": ("capture_payment", "transaction_id"),
    "endpoint_id": ("create_endpoint", "endpoint_id"),
    "request_id": ("", ""),
}
"""Variables of the collection, the route whose response sets each, and the member. The last one is a header of every
response."""
COLLECTED: Final = tuple(route for route in ROUTES if "{token}" not in route.path)
"""All routes but the pages of a challenge and the inbox's own URL: each is a secret, and others than the merchant send
requests to it."""


def postman_json() -> str:
    """The collection. Run from top to bottom, it authorizes a payment, captures, refunds and so on.

    Importers of OpenAPI fill bodies with names of types and repeat idempotency keys, so the second request would be a
    retry. Here bodies are the examples, keys are new, and ids are those of earlier responses.
    """
    named = {
        "baseUrl": LOCAL_SERVER,
        "apiKey": "sk_test_…",
        "idToken": "",
        "operatorKey": "ok_test_…",
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
            {"name": name, "item": [_postman_request(route) for route in COLLECTED if tag(route) == name]}
            for name in dict.fromkeys(tag(route) for route in COLLECTED)
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
    if route.access is Access.OPERATOR:
        operator = {"key": API_KEY_HEADER, "value": "{{operatorKey}}", "in": "header"}
        request["auth"] = {"type": "apikey", "apikey": [{"key": name, "value": it} for name, it in operator.items()]}
    if route.access is Access.DONOR:
        request["auth"] = {"type": "bearer", "bearer": [{"key": "token", "value": "{{idToken}}"}]}
    if route.idempotency:
        request["header"].append({"key": IDEMPOTENCY_HEADER, "value": "{{$guid}}"})
    if route.body is not None:
        (body, *_) = EXAMPLES[route.name].bodies.values()
        # Ids of operations are those of earlier responses.
        sent = {name: _remembered(value) for name, value in body.items()}
        request["body"] = _postman_form(sent) if route.body_format is BodyFormat.FORM else _postman_json(sent)
        if route.body_format is not BodyFormat.FORM:  # Postman adds the header of a form itself
            request["header"].append({"key": "Content-Type", "value": "application/json"})
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


def _postman_json(sent: dict[str, Any]) -> dict[str, Any]:
    return {"mode": "raw", "raw": json.dumps(sent, indent=2), "options": {"raw": {"language": "json"}}}


def _postman_form(sent: dict[str, Any]) -> dict[str, Any]:
    return {"mode": "urlencoded", "urlencoded": [{"key": name, "value": value} for name, value in sent.items()]}


def _remembered(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return re.sub("^(auth|cap)_.*", lambda found: {"auth": "{{auth_id}}", "cap": "{{capture_id}}"}[found[1]], value)
