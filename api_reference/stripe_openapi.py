"""The Stripe-compatible routes as an OpenAPI 3.1 document, for the API explorer. Pure.

Forms are flat: `payment_method_data[card][number]` is a field of that name. For the objects in responses, see Stripe's
API reference.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from api_reference.code_samples import EXTENSION, StripeRequest, sdk_call, stripe_samples
from api_reference.openapi import OPENAPI_VERSION, V1_KEY_SCHEME
from paysandbox.http.route import Route
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resources.examples import EXAMPLES
from paysandbox.stripe_api.routes import BASE_PATH

Json = dict[str, Any]

FORM: Final = "application/x-www-form-urlencoded"
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"

_DESCRIPTION: Final = (
    "The part of Stripe's API that the sandbox implements. Point one of Stripe's official SDKs at it by changing the "
    "base URL. A parameter that is not listed here is rejected with `parameter_unknown`."
)
# What a first request on the page sends. Everything else starts empty, and an empty field is not sent.
_EXAMPLES: Final[Mapping[str, Mapping[str, str]]] = {
    "create_charge": {"amount": "2000", "currency": "usd", "source": "tok_visa"},
    "create_payment_intent": {
        "amount": "2000",
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": "true",
    },
    "create_payment_method": {"type": "card", "card[token]": "tok_visa"},
    "create_account": {"type": "express", "capabilities[card_payments][requested]": "true"},
    "create_coupon": {"percent_off": "25", "duration": "once"},
    "create_promotion_code": {"promotion[type]": "coupon", "promotion[coupon]": "SUMMER"},
    "create_shipping_rate": {
        "display_name": "Ground shipping",
        "fixed_amount[amount]": "500",
        "fixed_amount[currency]": "usd",
    },
    "create_payment_method_domain": {"domain_name": "shop.example"},
    "create_apple_pay_domain": {"domain_name": "shop.example"},
    "create_subscription": {"customer": "cus_123", "items[0][price]": "price_123"},
    "create_invoice": {"customer": "cus_123", "pending_invoice_items_behavior": "include"},
    "create_invoiceitem": {"customer": "cus_123", "amount": "2000", "currency": "usd"},
    "create_transfer": {"amount": "2000", "currency": "usd", "destination": "acct_123"},
    "create_payout": {"amount": "2000", "currency": "usd"},
    "create_price": {"currency": "usd", "unit_amount": "1000", "product_data[name]": "Gold Plan"},
    "create_product": {"name": "Gold Plan"},
    "create_stripe_customer": {"email": "jenny@example.com", "name": "Jenny Rosen"},
    "create_confirmation_token": {"payment_method": "pm_card_visa"},
    "create_granted_token": {
        "payment_method": "pm_card_visa",
        "usage_limits[currency]": "usd",
        "usage_limits[max_amount]": "1000",
    },
    "create_confirmation_token_of_page": {
        "payment_method_data[type]": "card",
        "payment_method_data[card][token]": "tok_visa",
    },
    "create_token": {"cvc_update[cvc]": "123"},
    "create_webhook_endpoint": {"url": "http://localhost:3000/webhooks", "enabled_events[]": "*"},
}
_SAMPLES: Final[Mapping[str, Mapping[str, str]]] = {
    "attach_payment_method": {"customer": "cus_123"},
    "list_payment_methods": {"customer": "cus_123"},
    "create_customer_source": {"source": "tok_visa"},
    "create_external_account": {"external_account": "btok_us_verified"},
    "update_capability": {"requested": "true"},
    "create_account_link": {
        "account": "acct_123",
        "refresh_url": "http://localhost:3000/connect",
        "return_url": "http://localhost:3000/connected",
        "type": "account_onboarding",
    },
    "reject_account": {"reason": "fraud_other"},
    "update_payment_method_domain": {"enabled": "false"},
    "create_customer_card": {"source": "tok_visa"},
    "create_customer_tax_id": {"type": "eu_vat", "value": "DE123456789"},
    "create_customer_session": {"customer": "cus_123", "components[payment_element][enabled]": "true"},
    "create_ephemeral_key": {"customer": "cus_123"},
    "create_setup_intent": {"payment_method": "pm_card_visa", "allowed_payment_method_types[]": "card"},
    "list_setup_attempts": {"setup_intent": "seti_123"},
    "create_source": {"type": "card", "token": "tok_visa"},
    "create_refund": {"payment_intent": "pi_123"},
    "create_checkout_session": {
        "mode": "payment",
        "success_url": "http://localhost:3000/success",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "2000",
        "line_items[0][price_data][product_data][name]": "Gold Plan",
    },
    "search_payment_intents": {"query": "status:'succeeded'"},
    "search_charges": {"query": "status:'succeeded'"},
    "search_products": {"query": "active:'true'"},
    "search_prices": {"query": "active:'true'"},
    "search_stripe_customers": {"query": "email:'jenny@example.com'"},
}
"""What a code sample sends that the page does not fill in. Ids stand for those of your own objects."""

_OF_RESOURCES: Final = {
    f"{verb}_{RESOURCES[name].singular}": sent
    for name, example in EXAMPLES.items()
    for verb, sent in (("create", example.created), ("update", example.updated))
    if sent
}
"""What a first request sends to the routes of resources that have an example."""

_UPDATE: Final[Mapping[str, str]] = {"metadata[order_id]": "6735"}
"""What the code sample of an update sends."""

_IDS: Final[Mapping[str, str]] = {
    "payment_intents": "pi_123",
    "sources": "card_123",
    "payment_pages": "cs_test_123",
    "charges": "ch_123",
    "refunds": "re_123",
    "disputes": "du_123",
    "early_fraud_warnings": "issfr_123",
    "balance_transactions": "txn_123",
    "events": "evt_123",
    "webhook_endpoints": "we_123",
    "capabilities": "transfers",
    "coupons": "SUMMER",
    "reversals": "trr_123",
    "application_fees": "fee_123",
    "history": "txn_123",
    "tax_codes": "txcd_99999999",
}
"""An ID of each collection of a path that no resource declares, or declares with another prefix."""


def stripe_document(routes: Iterable[Route], *, title: str, version: str, server: str) -> Json:
    """Every route with its parameters. `server` is the base URL that the paths are added to."""
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": f"{title}: Stripe-compatible API", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(path) for path in paths)],
        "paths": paths,
        "components": {
            "securitySchemes": {
                V1_KEY_SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key of the sandbox. `paysandbox status` prints one.",
                }
            }
        },
    }


def _operation(route: Route) -> Json:
    operation: Json = {
        "tags": [_tag(route.path)],
        "operationId": route.name,
        "summary": route.summary,
        "security": [{V1_KEY_SCHEME: []}],
        "parameters": [*_parameters(route)],
        "responses": {
            "200": {"description": "The object, in Stripe's format.", "content": _JSON},
            "default": {"description": "An error, in Stripe's format.", "content": _JSON},
        },
    }
    if route.body_shape is not None:
        schema = route.body_shape.model_json_schema()
        properties = _filled(_fields(schema), _sent(route))
        required = [name for name in schema.get("required", []) if name in properties]
        form: Json = {"schema": {"type": "object", "properties": properties, "required": required}}
        operation["requestBody"] = {"content": {FORM: form}}
    return operation | {EXTENSION: stripe_samples(stripe_request(route))}


def _id_in(collection: str) -> str:
    """Return an ID of a collection of a path."""
    return _IDS.get(collection) or next(
        f"{each.prefix}_123" for each in RESOURCES.values() if each.path.rpartition("/")[2] == collection
    )


def _sent(route: Route) -> Mapping[str, str]:
    """Return what a first request to a route sends."""
    return _EXAMPLES.get(route.name) or _OF_RESOURCES.get(route.name, {})


def stripe_request(route: Route) -> StripeRequest:
    """A request to the route for its code samples: what the page fills in, what is required, and ids."""
    path = re.sub(r"(\w+)/{\w+}", lambda found: f"{found[1]}/{_id_in(found[1])}", route.path)
    return StripeRequest(
        method=route.method,
        path=f"/{BASE_PATH}{path}",
        fields=_sent(route) or _SAMPLES.get(route.name, _UPDATE if route.name.startswith("update_") else {}),
        call=sdk_call(route, path),
    )


_JSON: Final[Json] = {"application/json": {"schema": {"type": "object"}}}


def _parameters(route: Route) -> Iterator[Json]:
    for name in _names_in(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if route.query_shape is not None:
        for name, field in _fields(route.query_shape.model_json_schema()):
            yield {"name": name, "in": "query", "required": False, "schema": field}
    if route.idempotency:
        yield {
            "name": IDEMPOTENCY_HEADER,
            "in": "header",
            "required": False,
            "description": "A unique key. A retry with the same key and parameters returns the first response.",
            "schema": {"type": "string", "maxLength": 255},
        }


def _fields(schema: Json) -> Iterator[tuple[str, Json]]:
    """The fields of a form by their whole names, each with the schema of its text."""
    yield from _within(schema, schema.get("$defs", {}), "")


def _within(schema: Json, shapes: Mapping[str, Json], inside: str) -> Iterator[tuple[str, Json]]:
    for name, entry in schema.get("properties", {}).items():
        whole = f"{inside}[{name}]" if inside else name
        kinds = [kind for kind in entry.get("anyOf", [entry]) if kind.get("type") != "null"]
        nested = [shapes[kind["$ref"].rpartition("/")[2]] for kind in kinds if "$ref" in kind]
        described = {"description": entry["description"]} if "description" in entry else {}
        if nested:
            yield from _within(nested[0], shapes, whole)
        elif items := [kind["items"]["$ref"] for kind in kinds if "$ref" in kind.get("items", {})]:
            yield from _within(shapes[items[0].rpartition("/")[2]], shapes, f"{whole}[0]")
        elif any(kind.get("type") == "object" for kind in kinds):
            yield f"{whole}[order_id]", {"type": "string", "description": "Replace order_id with any key."}
        elif any(kind.get("type") == "array" for kind in kinds):
            yield f"{whole}[]", {"type": "string", **described}
        else:
            yield whole, {"type": "string", **_values(kinds), **described}


def _values(kinds: Iterable[Json]) -> Json:
    """The values that a field takes, where it takes only some. In words: of an `enum`, a page would send the first."""
    values = [value for kind in kinds for value in kind.get("enum", [kind["const"]] if "const" in kind else [])]
    listed = " or ".join(
        f"`{json.dumps(value) if isinstance(value, bool) else value}`" for value in values if value != ""
    )
    return {"description": f"{listed}."} if listed else {}


def _filled(properties: Iterable[tuple[str, Json]], examples: Mapping[str, str]) -> Json:
    """Fields with what a page fills in: without an example it would send `string` for each."""
    return {name: field | {"example": examples.get(name, "")} for name, field in properties}


def _names_in(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _tag(path: str) -> str:
    return path.strip("/").partition("/")[0]
