"""Routes and errors as OpenAPI documents. Pure.

There are two documents. `document` (3.1) is for people and code generators. `gateway_document` (3.0, because API
Gateway does not support 3.1) is imported by API Gateway: the same paths, operations and security without prose, with
the shapes of the bodies that the gateway checks, and with browsers' preflight requests. Both are built from the same
operations, so they have the same routes. The gateway's also has HEAD wherever there is a GET.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from api_reference.code_samples import EXTENSION, native_samples
from api_reference.events import EVENTS
from api_reference.examples import EVENT_EXAMPLES, EXAMPLES, PATHS, Examples
from paysandbox.core.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, Code
from paysandbox.core.event_type import EventType
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.idempotency_record import MAX_KEY_LENGTH
from paysandbox.disbursements.routes import CREATE_DISBURSEMENT
from paysandbox.disbursements.steps import OUTCOMES as DISBURSEMENT_FORMS
from paysandbox.http.body_shape import shape_of
from paysandbox.http.prefer import APPLIED_HEADER, MAX_WAIT_S, PREFER_HEADER
from paysandbox.http.problems import ProblemBody
from paysandbox.http.route import FORM, Access, BodyFormat, Idempotency, Route
from paysandbox.payments.bank.grammar import FORMS, REFUND_FORMS
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.routes import REFUND_PAYMENT
from paysandbox.payments.simulation.simulation import ACTIONS
from paysandbox.reference.error_docs import example

Json = dict[str, Any]

OPENAPI_VERSION: Final = "3.1.0"
GATEWAY_OPENAPI_VERSION: Final = "3.0.1"
PREFLIGHT_OF: Final = "preflight_of_"
"""What the operation ID of an OPTIONS begins with, before that of the first operation of its path."""
HEAD_OF: Final = "head_of_"
"""What the operation ID of a HEAD begins with, before that of its GET."""

API_KEY_SCHEME: Final = "ApiKey"
API_KEY_HEADER: Final = "X-Api-Key"
V1_KEY_SCHEME: Final = "Key"
V1_KEY_HEADER: Final = "Authorization"
DONOR_SCHEME: Final = "Donor"
DONOR_HEADER: Final = "Authorization"
IDEMPOTENCY_HEADER: Final = "X-Idempotency-Key"
EVENTS_TAG: Final = "events"

REQUEST_VALIDATOR: Final = "x-amazon-apigateway-request-validator"
REQUEST_VALIDATORS: Final = "x-amazon-apigateway-request-validators"
_BODY_VALIDATOR: Final = "body"
_VALIDATES_BODY: Final = {"validateRequestBody": True, "validateRequestParameters": False}

_PATH_PARAMETER = re.compile(r"\{(\w+)\+?\}")
_SCHEMAS = "#/components/schemas/"

_SCHEMES: Final[Mapping[Access, str]] = {
    Access.API_KEY: API_KEY_SCHEME,
    Access.OPERATOR: API_KEY_SCHEME,
    Access.DONOR: DONOR_SCHEME,
    Access.V1_KEY: V1_KEY_SCHEME,
    Access.V1_KEY_OR_CLIENT: V1_KEY_SCHEME,
    Access.V1_ANY_KEY: V1_KEY_SCHEME,
}

_DESCRIPTION: Final = (
    "A simulated card processor. No money moves. Amounts are integers in the currency's minor unit, its smallest unit: "
    "1250 is 12.50 USD or 1,250 JPY. Times are RFC 3339 in UTC. "
    "A declined card is a successful response (200). An error is a problem document (RFC 9457) with a stable `code` to "
    "branch on, and its `doc_url` leads to a page that explains it. Send an idempotency key with every POST, so that "
    "you can retry safely."
)

_EVENTS: Final = (
    "Events are published on the SNS topic `WebhookTopic` and delivered to webhook endpoints, at least once and in no "
    "guaranteed order. There is one event per operation in the ledger, and for a settlement one per capture and "
    "refund. Store the `id` and ignore duplicates. Order the events of a payment by `sequence`. Events of endpoints "
    "(`endpoint_…`), batches (`settlement_completed`), donations (`donation_…`) and disbursements (`disbursement_…`) "
    "belong to no payment. The `sequence` of a donation has gaps."
)

_OF_KEY: Final = (
    "A unique key that you choose for this request, valid per merchant and route for 24 hours. A retry with the same "
    "key and body returns the first response. A different body is an error. `Idempotency-Key` is accepted too."
)
_OF_PERMANENT_KEY: Final = (
    "A unique key that you choose for this disbursement, valid per merchant, without expiry. A retry with the same key "
    "and body returns the same disbursement in its current state. A different body is an error. After a 402, the same "
    "request with the same key is accepted once the funds suffice. Without a key, two requests pay twice. "
    "`Idempotency-Key` is accepted too."
)
_OF_WAIT: Final = (
    f"`wait=N` waits for up to N seconds, {MAX_WAIT_S} at most, until the provider has answered (RFC 7240). The "
    f"response has `{APPLIED_HEADER}` if it waited: above a limit of waiting requests, the response is immediate."
)
_OF_DONORS_KEY: Final = (
    "A unique key that you choose for this donation, valid per donor for 24 hours. A retry with the same key and body "
    "returns the same donation. A different body is an error. Without a key, a request with the same amount and "
    "currency within 60 seconds returns the same donation, if it is unpaid, with its message and anonymity updated. "
    "`Idempotency-Key` is accepted too."
)
_OF_OPTIONAL_KEY: Final = _OF_KEY + " Without a key, sending the request twice performs it twice."

PATH_PARAMETERS: Final[Mapping[str, str]] = {
    "transaction_id": "Id of a payment or of any of its operations.",
    "request_id": "`Request-Id` of a response.",
    "event_id": "Id of an event.",
    "endpoint_id": "Id of a webhook endpoint.",
    "delivery_id": "Id of a delivery.",
    "batch": "Name of a settlement batch.",
    "challenge_id": "Id of a 3-D Secure challenge.",
    "session": "Id of a Checkout session.",
    "merchant": "Name of the merchant.",
    "token": "Secret part of the URL.",
    "asset": "Name of a file.",
    "code": "Error code.",
    "dispute_id": "Id of a dispute (`du_…`).",
    "customer_id": "Id of a customer, which you chose.",
    "payment_id": "Id of a disbursement: its time, then ten letters and digits (`20261122T114703.123456Z-…`).",
    "object_id": "Id of a payment, capture, refund or dispute, of either API: `auth_…`, `cap_…`, `ref_…`, `du_…`, "
    "`pi_…`, `ch_…` or `re_…`, or the `payment_id` of a disbursement.",
    "action": "Name of an action of this kind of object.",
    "fault_id": "Id of a rule that injects faults.",
    "page": "Name of a page.",
    "file": "Name of a file of a frame.",
}
"""Parameters of paths, by name."""

_EVERY_ROUTE: Final = (
    Code.REQUEST_INVALID,
    Code.HEADER_UNKNOWN,
    Code.FAULT_UNKNOWN,
    Code.RATE_LIMITED,
    Code.INTERNAL_ERROR,
    Code.UPSTREAM_ERROR,
    Code.SERVICE_UNAVAILABLE,
    Code.UPSTREAM_TIMEOUT,
)
_WITH_API_KEY: Final = (Code.API_KEY_INVALID, Code.QUOTA_EXCEEDED)
_WITH_TOKEN: Final = (Code.TOKEN_INVALID,)
_WITH_BODY: Final = (
    Code.REQUEST_INVALID,
    Code.PARAMETER_MISSING,
    Code.PARAMETER_UNKNOWN,
    Code.PARAMETER_INVALID,
    Code.LIVE_CARD_IN_SANDBOX,
    Code.BODY_TOO_LARGE,
    Code.MEDIA_TYPE_UNSUPPORTED,
)
_WITH_QUERY: Final = (Code.PARAMETER_UNKNOWN, Code.PARAMETER_INVALID)
_IDEMPOTENT: Final = (Code.IDEMPOTENCY_KEY_REQUIRED, Code.IDEMPOTENCY_KEY_INVALID, Code.IDEMPOTENCY_KEY_REUSED)
_WITH_FIELD: Final[Mapping[str, tuple[Code, ...]]] = {
    "amount": (Code.AMOUNT_INVALID, Code.AMOUNT_TOO_SMALL, Code.AMOUNT_TOO_LARGE),
    "currency": (Code.CURRENCY_UNSUPPORTED,),
}


def document(routes: Iterable[Route], *, title: str, version: str, server: str) -> Json:
    """Return the document for people, with all schemas, parameters, errors, events and examples. `server`: base URL."""
    routes = tuple(routes)
    models = [
        ProblemBody,
        *(model for route in routes for model in (route.body_shape, route.answer_shape) if model is not None),
    ]
    models += EVENTS.values()
    codes = {code for route in routes for code in refusals_of(route)}
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": title,
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "tags": [
            *({"name": tag} for tag in dict.fromkeys(tag(route) for route in routes)),
            {"name": EVENTS_TAG, "description": _EVENTS},
        ],
        "paths": _paths(routes, _operation_for_people),
        "webhooks": {str(event): {"post": _webhook(event)} for event in EventType},
        "components": {
            "securitySchemes": {
                API_KEY_SCHEME: _api_key(API_KEY_HEADER)
                | {
                    "description": "`paysandbox status` shows one. `paysandbox keys create` creates more. Moving the "
                    "clock takes an operator's key, of `paysandbox keys create --operator`."
                },
                DONOR_SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Identity token of a donor. `paysandbox donations sign-in` prints one.",
                },
            },
            "schemas": _schemas(models),
            "examples": {
                str(code): {"summary": PROBLEMS[code].title, "value": example(code)} for code in Code if code in codes
            },
        },
    }


def gateway_document(
    routes: Iterable[Route],
    *,
    title: str,
    version: str,
    schemes: Mapping[str, Json] | None = None,
    metered_by_authorizer: bool = False,
) -> Json:
    """Return the definition for API Gateway: paths, operations, path parameters, security, and bodies that it checks.

    The stack adds integrations, and the headers of OPTIONS, which depend on the origins. Every GET is also a HEAD,
    which API Gateway does not derive from it.
    `schemes` are the kinds of keys that the routes accept, if not only the native one. With
    `metered_by_authorizer`, their authorizer returns the key of a usage plan, which each of these routes then requires.
    """
    schemes = {**(schemes or native_schemes())}
    routes = tuple(routes)
    paths = _paths(routes, _operation_for_gateway)
    checked = (route.body_shape for route in routes if route.body_format is BodyFormat.CHECKED_JSON)
    models = {shape for shape in checked if shape is not None}
    if metered_by_authorizer:
        schemes |= native_schemes()
        for operation in (operation for operations in paths.values() for operation in operations.values()):
            if operation["security"]:
                # Alternatives in OpenAPI. API Gateway requires all of the list: its exports and AWS SAM write it so.
                operation["security"].append({API_KEY_SCHEME: []})
    for path, operations in paths.items():
        first = next(iter(operations.values()))["operationId"]
        if "get" in operations:
            operations["head"] = {**operations["get"], "operationId": HEAD_OF + operations["get"]["operationId"]}
        operations["options"] = {
            "operationId": PREFLIGHT_OF + first,
            "summary": "Answer a CORS preflight request",
            "parameters": _path_parameters(path),
            "security": [],
            "responses": {"204": {"description": "The allowed origins, methods and headers."}},
        }
    return {
        "openapi": GATEWAY_OPENAPI_VERSION,
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"securitySchemes": schemes}
        | ({"schemas": {model.__name__: shape_of(model) for model in sorted(models, key=_name)}} if models else {}),
        **({REQUEST_VALIDATORS: {_BODY_VALIDATOR: _VALIDATES_BODY}} if models else {}),
        "x-amazon-apigateway-api-key-source": "AUTHORIZER" if metered_by_authorizer else "HEADER",
    }


def native_schemes() -> dict[str, Json]:
    """Return the native API's security scheme, for the gateway."""
    # In lower case, as API Gateway writes it: the import must recognize the header, or no route would require a key.
    return {API_KEY_SCHEME: _api_key(API_KEY_HEADER.lower())}


