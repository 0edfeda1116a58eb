"""Functions of payments in this process, with an AWS that answers at once and does nothing.

A hook of botocore (`before-send`) hands back the answer that DynamoDB gives to a write that was done. So what is left
to be measured is this side's work: no socket, no waiting. The session token is as long as Lambda's, since it is signed.
"""

import base64
import importlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.metrics import namespace
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT

TABLE: Final = "paysandbox-benchmark-PaymentsLedger"
AUTHORIZE: Final = "payments.authorize_payment"
KEY: Final = "sk_test_demo_s3cr3tOfABenchmark"

_KEY: Final = base64.b64encode(b"k" * 32).decode()
_PEPPER: Final = json.dumps({"card": _KEY, "body": {"1": _KEY}, "current": 1})
ANSWERS: Final[Mapping[str, bytes]] = {"GetParameter": json.dumps({"Parameter": {"Value": _PEPPER}}).encode()}
"""What an operation is answered with; every other one with nothing, which is what a `PutItem` that was done answers."""

_FOREIGN: Final = ("AWS_", "PAYSANDBOX_", "POWERTOOLS_")
ENVIRONMENT: Final[Mapping[str, str]] = {
    "AWS_ACCESS_KEY_ID": "ASIABENCHMARKBENCHMA",
    "AWS_SECRET_ACCESS_KEY": "s" * 40,
    "AWS_SESSION_TOKEN": "t" * 800,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "payments",
    "POWERTOOLS_METRICS_NAMESPACE": namespace("benchmark"),
    "PAYSANDBOX_CLOCK_OFFSET_S": "0",
    "PAYSANDBOX_LEDGER_TABLE": TABLE,
    "PAYSANDBOX_RETENTION_S": str(90 * 86_400),
    "PAYSANDBOX_HASHING_KEYS_PARAMETER": "/paysandbox/benchmark/pepper",
    "PAYSANDBOX_MINIMUM_AMOUNT": "1",
    "PAYSANDBOX_AUTHORIZATION_VALIDITY_S": str(7 * 86_400),
    "PAYSANDBOX_ACCEPT_ANY_CARD": "false",
    "PAYSANDBOX_ACCEPT_CARD_NUMBERS_IN_TEXT": "false",
    "PAYSANDBOX_PAYMENT_METHODS_TABLE": "paysandbox-benchmark-PaymentMethods",
}

_BODY: Final = {
    "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"},
    "amount": 12_50,
    "currency": "USD",
    "reference": "order-1042",
}


class Context:
    """What Lambda tells a handler of its run, as far as ours and Powertools' ask."""

    aws_request_id = "0d4c1d4e-7a57-4a3a-8c3c-0a4f4e5a3b2c"
    function_name = "paysandbox-benchmark-authorize_payment"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:paysandbox-benchmark-authorize_payment"

    def get_remaining_time_in_millis(self) -> int:
        """Time enough."""
        return 9_000


def event(key: str, **more: Any) -> dict[str, Any]:
    """An authorization as API Gateway hands it over (payload format 1.0). `more` is in its body."""
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
    """A request of a route without parameters in its path, as API Gateway hands it over."""
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
    """Let every call of this client be answered as done; what was sent is kept in `sent`."""

    def reply(request: Any, event_name: str, **_: Any) -> AWSResponse:
        if sent is not None:
            sent.append(json.loads(request.body))
        body = ANSWERS.get(event_name.rpartition(".")[2], b"{}")
        headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
        return AWSResponse(request.url, 200, headers, Raw(body))

    client.meta.events.register_first("before-send", reply)


class Raw(io.BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The bytes."""
        yield self.read()


@contextmanager
def function() -> Iterator[Any]:
    """The warm handler of `POST /payments/authorize`. Its log lines are written, to nowhere."""
    with functions(AUTHORIZE) as (handler,):
        yield handler


@contextmanager
def functions(*modules: str) -> Iterator[tuple[Any, ...]]:
    """Warm handlers of these modules, in one environment. Their log lines are written, to nowhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    handlers = tuple(importlib.import_module(module).handler for module in modules)
    with (
        patch.dict(os.environ, kept | dict(ENVIRONMENT), clear=True),
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        lines_to(nowhere),
    ):
        _forget()
        try:
            for client in (runtime.ledger().client, runtime.ssm()):
                answer_at_once(client)
            yield handlers
        finally:
            _forget()


def item_put() -> dict[str, Any]:
    """The parameters of the one call that an authorization makes."""
    sent: list[dict[str, Any]] = []
    with function() as handler:
        hashing_keys()
        answer_at_once(runtime.ledger().client, sent)
        handler(event("key-1"), Context())
    (parameters,) = sent
    return parameters


@contextmanager
def lines_to(stream: Any) -> Iterator[Any]:
    """The logger keeps the standard output that it was made with."""
    output: Any = telemetry._logger().registered_handler  # noqa: SLF001 - there is no other way to point it elsewhere
    before, output.stream = output.stream, stream
    try:
        yield stream
    finally:
        output.stream = before


def _forget() -> None:
    """What a new execution environment would not know."""
    runtime._settings.cache_clear()  # noqa: SLF001 - as above
    hashing_keys.cache_clear()
    runtime.ledger.cache_clear()
    runtime.dynamodb.cache_clear()
    runtime.ssm.cache_clear()
