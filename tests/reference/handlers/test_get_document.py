"""GET /openapi.json: this API as an OpenAPI 3.1 document."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_reference.openapi_file import openapi_json
from paysandbox.reference.routes import GET_DOCUMENT
from tests.support.clients.call import send


@pytest.mark.full
def test_document_has_the_requested_host() -> None:
    reply = send(GET_DOCUMENT)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    OpenAPIV31SpecValidator(reply.json).validate()
    assert reply.json == json.loads(openapi_json()) | {"servers": [{"url": "."}]}


def test_document_is_public_and_revalidated() -> None:
    assert send(GET_DOCUMENT).headers["Cache-Control"] == "no-store"
    assert send(GET_DOCUMENT).headers["Access-Control-Allow-Origin"] == "*"
