"""OPTIONS on every path: what a page of another origin may send."""

import subprocess
import sys

from api_reference.openapi import API_KEY_HEADER, IDEMPOTENCY_HEADER
from api_reference.routes import ROUTES
from paysandbox.http.cors import METHODS, REQUEST_HEADERS
from reference.answer_preflight import handler


def test_all_headers_of_routes_are_allowed() -> None:
    headers = handler({"resource": "/payments/authorize"}, None)["headers"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    methods = set(headers["Access-Control-Allow-Methods"].split(", "))
    assert {route.method for route in ROUTES} <= methods == set(METHODS)
    sent = {API_KEY_HEADER, IDEMPOTENCY_HEADER, "Idempotency-Key", "Content-Type"}
    assert sent <= set(headers["Access-Control-Allow-Headers"].split(", ")) == set(REQUEST_HEADERS)
    assert int(headers["Access-Control-Max-Age"]) > 0


def test_no_other_headers() -> None:
    answer = handler({}, None)
    assert (answer["statusCode"], answer["body"]) == (204, "")


def test_no_initialization() -> None:
    """A browser asks before its first request; nothing of boto3 or pydantic is loaded for it."""
    heavy = {"boto3", "pydantic", "aws_lambda_powertools"}
    program = f"import sys, reference.answer_preflight; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
