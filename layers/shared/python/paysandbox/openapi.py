"""Routes and refusals as an OpenAPI 3.0.1 document. Pure.

The document is the API, twice over: `document` is for people and their generators, `gateway_document` is what API
Gateway imports (3.0, since it takes no 3.1): the same paths, operations and security without schemas and prose. The
first is made from the second, so neither can name a route that the other lacks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from paysandbox.contract.problems import ProblemShown
from paysandbox.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, Code, problem
from paysandbox.routes.route import Access, Route

Json = dict[str, Any]

OPENAPI_VERSION: Final = "3.0.1"
API_KEY_SCHEME: Final = "ApiKey"
API_KEY_HEADER: Final = "X-Api-Key"
IDEMPOTENCY_HEADER: Final = "X-Idempotency-Key"
MAX_IDEMPOTENCY_KEY: Final = 255

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_SCHEMAS = "#/components/schemas/"

_EVERY_ROUTE: Final = (
    Code.RATE_LIMITED,
    Code.INTERNAL_ERROR,
    Code.UPSTREAM_ERROR,
    Code.SERVICE_UNAVAILABLE,
    Code.UPSTREAM_TIMEOUT,
)
_WITH_API_KEY: Final = (Code.API_KEY_INVALID, Code.QUOTA_EXCEEDED)
_WITH_BODY: Final = (
    Code.REQUEST_INVALID,
    Code.PARAMETER_MISSING,
    Code.PARAMETER_UNKNOWN,
    Code.PARAMETER_INVALID,
    Code.BODY_TOO_LARGE,
    Code.MEDIA_TYPE_UNSUPPORTED,
)
_WITH_QUERY: Final = (Code.PARAMETER_UNKNOWN, Code.PARAMETER_INVALID)
_IDEMPOTENT: Final = (Code.IDEMPOTENCY_KEY_REQUIRED, Code.IDEMPOTENCY_KEY_INVALID, Code.IDEMPOTENCY_KEY_REUSED)
_WITH_FIELD: Final[Mapping[str, tuple[Code, ...]]] = {
    "amount": (Code.AMOUNT_INVALID, Code.AMOUNT_TOO_LARGE),
    "currency": (Code.CURRENCY_UNSUPPORTED,),
}


def document(routes: Iterable[Route], *, title: str, version: str, server: str) -> Json:
    """The API for people: every shape, parameter and refusal, with examples. `server` is the base URL."""
    routes = tuple(routes)
    models = [ProblemShown, *(model for route in routes for model in (route.body, route.answer) if model is not None)]
    whole = gateway_document(routes, title=title, version=version)
    del whole["x-amazon-apigateway-api-key-source"]
    whole["components"]["securitySchemes"] = {API_KEY_SCHEME: _api_key(API_KEY_HEADER)}
    whole["servers"] = [{"url": server}]
    whole["tags"] = [{"name": group} for group in dict.fromkeys(route.group for route in routes)]
    for route in routes:
        operation = whole["paths"][route.path][route.method.lower()]
        operation["tags"] = [route.group]
        operation["parameters"] += _parameters_of_query_and_header(route)
        operation["responses"] = {"200": _answer(route)} | _problems(route)
        if route.body is not None:
            operation["requestBody"] = _body(route, route.body)
    whole["components"]["schemas"] = _schemas(models)
    codes = {code for route in routes for code in refusals_of(route)}
    whole["components"]["examples"] = {
        str(code): {"summary": PROBLEMS[code].title, "value": problem(code, request_id="a1b2c3d4-…")}
        for code in Code
        if code in codes
    }
    return whole


def gateway_document(routes: Iterable[Route], *, title: str, version: str) -> Json:
    """What API Gateway imports: paths, operations, path parameters, security. Whoever deploys it adds integrations."""
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = {
            "operationId": route.name,
            "summary": route.summary,
            "parameters": [_path_parameter(name) for name in _PATH_PARAMETER.findall(route.path)],
            "security": [] if route.access is Access.PUBLIC else [{API_KEY_SCHEME: []}],
            "responses": {"200": {"description": _first_line(route.answer)}},
        }
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": title, "version": version},
        "paths": paths,
        # In lower case, as API Gateway writes it: the import must know its own header, or no route would ask for a key.
        "components": {"securitySchemes": {API_KEY_SCHEME: _api_key(API_KEY_HEADER.lower())}},
        "x-amazon-apigateway-api-key-source": "HEADER",
    }


def refusals_of(route: Route) -> tuple[Code, ...]:
    """Every code that the route may answer: its own, those of its kind, and the gateway's. In the order of `Code`."""
    can: set[Code] = {*route.refusals, *_EVERY_ROUTE}
    if route.access is Access.API_KEY:
        can |= {*_WITH_API_KEY}
    if route.body is not None:
        can |= {*_WITH_BODY}
        can |= {code for field in route.body.model_fields for code in _WITH_FIELD.get(field, ())}
    if route.query is not None:
        can |= {*_WITH_QUERY}
    if route.idempotent:
        can |= {*_IDEMPOTENT}
    return tuple(code for code in Code if code in can)


