"""The document against the rows that it is made of, and against OpenAPI 3.0."""

import json
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator
from pydantic import BaseModel, Field

from paysandbox.errors import PROBLEMS, Code
from paysandbox.openapi import document, gateway_document, refusals_of
from paysandbox.routes import payments
from paysandbox.routes.all import ROUTES
from paysandbox.routes.route import Access, Route

DOCUMENT = document(ROUTES, title="Payments", version="1.0.0", server="http://127.0.0.1:4566")
FOR_GATEWAY = gateway_document(ROUTES, title="payments", version="1.0.0")


def operation(route: Route, of: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    return of["paths"][route.path][route.method.lower()]


@pytest.mark.parametrize("which", [DOCUMENT, FOR_GATEWAY], ids=["people", "gateway"])
def test_it_is_openapi_3_0(which: dict[str, Any]) -> None:
    assert which["openapi"] == "3.0.1"
    OpenAPIV30SpecValidator(which).validate()


@pytest.mark.parametrize("which", [DOCUMENT, FOR_GATEWAY], ids=["people", "gateway"])
def test_it_names_every_route_once(which: dict[str, Any]) -> None:
    told = {
        (one["operationId"], method.upper(), path)
        for path, methods in which["paths"].items()
        for method, one in methods.items()
    }
    assert told == {(route.name, route.method, route.path) for route in ROUTES}


def test_the_gateways_is_the_same_without_shapes() -> None:
    assert "schema" not in json.dumps(FOR_GATEWAY["components"])
    assert "x-amazon" in json.dumps(FOR_GATEWAY)
    assert "x-amazon" not in json.dumps(DOCUMENT), "readers are not told how it is served"
    for route in ROUTES:
        people, gateway = operation(route), operation(route, FOR_GATEWAY)
        assert gateway["security"] == people["security"]
        assert gateway["operationId"] == people["operationId"]
        assert "requestBody" not in gateway


def test_only_public_routes_need_no_key() -> None:
    for route in ROUTES:
        expected = [] if route.access is Access.PUBLIC else [{"ApiKey": []}]
        assert operation(route)["security"] == expected, route.name
    schemes = [which["components"]["securitySchemes"]["ApiKey"] for which in (DOCUMENT, FOR_GATEWAY)]
    # API Gateway's own examples write its header in lower case; another header would be taken for an authorizer's.
    assert [(scheme["in"], scheme["name"]) for scheme in schemes] == [("header", "X-Api-Key"), ("header", "x-api-key")]


def test_bodies_and_answers_are_the_rows_models() -> None:
    for route in ROUTES:
        one = operation(route)
        answer = one["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert answer.endswith(f"/{route.answer.__name__}")
        if route.body is None:
            assert "requestBody" not in one
        else:
            assert one["requestBody"]["required"] is True
            body = one["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert body.endswith(f"/{route.body.__name__}")


@pytest.mark.parametrize(
    "route, parameters",
    [
        (payments.AUTHORIZE_PAYMENT, [("header", "X-Idempotency-Key", True)]),
        (payments.GET_PAYMENT, [("path", "transaction_id", True)]),
        (payments.LIST_PAYMENTS, [("query", "limit", False), ("query", "cursor", False)]),
        (payments.GET_HEALTH, []),
    ],
)
def test_parameters(route: Route, parameters: list[tuple[str, str, bool]]) -> None:
    assert [(p["in"], p["name"], p["required"]) for p in operation(route)["parameters"]] == parameters


def test_a_replay_is_told_by_a_header() -> None:
    for route in ROUTES:
        told = "Idempotent-Replayed" in operation(route)["responses"]["200"].get("headers", {})
        assert told is route.idempotent, route.name


def test_every_refusal_stands_under_its_status() -> None:
    for route in ROUTES:
        told = {
            (status, code)
            for status, answer in operation(route)["responses"].items()
            if status != "200"
            for code in answer["content"]["application/problem+json"]["examples"]
        }
        assert told == {(str(PROBLEMS[code].status), str(code)) for code in refusals_of(route)}, route.name


def test_every_example_is_the_problem_itself() -> None:
    for code, example in DOCUMENT["components"]["examples"].items():
        assert example["value"]["code"] == code
        assert example["value"]["status"] == PROBLEMS[Code(code)].status


def test_a_status_that_asks_to_wait_says_for_how_long() -> None:
    for route in ROUTES:
        answers = operation(route)["responses"]
        assert "Retry-After" in answers["429"]["headers"]
        assert "Retry-After" in answers["503"]["headers"]
        assert "headers" not in answers["500"]


@pytest.mark.parametrize(
    "route, can, cannot",
    [
        (payments.AUTHORIZE_PAYMENT, Code.LIVE_CARD_IN_SANDBOX, Code.RESOURCE_NOT_FOUND),
        (payments.AUTHORIZE_PAYMENT, Code.CURRENCY_UNSUPPORTED, Code.ALREADY_VOIDED),
        (payments.CAPTURE_PAYMENT, Code.IDEMPOTENCY_KEY_REUSED, Code.CURSOR_INVALID),
        (payments.CAPTURE_PAYMENT, Code.AMOUNT_TOO_LARGE, Code.CVC_INVALID),
        (payments.VOID_PAYMENT, Code.MEDIA_TYPE_UNSUPPORTED, Code.AMOUNT_INVALID),
        (payments.GET_PAYMENT, Code.API_KEY_INVALID, Code.IDEMPOTENCY_KEY_REQUIRED),
        (payments.LIST_PAYMENTS, Code.PARAMETER_UNKNOWN, Code.BODY_TOO_LARGE),
        (payments.GET_HEALTH, Code.RATE_LIMITED, Code.API_KEY_INVALID),
    ],
)
def test_refusals(route: Route, can: Code, cannot: Code) -> None:
    assert can in refusals_of(route)
    assert cannot not in refusals_of(route)


def test_every_refusal_in_the_table_can_be_met_or_is_the_gateways() -> None:
    """A code that no route and no gateway answer uses is a promise to nobody."""
    met = {code for route in ROUTES for code in refusals_of(route)}
    assert set(Code) - met <= {Code.FORBIDDEN}


class Colour(StrEnum):
    RED = "red"


class Inner(BaseModel):
    """Inside."""

    size: int


class Outer(BaseModel):
    """One field for each way in which JSON Schema moved on after 3.0."""

    only: Literal["one"] = "one"
    above: Annotated[int, Field(gt=0, lt=9)] = 1
    perhaps: str | None = None
    perhaps_above: Annotated[int | None, Field(gt=0)] = None
    inner: Inner
    inner_described: Annotated[Inner, Field(description="Told twice.")]
    perhaps_inner: Annotated[Inner | None, Field(description="Or none.")] = None
    either: int | str | None = None
    shown: Annotated[str, Field(examples=["a", "b"])] = ""
    pairs: dict[Annotated[str, Field(max_length=3)], int] = {}
    colour: Colour = Colour.RED
    title: str = ""


@pytest.mark.parametrize(
    "field, shape",
    [
        ("only", {"type": "string", "enum": ["one"], "default": "one"}),
        (
            "above",
            {
                "type": "integer",
                "minimum": 0,
                "exclusiveMinimum": True,
                "maximum": 9,
                "exclusiveMaximum": True,
                "default": 1,
            },
        ),
        ("perhaps", {"type": "string", "nullable": True}),
        ("perhaps_above", {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "nullable": True}),
        ("inner", {"$ref": "#/components/schemas/Inner"}),
        # Beside a reference, 3.0 ignores everything.
        ("inner_described", {"allOf": [{"$ref": "#/components/schemas/Inner"}], "description": "Told twice."}),
        (
            "perhaps_inner",
            {"allOf": [{"$ref": "#/components/schemas/Inner"}], "description": "Or none.", "nullable": True},
        ),
        ("either", {"anyOf": [{"type": "integer"}, {"type": "string"}], "nullable": True}),
        ("shown", {"type": "string", "example": "a", "default": ""}),
        ("pairs", {"type": "object", "additionalProperties": {"type": "integer"}, "default": {}}),
        # A property may be called like a keyword.
        ("title", {"type": "string", "default": ""}),
    ],
)
def test_newer_words_are_said_in_the_older_dialect(field: str, shape: dict[str, Any]) -> None:
    route = Route(
        name="show_outer",
        group="test",
        method="GET",
        path="/outer",
        summary="Show it",
        access=Access.PUBLIC,
        answer=Outer,
        needs=(),
    )
    made = document([route], title="t", version="1", server="https://example.com")
    OpenAPIV30SpecValidator(made).validate()
    assert made["components"]["schemas"]["Outer"]["properties"][field] == shape
