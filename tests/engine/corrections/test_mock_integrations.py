"""Mock integrations of an imported definition, as the engine answers them."""

from types import SimpleNamespace
from typing import Any

import pytest

from engine.corrections.mock_integrations import import_mock_integrations
from engine.ministack import view

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 204}'},
    "responses": {
        "default": {"statusCode": "204", "responseParameters": {"method.response.header.Vary": "'Origin'"}},
        "5\\d{2}": {"statusCode": "500", "responseTemplates": {"application/json": "{}"}},
    },
}
BODY = b'{"as": "ministack"}'


def imported(operation: dict[str, Any] | None) -> list[tuple[Any, ...]]:
    """Return what ministack is made to put, beside what it imports by itself."""
    put: list[tuple[Any, ...]] = []
    gateway = SimpleNamespace(
        _import_operation=lambda *_: None,
        _invoke_mock_v1=lambda _: None,
        _put_integration=lambda *arguments: put.append(arguments),
        _put_integration_response=lambda *arguments: put.append(arguments),
    )
    import_mock_integrations(view("apigateway_v1", gateway))
    gateway._import_operation("api", "resource", "OPTIONS", operation, {}, None)
    return put


def test_a_mock_integration_has_its_templates_and_responses() -> None:
    templates, default, failed = imported({"x-amazon-apigateway-integration": MOCK})
    of_method = ("api", "resource", "OPTIONS")
    assert templates == (*of_method, {"type": "MOCK", "requestTemplates": MOCK["requestTemplates"]})
    assert default == (*of_method, "204", MOCK["responses"]["default"])
    assert failed == (*of_method, "500", MOCK["responses"]["5\\d{2}"] | {"selectionPattern": "5\\d{2}"})


@pytest.mark.parametrize(
    "operation", [None, {}, {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": "x"}}]
)
def test_other_operations_are_left_alone(operation: dict[str, Any] | None) -> None:
    assert imported(operation) == []


@pytest.mark.parametrize(
    "responses, body",
    [
        ({}, BODY),
        ({"204": {"responseTemplates": {"application/json": "x"}}}, BODY),
        ({"204": {"responseTemplates": {}}}, b""),
        ({"204": {}}, b""),
    ],
)
def test_a_response_without_a_template_has_no_body(responses: dict[str, Any], body: bytes) -> None:
    gateway = SimpleNamespace(
        _import_operation=None,
        _invoke_mock_v1=lambda _: (204, {"Vary": "Origin"}, BODY),
    )
    import_mock_integrations(view("apigateway_v1", gateway))
    assert gateway._invoke_mock_v1({"integrationResponses": responses}) == (204, {"Vary": "Origin"}, body)