def _api_key(header: str) -> Json:
    return {"type": "apiKey", "name": header, "in": "header"}


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _parameters_of_query_and_header(route: Route) -> Iterator[Json]:
    if route.query is not None:
        shape = _three_zero(route.query.model_json_schema())
        required = shape.get("required", [])
        for name, schema in shape["properties"].items():
            described = {"description": schema.pop("description")} if "description" in schema else {}
            yield {"name": name, "in": "query", "required": name in required, **described, "schema": schema}
    if route.idempotent:
        yield {
            "name": IDEMPOTENCY_HEADER,
            "in": "header",
            "required": True,
            "description": (
                "Your name for this wish, unique per merchant and route for 24 hours: the same key and body get the "
                "first answer again. `Idempotency-Key` is taken too."
            ),
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY},
            "example": "order-1042-authorize",
        }


def _body(route: Route, model: type[BaseModel]) -> Json:
    content: Json = {"schema": {"$ref": _SCHEMAS + model.__name__}}
    if route.examples:
        content["example"] = route.examples[0]
    return {"required": True, "content": {"application/json": content}}


def _answer(route: Route) -> Json:
    answer: Json = {
        "description": _first_line(route.answer),
        "content": {"application/json": {"schema": {"$ref": _SCHEMAS + route.answer.__name__}}},
    }
    if route.idempotent:
        answer["headers"] = {
            "Idempotent-Replayed": {
                "description": "`true` when this is the answer to an earlier request with the same key.",
                "schema": {"type": "string", "enum": ["true"]},
            }
        }
    return answer


def _problems(route: Route) -> dict[str, Json]:
    codes = sorted(refusals_of(route), key=lambda code: PROBLEMS[code].status)
    answers: dict[str, Json] = {}
    for status, of_status in groupby(codes, key=lambda code: PROBLEMS[code].status):
        same = list(of_status)
        answers[str(status)] = {
            "description": " / ".join(PROBLEMS[code].title for code in same),
            "content": {
                PROBLEM_CONTENT_TYPE: {
                    "schema": {"$ref": _SCHEMAS + ProblemShown.__name__},
                    "examples": {str(code): {"$ref": f"#/components/examples/{code}"} for code in same},
                }
            },
        }
        if any(PROBLEMS[code].retry_after_s is not None for code in same):
            answers[str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            }
    return answers


def _schemas(models: list[type[BaseModel]]) -> dict[str, Json]:
    distinct = list(dict.fromkeys(models))
    # As requests are validated, for answers too: a field with a default may be left out, and answers leave out nulls.
    _, shapes = models_json_schema([(model, "validation") for model in distinct], ref_template=_SCHEMAS + "{model}")
    return {name: _three_zero(shape) for name, shape in sorted(shapes["$defs"].items())}


def _three_zero(schema: Any) -> Any:
    """A JSON Schema as pydantic writes it (2020-12), said in OpenAPI 3.0's older dialect."""
    if isinstance(schema, list):
        return [_three_zero(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    said = {key: value for key, value in schema.items() if key not in _NOT_IN_3_0}
    if "properties" in said:
        # Names of properties are not keywords, whatever they are called.
        said["properties"] = {name: _three_zero(shape) for name, shape in said["properties"].items()}
    said = {key: value if key in _VERBATIM else _three_zero(value) for key, value in said.items()}
    _say_limits(said)
    _say_null(said)
    if "const" in said:
        said["enum"] = [said.pop("const")]
    if "examples" in said:
        said["example"] = said.pop("examples")[0]
    if said.get("default", ...) is None:
        del said["default"]
    if "$ref" in said and len(said) > 1:
        said["allOf"] = [{"$ref": said.pop("$ref")}]
    return said


# `title` is the property's name again. Names of a map's keys cannot be described before 3.1.
_NOT_IN_3_0: Final = frozenset({"title", "propertyNames"})
_VERBATIM: Final = frozenset({"properties", "required", "enum", "default", "const", "examples"})


def _say_null(said: Json) -> None:
    """`anyOf: [X, null]` becomes X with `nullable`."""
    options = said.get("anyOf", [])
    others = [option for option in options if option != {"type": "null"}]
    if len(others) == len(options):
        return
    said["nullable"] = True
    if len(others) > 1:
        said["anyOf"] = others
        return
    del said["anyOf"]
    for key, value in others[0].items():
        said.setdefault(key, value)


def _say_limits(said: Json) -> None:
    """`exclusiveMinimum: 0` becomes `minimum: 0, exclusiveMinimum: true`."""
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if exclusive in said:
            said[bound] = said[exclusive]
            said[exclusive] = True


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().splitlines()[0]
