"""Payment functions in this process, with a stub of AWS that responds at once and does nothing.

botocore's `before-send` hook returns DynamoDB's response to a successful write, so only the client's work is measured:
no sockets and no waiting. The session token is as long as Lambda's, because it is signed.
"""

import base64
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.metrics import namespace
from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT

TABLE: Final = "paysandbox-benchmark-PaymentsLedger"
KEY: Final = "sk_test_demo_s3cr3tOfABenchmark"

_KEY: Final = base64.b64encode(b"k" * 32).decode()
_PEPPER: Final = json.dumps({"card": _KEY, "body": {"1": _KEY}, "current": 1})
ANSWERS: Final[Mapping[str, bytes]] = {"GetSecretValue": json.dumps({"SecretString": _PEPPER}).encode()}
"""Response bodies by operation. All others get an empty object, like a successful `PutItem`."""

_NAMESPACE: Final = "POWERTOOLS_METRICS_NAMESPACE"
_FOREIGN: Final = ("AWS_", "PAYSANDBOX_", "POWERTOOLS_")
ENVIRONMENT: Final[Mapping[str, str]] = {
    "AWS_ACCESS_KEY_ID": "ASIABENCHMARKBENCHMA",
    "AWS_SECRET_ACCESS_KEY": "s" * 40,
    "AWS_SESSION_TOKEN": "t" * 800,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "payments",
    _NAMESPACE: namespace("benchmark"),
    "PAYSANDBOX_CLOCK_OFFSET_S": "0",
    "PAYSANDBOX_CLOCK_TABLE": "",
    "PAYSANDBOX_REQUEST_LOG_SAMPLE_PERCENT": "100",
    "PAYSANDBOX_LEDGER_TABLE": TABLE,
    "PAYSANDBOX_RETENTION_S": str(90 * 86_400),
    "PAYSANDBOX_HASHING_KEYS_SECRET": "/paysandbox/benchmark/pepper",
    "PAYSANDBOX_MINIMUM_AMOUNT": "1",
    "PAYSANDBOX_AUTHORIZATION_VALIDITY_S": str(7 * 86_400),
    "PAYSANDBOX_ACCEPT_ANY_CARD": "false",
    "PAYSANDBOX_ACCEPT_CARD_NUMBERS_IN_TEXT": "false",
    "PAYSANDBOX_STRIPE_OBJECTS_TABLE": "paysandbox-benchmark-StripeObjects",
    "PAYSANDBOX_STRIPE_VERSION": "2026-10-28.endive",
}

_BODY: Final = {
    "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"},
    "amount": 12_50,
    "currency": "USD",
    "reference": "order-1042",
}


class Context:
    """Lambda's context object, with the attributes that our handlers and Powertools use."""

    aws_request_id = "0d4c1d4e-7a57-4a3a-8c3c-0a4f4e5a3b2c"
    function_name = "paysandbox-benchmark-authorize_payment"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:paysandbox-benchmark-authorize_payment"

    def get_remaining_time_in_millis(self) -> int:
        """Time enough."""
        return 9_000


def event(key: str, **more: Any) -> dict[str, Any]:
    """Return API Gateway's event for an authorization (payload format 1.0). `more` is added to its body."""
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "benchmark",
        "X-Api-Key": KEY,
        "X-Idempotency-Key": key,
    }
    identity = {"sourceIp": "192.0.2.1", "apiKey": headers["X-Api-Key"], "apiKeyId": "a1b2c3"}
    return gateway_event(AUTHORIZE_PAYMENT, headers, json.dumps({**_BODY, **more}), {"identity": identity})


def gateway_event(
    route: Route, headers: Mapping[str, str], body: str, context: Mapping[str, Any], *, stage: str = "live"
) -> dict[str, Any]:
    """Return API Gateway's event for a route without path parameters."""
    return {
        "resource": route.path,
        "path": route.path,
        "httpMethod": route.method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "7f6f1f0e-43b5-4b0e-9d3c-0c1f8f4ab001",
            "resourcePath": route.path,
            "httpMethod": route.method,
            "stage": stage,
            **context,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def answer_at_once(client: Any, sent: list[dict[str, Any]] | None = None) -> None:
    """Answer every call of this client with success. Append the requests to `sent`."""

    def reply(request: Any, event_name: str, **_: Any) -> AWSResponse:
        if sent is not None:
            sent.append(json.loads(request.body))
        body = ANSWERS.get(event_name.rpartition(".")[2], b"{}")
        headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
        return AWSResponse(request.url, 200, headers, Raw(body))

    client.meta.events.register_first("before-send", reply)


class Raw(io.BytesIO):
    """A response body with urllib3's interface."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The bytes."""
        yield self.read()


@contextmanager
def function() -> Iterator[Any]:
    """Provide the warm handler of `POST /payments/authorize`. Its log lines are discarded."""
    with functions(AUTHORIZE_PAYMENT) as (handler,):
        yield handler


@contextmanager
def functions(*routes: Route) -> Iterator[tuple[Any, ...]]:
    """Provide the warm handlers of these routes in one environment. Their log lines are discarded."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    handlers = tuple(load_handler(route) for route in routes)
    with (
        patch.dict(os.environ, environment | dict(ENVIRONMENT), clear=True),
        metrics_in(ENVIRONMENT[_NAMESPACE]),
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        lines_to(nowhere),
    ):
        _forget()
        try:
            for client in (runtime.ledger().client, runtime.secrets_manager()):
                answer_at_once(client)
            yield handlers
        finally:
            _forget()


def item_put() -> dict[str, Any]:
    """Return the parameters of the only call that an authorization makes."""
    sent: list[dict[str, Any]] = []
    with function() as handler:
        hashing_keys()
        answer_at_once(runtime.ledger().client, sent)
        handler(event("key-1"), Context())
    (parameters,) = sent
    return parameters


@contextmanager
def metrics_in(name: str) -> Iterator[None]:
    """Count in a namespace of CloudWatch's. A function keeps the one it first counted in, so it forgets it here."""
    forget = telemetry._block.cache_clear  # noqa: SLF001 - there is no other way to make it forget
    with patch.dict(os.environ, {_NAMESPACE: name}):
        forget()
        try:
            yield
        finally:
            forget()


@contextmanager
def lines_to(stream: Any) -> Iterator[Any]:
    """Send log lines to a stream. The logger keeps the standard output that it was created with."""
    output: Any = telemetry._logger().registered_handler  # noqa: SLF001 - there is no other way to point it elsewhere
    before, output.stream = output.stream, stream
    try:
        with redirect_stdout(stream):
            yield stream
    finally:
        output.stream = before


def _forget() -> None:
    """Clear the caches that a new execution environment would not have."""
    runtime._settings.cache_clear()  # noqa: SLF001 - there is no other way to make it forget
    hashing_keys.cache_clear()
    runtime.ledger.cache_clear()
    runtime.dynamodb.cache_clear()
    runtime.secrets_manager.cache_clear()
