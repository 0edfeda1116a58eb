"""The document against the rows that it is made of, and against OpenAPI: 3.1 for people, 3.0 for the gateway."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from pydantic import BaseModel

from api_reference.events import EVENTS
from api_reference.examples import EXAMPLES
from api_reference.openapi import HEAD_OF, document, gateway_document, refusals_of
from api_reference.postman import LOCAL_SERVER
from api_reference.routes import ROUTES
from paysandbox.core.errors import PROBLEMS, Code
from paysandbox.core.event_type import EventType
from paysandbox.donations import routes as donations
from paysandbox.http.form import read_form
from paysandbox.http.problems import ProblemBody
from paysandbox.http.route import Access, BodyFormat, Route
from paysandbox.payments import routes as payments
from paysandbox.stripe_api import routes as stripe_api

DOCUMENT = document(ROUTES, title="Payments", version="1.0.0", server="http://127.0.0.1:4566")
FOR_GATEWAY = gateway_document(ROUTES, title="payments", version="1.0.0")


def operation(route: Route, of: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    return of["paths"][route.path][route.method.lower()]


def success(route: Route) -> dict[str, Any]:
    """The successful response of a route."""
    return operation(route)["responses"][str(route.status)]


def test_published_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_gateway_document_is_openapi_3_0() -> None:
    assert FOR_GATEWAY["openapi"] == "3.0.1"
    OpenAPIV30SpecValidator(FOR_GATEWAY).validate()


@pytest.mark.parametrize("which", [DOCUMENT, FOR_GATEWAY], ids=["people", "gateway"])
def test_every_route_appears_once(which: dict[str, Any]) -> None:
    told = {
        (one["operationId"], method.upper(), path)
        for path, methods in which["paths"].items()
        for method, one in methods.items()
        if method != "options"
    }
    heads = {(HEAD_OF + route.name, "HEAD", route.path) for route in ROUTES if route.method == "GET"}
    expected = {(route.name, route.method, route.path) for route in ROUTES}
    assert told == expected | (heads if which is FOR_GATEWAY else set())


def test_gateway_document_has_the_same_routes_and_the_bodies_that_it_checks() -> None:
    checked = {
        route.body_shape.__name__
        for route in ROUTES
        if route.body_format is BodyFormat.CHECKED_JSON and route.body_shape
    }
    assert set(FOR_GATEWAY["components"]["schemas"]) == checked
    assert "x-amazon" in json.dumps(FOR_GATEWAY)
    assert "x-amazon" not in json.dumps(DOCUMENT), "readers are not told how it is served"
    for route in ROUTES:
        people, gateway = operation(route), operation(route, FOR_GATEWAY)
        assert gateway["security"] == people["security"]
        assert gateway["operationId"] == people["operationId"]
        assert ("requestBody" in gateway) is (route.body_format is BodyFormat.CHECKED_JSON)


def test_type_names_are_nouns() -> None:
    """`Payment`, `PaymentList`, `PaymentCapturedData`: what is told, shown or listed names no thing."""
    told = re.compile(r"(Told|Shown|Listed|Body)$")
    assert [name for name in DOCUMENT["components"]["schemas"] if told.search(name)] == []


BANNED = (
    "gone on with", "tells of", "is told", "hears", "mended", "the one before", "for this wish", "otherwise than",
    "minor units) remain", "Who asks", "what became of", "given back", " told", "anew", "hoever ", "omebody", "obody ",
)  # fmt: skip


def test_no_banned_phrases(subtests: pytest.Subtests) -> None:
    for phrase in BANNED:
        with subtests.test(str(phrase)):
            assert phrase not in json.dumps(DOCUMENT)


def test_routes_without_an_api_key() -> None:
    for route in ROUTES:
        key = [{"ApiKey": []}]
        expected = {Access.PUBLIC: [], Access.API_KEY: key, Access.OPERATOR: key, Access.DONOR: [{"Donor": []}]}
        assert operation(route)["security"] == expected[route.access], route.name
    schemes = [which["components"]["securitySchemes"]["ApiKey"] for which in (DOCUMENT, FOR_GATEWAY)]
    # API Gateway's own examples write its header in lower case; another header would be taken for an authorizer's.
    assert [(scheme["in"], scheme["name"]) for scheme in schemes] == [("header", "X-Api-Key"), ("header", "x-api-key")]


def test_request_and_response_schemas_are_the_routes_models() -> None:
    for route in ROUTES:
        one = operation(route)
        if route.answer_shape is None:
            assert set(success(route)["content"]) == {kind.partition(";")[0] for kind in route.media_types}
        else:
            answer = success(route)["content"]["application/json"]["schema"]["$ref"]
            assert answer.endswith(f"/{route.answer_shape.__name__.removesuffix('Body')}")
        if route.body_shape is None:
            assert "requestBody" not in one
        else:
            assert one["requestBody"]["required"] is (route.body_format is not BodyFormat.OPTIONAL_JSON)
            media_type = (
                "application/x-www-form-urlencoded" if route.body_format is BodyFormat.FORM else "application/json"
            )
            body = one["requestBody"]["content"][media_type]["schema"]["$ref"]
            assert body.endswith(f"/{route.body_shape.__name__}")


def test_maps_of_a_form_are_sent_with_their_keys_in_brackets() -> None:
    """By default, OpenAPI sends the entries of a map as fields of the form itself, which are refused as unknown."""
    content = operation(stripe_api.PAY_CHECKOUT_SESSION)["requestBody"]["content"]["application/x-www-form-urlencoded"]
    deep = {"style": "deepObject", "explode": True}
    assert content["encoding"] == {"quantity": deep, "customFields": deep}
    assert read_form("quantity[li_1]=2&customFields[size]=M") == {
        "quantity": {"li_1": "2"},
        "customFields": {"size": "M"},
    }


@pytest.mark.parametrize(
    "route, parameters",
    [
        (payments.AUTHORIZE_PAYMENT, [("header", "X-Idempotency-Key", True), ("header", "X-Sandbox-Outcome", False)]),
        (payments.CAPTURE_PAYMENT, [("header", "X-Idempotency-Key", True)]),
        (payments.GET_PAYMENT, [("path", "transaction_id", True)]),
        (
            payments.LIST_PAYMENTS,
            [
                ("query", name, False)
                for name in (
                    "limit",
                    "cursor",
                    "order",
                    "card_id",
                    "last4",
                    "customer",
                    "status",
                    "reference",
                    "disputed",
                    "created_from",
                    "created_to",
                )
            ],
        ),
        (payments.GET_HEALTH, []),
        (donations.CREATE_DONATION_INTENT, [("header", "X-Idempotency-Key", False)]),
    ],
)
def test_parameters(route: Route, parameters: list[tuple[str, str, bool]]) -> None:
    assert [(p["in"], p["name"], p["required"]) for p in operation(route)["parameters"]] == parameters


def test_preflight_is_allowed_on_every_path_and_undocumented() -> None:
    for methods in FOR_GATEWAY["paths"].values():
        assert methods["options"]["security"] == [], "a browser sends no key when it asks"
    names = [one["operationId"] for methods in FOR_GATEWAY["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert "options" not in {method for methods in DOCUMENT["paths"].values() for method in methods}


def shown(content: dict[str, Any]) -> list[Any]:
    (of_media_type,) = content.values()
    return [one["value"] for one in of_media_type["examples"].values()]


def test_examples_match_their_schemas(subtests: pytest.Subtests) -> None:
    for route in [route for route in ROUTES if route.body or route.answer_shape]:
        with subtests.test(str(route)):
            one = operation(route)
            for model, holder in (
                (route.body_shape, one.get("requestBody")),
                (route.answer_shape, success(route)),
            ):
                if model is not None:
                    assert holder is not None
                    assert shown(holder["content"])
                    for example in shown(holder["content"]):
                        model.model_validate_json(json.dumps(example))


def test_every_event_type_has_a_schema_and_an_example(subtests: pytest.Subtests) -> None:
    for kind in EventType:
        with subtests.test(str(kind)):
            body = DOCUMENT["webhooks"][kind]["post"]["requestBody"]["content"]
            model = EVENTS[kind]
            assert body["application/json"]["schema"]["$ref"].endswith(f"/{model.__name__}")
            for example in shown(body):
                model.model_validate_json(json.dumps(example))
            schema = DOCUMENT["components"]["schemas"][model.__name__]
            assert schema["properties"]["type"]["const"] == kind
            assert set(schema["required"]) == {"id", "type", "timestamp", "sequence", "data"}


def test_gateway_document_has_no_webhooks() -> None:
    assert set(DOCUMENT["webhooks"]) == set(EventType)
    assert "webhooks" not in FOR_GATEWAY


def test_every_example_belongs_to_a_route() -> None:
    assert set(EXAMPLES) <= {route.name for route in ROUTES}


def test_every_path_parameter_has_an_example() -> None:
    for route in ROUTES:
        for parameter in operation(route)["parameters"]:
            assert parameter["in"] != "path" or parameter["example"], route.name


def test_document_has_the_fields_that_importers_need() -> None:
    """Postman and Bruno make a request of each operation: name, folder, address, key, and a body that can be sent."""
    (server,) = DOCUMENT["servers"]
    assert server["url"].startswith("http")
    assert list(DOCUMENT["components"]["securitySchemes"]) == ["ApiKey", "Donor"]
    for route in ROUTES:
        one = operation(route)
        assert one["operationId"]
        assert one["summary"]
        assert one["tags"] == ["settlements" if route.group == "settlement" else route.group]
        assert all("example" in parameter for parameter in one["parameters"] if parameter["required"])
        if route.body_shape is not None:
            assert shown(one["requestBody"]["content"])


def test_replay_header_is_documented() -> None:
    for route in ROUTES:
        told = "Idempotent-Replayed" in success(route).get("headers", {})
        assert told is (route.idempotency is not None), route.name


def test_every_error_is_listed_under_its_status() -> None:
    for route in ROUTES:
        told = {
            (status, code)
            for status, answer in operation(route)["responses"].items()
            if status != str(route.status)
            for code in answer["content"]["application/problem+json"]["examples"]
        }
        assert told == {(str(PROBLEMS[code].status), str(code)) for code in refusals_of(route)}, route.name


def test_every_error_example_is_the_actual_problem() -> None:
    for code, example in DOCUMENT["components"]["examples"].items():
        ProblemBody.model_validate_json(json.dumps(example["value"]))
        assert example["value"]["doc_url"] == f"{LOCAL_SERVER}/docs/errors/{code}"
        assert example["value"]["code"] == code
        assert example["value"]["status"] == PROBLEMS[Code(code)].status


def test_statuses_with_a_retry_after_header() -> None:
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
        (donations.CREATE_DONATION_INTENT, Code.TOKEN_INVALID, Code.API_KEY_INVALID),
        (donations.CREATE_DONATION_INTENT, Code.IDEMPOTENCY_KEY_REUSED, Code.IDEMPOTENCY_KEY_REQUIRED),
        (donations.GET_DONATION_TOTAL, Code.RATE_LIMITED, Code.TOKEN_INVALID),
    ],
)
def test_errors_of_routes(route: Route, can: Code, cannot: Code) -> None:
    assert can in refusals_of(route)
    assert cannot not in refusals_of(route)


def test_every_code_is_declared_by_a_route_or_the_gateway() -> None:
    """A code that no route and no gateway answer uses is a promise to nobody. Two are of a local API's wall."""
    met = {code for route in (*ROUTES, *stripe_api.ROUTES) for code in refusals_of(route)}
    assert set(Code) - met <= {
        Code.FORBIDDEN,
        Code.HOST_NOT_ALLOWED,
        Code.PATH_TOO_LONG,
        Code.HEADERS_TOO_LARGE,
        Code.NOT_YET_SIMULATED,  # subscriptions in Checkout: a declared resource declares no codes of its own
        Code.SESSION_INVALID,
        Code.SIMULATION_NOT_ALLOWED,
    }