def refusals_of(route: Route) -> tuple[Code, ...]:
    """Return every error code of the route: its own, those of its kind, and the gateway's, in the order of `Code`."""
    can: set[Code] = {*route.refusals, *_EVERY_ROUTE}
    if route.access in (Access.API_KEY, Access.OPERATOR):
        can |= {*_WITH_API_KEY}
    if route.access is Access.DONOR:
        can |= {*_WITH_TOKEN}
    if route.body_shape is not None:
        can |= {*_WITH_BODY}
        can |= {code for field in route.body_shape.model_fields for code in _WITH_FIELD.get(field, ())}
    if route.access is not Access.PUBLIC:
        can.add(Code.PARAMETER_UNKNOWN)
    if route.query_shape is not None:
        can |= {*_WITH_QUERY}
    if route.idempotency:
        can |= {*_IDEMPOTENT} - ({Code.IDEMPOTENCY_KEY_REQUIRED} if route.idempotency.key_optional else set())
    return tuple(code for code in Code if code in can)


def _paths(routes: tuple[Route, ...], operation: Callable[[Route], Json]) -> dict[str, Json]:
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    return paths


def _operation(route: Route) -> Json:
    return {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": _path_parameters(route.path),
        "security": [{_SCHEMES[route.access]: []}] if route.access in _SCHEMES else [],
        "responses": {str(route.status): {"description": _says(route)}},
    }


