"""OPTIONS on every path: what a page of another origin may send, if it may call."""

import subprocess
import sys
from typing import Any

import pytest

from api_reference.openapi import API_KEY_HEADER, IDEMPOTENCY_HEADER
from api_reference.routes import ROUTES
from paysandbox.http.cors import CORS_ORIGINS, METHODS, REQUEST_HEADERS
from reference.answer_preflight import handler

OF_STRIPE = (
    *("Authorization", "Stripe-Account", "Stripe-Context", "Stripe-Request-Trigger", "Stripe-Version"),
    *("User-Agent", "X-Stripe-Client-Telemetry", "X-Stripe-Client-User-Agent"),
)
"""What npm `stripe` 23.1.0 sends (RequestSender)."""


def asked(origin: str, *, allowed: str) -> dict[str, Any]:
    return {"multiValueHeaders": {"origin": [origin]}, "stageVariables": {CORS_ORIGINS: allowed}}


def test_all_headers_of_routes_are_allowed() -> None:
    headers = handler(asked("https://shop.example", allowed="*"), None)["headers"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    methods = set(headers["Access-Control-Allow-Methods"].split(", "))
    assert {route.method for route in ROUTES} <= methods == set(METHODS)
    sent = {API_KEY_HEADER, IDEMPOTENCY_HEADER, "Idempotency-Key", "Content-Type", *OF_STRIPE}
    assert sent <= set(headers["Access-Control-Allow-Headers"].split(", ")) == set(REQUEST_HEADERS)
    assert int(headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("origin", ["https://shop.example", "http://localhost:3000"])
def test_listed_origins_may_call(origin: str) -> None:
    headers = handler(asked(origin, allowed="https://shop.example,http://localhost:3000"), None)["headers"]
    assert (headers["Access-Control-Allow-Origin"], headers["Vary"]) == (origin, "Origin")
    assert "X-Api-Key" in headers["Access-Control-Allow-Headers"]


def test_other_origins_get_no_permission() -> None:
    """Without it, a browser does not send the request, and the key with it."""
    answer = handler(asked("https://evil.example", allowed="https://shop.example"), None)
    assert answer == {"statusCode": 204, "headers": {"Vary": "Origin"}, "body": "", "isBase64Encoded": False}


def test_no_initialization() -> None:
    """A browser asks before its first request; nothing of boto3 or pydantic is loaded for it."""
    heavy = {"boto3", "pydantic", "aws_lambda_powertools"}
    program = f"import sys, reference.answer_preflight; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
