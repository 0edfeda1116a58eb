"""The Stripe-compatible API as a document: every route, every field of a form by its whole name."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_reference.stripe_openapi import FORM, stripe_document
from layers.reference import stripe_document_text
from paysandbox.stripe_api.routes import ROUTES

DOCUMENT = stripe_document(ROUTES, title="T", version="1", server="../v1")


def test_it_is_a_document_of_every_route() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    operations = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert operations == {(route.method, route.path) for route in ROUTES}


def test_its_paths_lie_under_v1_of_the_host_that_serves_it() -> None:
    assert json.loads(stripe_document_text())["servers"] == [{"url": "../v1"}]


@pytest.mark.parametrize(
    "name, field, schema",
    [
        ("create_payment_intent", "amount", {"type": "string", "description": "In Stripe's units.", "example": "2000"}),
        ("create_payment_intent", "payment_method_data[card][number]", {"type": "string", "example": ""}),
        (
            "create_payment_intent",
            "payment_method_data[billing_details][address][city]",
            {"type": "string", "example": ""},
        ),
        (
            "create_payment_intent",
            "capture_method",
            {"type": "string", "description": "`automatic` or `automatic_async` or `manual`.", "example": ""},
        ),
        ("create_payment_intent", "expand[]", {"type": "string", "example": ""}),
        (
            "create_payment_intent",
            "metadata[order_id]",
            {"type": "string", "description": "Replace order_id with any key.", "example": ""},
        ),
    ],
)
def test_fields_of_a_form(name: str, field: str, schema: dict[str, object]) -> None:
    (operation,) = (
        operation
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        if operation["operationId"] == name
    )
    form = operation["requestBody"]["content"][FORM]["schema"]
    assert form["properties"][field] == schema
    assert form["required"] == ["amount", "currency"]


def test_a_query_has_its_parameters() -> None:
    listed = DOCUMENT["paths"]["/payment_intents"]["get"]["parameters"]
    assert {"limit", "starting_after", "created[gte]"} <= {parameter["name"] for parameter in listed}