def _operation_for_gateway(route: Route) -> Json:
    operation = _operation(route)
    if route.body_format is BodyFormat.CHECKED_JSON and route.body_shape is not None:
        # Of this media type alone: the handler refuses others, and a body without one counts as JSON.
        schema = {"$ref": _SCHEMAS + route.body_shape.__name__}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        operation[REQUEST_VALIDATOR] = _BODY_VALIDATOR
    return operation


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def tag(route: Route) -> str:
    """Return the tag of a route: its feature, or the plural for settlement."""
    return "settlements" if route.group == "settlement" else route.group


def _operation_for_people(route: Route) -> Json:
    operation = {"tags": [tag(route)], **_operation(route)}
    values = {**PATHS, **route.path_examples}
    for parameter in operation["parameters"]:
        parameter["description"] = PATH_PARAMETERS[parameter["name"]]
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
        if parameter["name"] == "action" and ACTIONS:
            parameter["schema"]["enum"] = list(dict.fromkeys(action.name for action in ACTIONS))
    operation["parameters"] += _parameters_of_query_and_header(route)
    if route.body_shape is not None:
        operation["requestBody"] = _body(route, route.body_shape)
    operation["responses"] = {str(route.status): _answer(route)} | _problems(route)
    return operation | {EXTENSION: native_samples(route)}