class Choice(BaseModel):
    """One or none."""

    title: str | None = None


def test_schemas_are_pydantics() -> None:
    """3.1 takes it as it is. Titles that say a property's name again are left out; a property may be called `title`."""
    route = Route(
        name="show_choice",
        group="test",
        method="GET",
        path="/choice",
        summary="Show it",
        access=Access.PUBLIC,
        answer=Choice,
        needs=(),
    )
    made = document([route], title="t", version="1", server=".")
    OpenAPIV31SpecValidator(made).validate()
    assert made["components"]["schemas"]["Choice"]["properties"] == {
        "title": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    }


def test_optional_parameters_have_no_example_values() -> None:
    """A page to try it on sends what an `example` says."""
    parameters = [one for route in ROUTES for one in operation(route)["parameters"]]
    assert [one["name"] for one in parameters if not one["required"] and {"example", "examples"} & one.keys()] == []


def test_query_parameters_are_not_nullable() -> None:
    parameters = [one for route in ROUTES for one in operation(route)["parameters"]]
    assert not any('"null' in json.dumps(one["schema"]) for one in parameters)


def test_every_field_and_parameter_is_described() -> None:
    """A constant explains itself, and a reference is explained by its shape."""
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    fields = {
        f"{name}.{field}": schema
        for name, shape in schemas.items()
        for field, schema in shape.get("properties", {}).items()
    }
    assert [name for name, schema in fields.items() if not {"description", "const", "$ref"} & schema.keys()] == []
    parameters = [one for route in ROUTES for one in operation(route)["parameters"]]
    assert [one["name"] for one in parameters if not one.get("description")] == []