def _webhook(event: EventType) -> Json:
    model = EVENTS[event]
    content: Json = {"schema": {"$ref": _reference(model)}}
    return {
        "tags": [EVENTS_TAG],
        "operationId": str(event),
        "summary": (model.__doc__ or "").removesuffix("."),
        "security": [],
        "requestBody": {
            "required": True,
            "content": {"application/json": content | _shown({str(event): EVENT_EXAMPLES[event]})},
        },
        "responses": {"200": {"description": "The event was received."}},
    }


def _api_key(header: str) -> Json:
    return {"type": "apiKey", "name": header, "in": "header"}


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(path)
    ]


def _parameters_of_query_and_header(route: Route) -> Iterator[Json]:
    if route.query_shape is not None:
        shape = route.query_shape.model_json_schema(schema_generator=_Schemas)
        required = shape.get("required", [])
        for name, schema in shape["properties"].items():
            described = {"description": schema.pop("description")} if "description" in schema else {}
            # Explorers send the example of a required parameter, and could send nothing otherwise.
            shown = {"example": schema["examples"][0]} if name in required else {}
            described |= shown
            yield {"name": name, "in": "query", "required": name in required, **described, "schema": _in_text(schema)}
    if route.idempotency:
        # API explorers fill in an `example` even for optional parameters.
        optional = route.idempotency.key_optional
        shown = {} if optional else {"example": f"order-1042-{route.name.partition('_')[0]}"}
        yield {
            "name": IDEMPOTENCY_HEADER,
            "in": "header",
            "required": not optional,
            "description": _description_of_key(route, route.idempotency),
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]+$"},
            **shown,
        }
    if PREFER_HEADER in route.accepts_headers:
        yield {
            "name": PREFER_HEADER,
            "in": "header",
            "required": False,
            "description": _OF_WAIT,
            "schema": {"type": "string", "examples": ["wait=10"]},
        }
    if OUTCOME_HEADER in route.accepts_headers:
        yield {
            "name": OUTCOME_HEADER,
            "in": "header",
            "required": False,
            # Not as an `example`: explorers would send it, and the card would never determine the outcome.
            **_outcomes(route),
        }


def _description_of_key(route: Route, idempotency: Idempotency) -> str:
    if route.access is Access.DONOR:
        return _OF_DONORS_KEY
    if idempotency.keeps_keys:
        return _OF_PERMANENT_KEY
    return _OF_OPTIONAL_KEY if idempotency.key_optional else _OF_KEY


def _outcomes(route: Route) -> Json:
    """Return the description and schema of the outcomes that a route accepts."""
    if route is REFUND_PAYMENT:
        forms, example = REFUND_FORMS, "refund=pending:60"
        precedence = "It takes precedence over the outcome that was requested for refunds at the authorization."
    elif route is CREATE_DISBURSEMENT:
        forms, example = DISBURSEMENT_FORMS, "payout=fail:RECEIVER_ACCOUNT_LOCKED"
        precedence = "It happens instead of sending the disbursement to the provider."
    else:
        forms, example = FORMS, "decline:insufficient_funds"
        precedence = (
            f"It takes precedence over `metadata.{OUTCOME_ENTRY}`, which takes precedence over the card and the amount."
        )
    accepted = ", ".join(f"`{form}`" for form in forms)
    return {
        "description": f"Outcome to simulate: {accepted}. {precedence}",
        "schema": {"type": "string", "examples": [example]},
    }


def _in_text(schema: Json) -> Json:
    """Return the schema without null, which a query cannot express."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    return kinds[0] if len(kinds) == 1 else schema


def _body(route: Route, model: type[BaseModel]) -> Json:
    content: Json = {"schema": {"$ref": _reference(model)}}
    is_form = route.body_format is BodyFormat.FORM
    if is_form and (maps := _maps_of(model)):
        # Without an encoding, OpenAPI reads the entries of a map as fields of the form itself.
        content["encoding"] = {name: {"style": "deepObject", "explode": True} for name in maps}
    return {
        "required": route.body_format is not BodyFormat.OPTIONAL_JSON,
        "content": {FORM if is_form else "application/json": content | _shown(_examples(route).bodies)},
    }


def _maps_of(model: type[BaseModel]) -> list[str]:
    """Return the fields that a form sends as `name[key]=value`."""
    fields = model.model_json_schema()["properties"]
    return [name for name, field in fields.items() if field.get("type") == "object"]


def _answer(route: Route) -> Json:
    headers: Json = {
        "Request-Id": {
            "description": "Id of the request. Quote it when you report a problem.",
            "schema": {"type": "string"},
        }
    }
    if route.idempotency:
        headers["Idempotent-Replayed"] = {
            "description": "`true` if the response repeats that of an earlier request with the same key.",
            "schema": {"type": "string", "enum": ["true"]},
        }
    if PREFER_HEADER in route.accepts_headers:
        headers[APPLIED_HEADER] = {
            "description": "`wait=N` if the request waited for up to N seconds.",
            "schema": {"type": "string"},
        }
    return {"description": _says(route), "headers": headers, "content": _content(route)}


def _content(route: Route) -> Json:
    if route.answer_shape is not None:
        schema = {"schema": {"$ref": _reference(route.answer_shape)}}
        return {"application/json": schema | _shown(_examples(route).answers)}
    kinds = {"application/json": "object"}
    # The media type has no parameters: clients may compare it literally.
    return {
        media_type: {"schema": {"type": kinds.get(media_type, "string")}}
        for media_type in (whole.partition(";")[0] for whole in route.media_types)
    }


def _examples(route: Route) -> Examples:
    return EXAMPLES.get(route.name, Examples())


def _shown(examples: Mapping[str, Json]) -> Json:
    """Return examples under names that are valid component keys."""
    shown = {words.replace(" ", "_"): {"summary": words, "value": value} for words, value in examples.items()}
    return {"examples": shown} if shown else {}


def _problems(route: Route) -> dict[str, Json]:
    codes = sorted(refusals_of(route), key=lambda code: PROBLEMS[code].status)
    answers: dict[str, Json] = {}
    for status, of_status in groupby(codes, key=lambda code: PROBLEMS[code].status):
        same = list(of_status)
        answers[str(status)] = {
            "description": " / ".join(PROBLEMS[code].title for code in same),
            "content": {
                PROBLEM_CONTENT_TYPE: {
                    "schema": {"$ref": _reference(ProblemBody)},
                    "examples": {str(code): {"$ref": f"#/components/examples/{code}"} for code in same},
                }
            },
        }
        if any(PROBLEMS[code].retry_after_s is not None for code in same):
            answers[str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds to wait before a retry.", "schema": {"type": "integer"}}
            }
    return answers


class _Schemas(GenerateJsonSchema):
    """Return pydantic's JSON Schema 2020-12, without titles that repeat the field's name."""

    def normalize_name(self, name: str) -> str:
        return _published(super().normalize_name(name))

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def _schemas(models: list[type[BaseModel]]) -> dict[str, Json]:
    distinct = list(dict.fromkeys(models))
    # Validation mode for responses too: fields with a default are optional, and responses omit nulls.
    _, shapes = models_json_schema(
        [(model, "validation") for model in distinct],
        ref_template=_SCHEMAS + "{model}",
        schema_generator=_Schemas,
    )
    return {name: shape | {"title": name} for name, shape in sorted(shapes["$defs"].items())}


def _published(name: str) -> str:
    """Return the name of a schema: `Payment` for `PaymentBody`, since `Payment` is the domain class."""
    return name.removesuffix("Body")


def _reference(model: type[BaseModel]) -> str:
    return _SCHEMAS + _published(model.__name__)


def _says(route: Route) -> str:
    if route.answer_shape is None:
        return route.summary + "."
    return (route.answer_shape.__doc__ or route.answer_shape.__name__).strip().splitlines()[0]
