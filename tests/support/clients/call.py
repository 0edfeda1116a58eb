"""Send a request to the real handler of a route, as an API Gateway event built from the route's definition.

    send(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key-1")        →  Reply
    Merchant().authorize(amount=10_00)                                       →  the same, with a new key

Every response is validated against the route's response schema, and every error against the problem schema, so that
each test also tests the API contract.
"""

import base64
import inspect
import itertools
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from paysandbox.core.errors import PROBLEMS, Refused, problem
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.json_text import json_text
from paysandbox.feed.routes import GET_FEED
from paysandbox.http.cors import ANY_ORIGIN, CORS_ORIGINS
from paysandbox.http.dispatch import load_handler
from paysandbox.http.native import Page, quick_reader
from paysandbox.http.parameters import reader_of
from paysandbox.http.problems import ProblemBody
from paysandbox.http.request import Readers, headers_of, read_call, read_merchant
from paysandbox.http.route import Access, Route
from paysandbox.http.shapes import readers_of
from paysandbox.payments.authorization_body import AuthorizePayment
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    GET_HEALTH,
    GET_PAYMENT,
    INCREMENT_PAYMENT,
    LIST_PAYMENTS,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from paysandbox.request_log.routes import GET_REQUEST, LIST_REQUESTS
from tests.support.builders import build

API_KEY = build.api_key()

DOMAIN = "payments.example"
"""The API's own domain name on AWS. The local engine names none."""

Values = str | Sequence[str] | None
"""A header or parameter: omitted, sent once, or sent several times."""

Gateway = Literal["aws", "engine"]
"""AWS preserves the client's case of header names, and includes the accepted API key. The local engine lowercases all
names and includes no key."""


# --- the event --------------------------------------------------------------------------------------------------------


def event(
    route: Route,
    *,
    body: Any = None,
    key: Values = "key-1",
    api_key: Values = API_KEY,
    content_type: Values = "application/json",
    headers: Mapping[str, Values] | None = None,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, Values] | None = None,
    gateway: Gateway = "aws",
    case: Literal["as written", "lower", "upper"] | None = None,
    multi: Literal["both", "only", "never"] = "both",
    in_base64: bool = False,
    identity: Mapping[str, Any] | None = None,
    claims: Mapping[str, Any] | None = None,
    request_id: str | None = None,
) -> dict[str, Any]:
    """Build an event in API Gateway's payload format 1.0, with a keyword per part and valid defaults.

    `body` is an object, or its raw text or bytes. `headers` are additional headers; `multi` selects in which of the two
    header maps they are; `identity` overrides the gateway's identity of the caller, `claims` the authorizer's claims of
    a donor's token. Parts that the route does not accept (a body, keys) are omitted.
    """
    sent: dict[str, Values] = {"Accept": "*/*", "User-Agent": "tests"}
    if route.access is Access.API_KEY:
        sent["X-Api-Key"] = api_key
    if route.access is Access.OPERATOR:
        sent["X-Api-Key"] = build.OPERATOR_KEY if api_key == API_KEY else api_key
    if route.body:
        sent["Content-Type"] = content_type
    if route.idempotency:
        sent["X-Idempotency-Key"] = key
    lists = {_cased(name, gateway, case): _several(values) for name, values in (sent | dict(headers or {})).items()}
    lists = {name: values for name, values in lists.items() if values}
    parameters = {name: _several(values) for name, values in (query or {}).items() if values is not None}
    text = _text(body)
    if identity is None:
        accepted = lists.get("X-Api-Key", [])
        identity = {"sourceIp": "192.0.2.1", "userAgent": "tests"} | (
            {"apiKey": accepted[0], "apiKeyId": "a1b2c3"} if gateway == "aws" and accepted else {}
        )
    token = build.claims() if claims is None else claims
    authorizer = {"authorizer": {"claims": dict(token)}} if route.access is Access.DONOR else {}
    return {
        "resource": route.path,
        "path": route.path.format_map(path) if path else route.path,
        "httpMethod": route.method,
        "headers": {name: values[-1] for name, values in lists.items()} if multi != "only" else None,
        "multiValueHeaders": lists if multi != "never" else None,
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": dict(path) if path else None,
        "stageVariables": {CORS_ORIGINS: ANY_ORIGIN},
        "requestContext": {
            "requestId": request_id or str(uuid.uuid4()),
            "resourcePath": route.path,
            "httpMethod": route.method,
            "stage": "live",
            **({"domainName": DOMAIN} if gateway == "aws" else {}),
            "identity": dict(identity),
            **authorizer,
        },
        "body": base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()
        if in_base64 and text is not None
        else text,
        "isBase64Encoded": in_base64,
    }


def _cased(name: str, gateway: Gateway, case: str | None) -> str:
    match case or ("as written" if gateway == "aws" else "lower"):
        case "lower":
            return name.lower()
        case "upper":
            return name.upper()
        case _:
            return name


def _several(values: Values) -> list[str]:
    if values is None:
        return []
    return [values] if isinstance(values, str) else [*values]


def _text(body: Any) -> str | bytes | None:
    """Return the body as sent. Bytes require Base64."""
    if body is None or isinstance(body, str | bytes):
        return body
    return json.dumps(body)


@dataclass(frozen=True)
class Context:
    """Lambda's context object, with the attributes that the handlers use."""

    aws_request_id: str = "lambda-request-1"
    function_name: str = "paysandbox-test-function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:paysandbox-test-function"
    remaining_ms: int = 9_000

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until the invocation times out."""
        return self.remaining_ms


# --- the answer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """A response as the caller receives it."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> dict[str, Any]:
        """Parsed JSON body."""
        return json.loads(self.text)

    @property
    def code(self) -> str | None:
        """Code of the problem, or None for a success."""
        return self.json["code"] if self.status >= 400 else None

    @property
    def replayed(self) -> bool:
        """Whether the response is marked as the replay of an earlier one."""
        return self.headers.get("Idempotent-Replayed") == "true"

    @property
    def says(self) -> str:
        """Status of a success, or code of a refusal, for tables of cases."""
        return self.code or str(self.json.get("status", "ok"))


def send(route: Route, *, now: datetime | None = None, **parts: Any) -> Reply:
    """Send a request built from `parts` (the keywords of `event`) to the handler of the route.

    With `now`, the request is processed at exactly that time: it is read as usual, then passed to the function inside
    the endpoint. Without `now`, the function's clock is used, and the whole endpoint runs.
    """
    return send_event(route, event(route, **parts), now=now)


def send_event(route: Route, sent: Mapping[str, Any], *, now: datetime | None = None) -> Reply:
    """Send an event unchanged."""
    handler = load_handler(route)
    if now is not None:
        return _at(handler, route, sent, now)
    response = handler(sent, Context())
    reply = Reply(response["statusCode"], response["headers"], response["body"])
    shape = route.answer_shape if reply.status < 400 else ProblemBody
    if shape is not None and reply.status != 304 and "json" in reply.headers["Content-Type"]:
        shape.model_validate_json(reply.text)
    return reply


def _readers(route: Route) -> Readers:
    """Return how the route's handler reads its body: that of an authorization is read without its shape."""
    if route is AUTHORIZE_PAYMENT:
        return Readers(quick_reader(route, reader_of(AuthorizePayment)))
    return readers_of(route)


def _at(handler: Any, route: Route, sent: Mapping[str, Any], now: datetime) -> Reply:
    request_id = sent["requestContext"]["requestId"]
    try:
        headers = headers_of(sent)
        merchant = read_merchant(route, sent, headers)
        call = replace(read_call(route, sent, headers, Context(), merchant, _readers(route)), now=now)
        answer = inspect.unwrap(handler)(call)
    except Refused as refused:
        body = problem(refused.code, detail=refused.detail, request_id=request_id, possible=refused.possible)
        return Reply(PROBLEMS[refused.code].status, {}, json_text(body))
    if isinstance(answer, Page):
        return Reply(answer.status, answer.headers, answer.text)
    headers = {**answer.headers} | ({"Idempotent-Replayed": "true"} if answer.replayed else {})
    return Reply(route.status, headers, json_text(answer.body))


# --- a caller ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Merchant:
    """A merchant's client. Every POST has a new idempotency key by default. `parts` are part of every event."""

    name: str = build.MERCHANT
    now: datetime | None = None
    parts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def at(self, now: datetime) -> "Merchant":
        """Return this merchant with requests processed at exactly that time."""
        return replace(self, now=now)

    def asking(self, outcome: Values) -> "Merchant":
        """Return this merchant with requests that set the outcome header."""
        return replace(self, parts={**self.parts, "headers": {OUTCOME_HEADER: outcome}})

    def post(self, route: Route, body: Any, key: Values = None, **parts: Any) -> Reply:
        """Send a body with an idempotency key."""
        key = key if key is not None else f"fresh-{next(self._numbers)}"
        return self._send(route, body=body, key=key, **parts)

    def authorize(self, key: Values = None, **body: Any) -> Reply:
        """Authorize, by default 10.00 USD with a card that is approved. `body` has keywords of build.authorize_body."""
        return self.post(AUTHORIZE_PAYMENT, build.authorize_body(**body), key)

    def capture(self, auth_id: str, key: Values = None, **body: Any) -> Reply:
        """Capture the full amount, unless `body` has an amount."""
        return self.post(CAPTURE_PAYMENT, build.capture_body(auth_id, **body), key)

    def increment(self, auth_id: str, amount: int = 5_00, key: Values = None, **body: Any) -> Reply:
        """Hold more, by default 5.00."""
        return self.post(INCREMENT_PAYMENT, build.increment_body(auth_id, amount, **body), key)

    def void(self, auth_id: str, key: Values = None, **body: Any) -> Reply:
        """Release the remaining amount."""
        return self.post(VOID_PAYMENT, build.void_body(auth_id, **body), key)

    def refund(self, transaction_id: str, key: Values = None, **body: Any) -> Reply:
        """Refund the full amount, unless `body` has an amount."""
        return self.post(REFUND_PAYMENT, build.refund_body(transaction_id, **body), key)

    def payment(self, transaction_id: str) -> Reply:
        """Get the payment by any of its ids."""
        return self._send(GET_PAYMENT, path={"transaction_id": transaction_id})

    def payments(self, **query: Values) -> Reply:
        """List payments."""
        return self._send(LIST_PAYMENTS, query=query)

    def requests(self, **query: Values) -> Reply:
        """List logged requests."""
        return self._send(LIST_REQUESTS, query=query)

    def request(self, request_id: str) -> Reply:
        """Get a logged request."""
        return self._send(GET_REQUEST, path={"request_id": request_id})

    def feed(self, *, headers: Mapping[str, Values] | None = None, **query: Values) -> Reply:
        """Read the feed."""
        return self._send(GET_FEED, query=query, headers=headers or {})

    def health(self) -> Reply:
        """Get the health of the service."""
        return self._send(GET_HEALTH)

    def authorized(self, amount: int = 10_00, **body: Any) -> str:
        """Authorize an amount, and return the authorization's id."""
        return _done(self.authorize(amount=amount, **body))["auth_id"]

    def captured(self, amount: int = 10_00, of: str | None = None, **body: Any) -> str:
        """Capture an amount, and return the capture's id. By default, the same amount is authorized first."""
        auth_id = of or self.authorized(amount)
        return _done(self.capture(auth_id, amount=amount, **body))["transaction_id"]

    def refunded(self, transaction_id: str, amount: int) -> str:
        """Refund an amount, and return the refund's id."""
        return _done(self.refund(transaction_id, amount=amount))["transaction_id"]

    def _send(self, route: Route, **parts: Any) -> Reply:
        return send(route, now=self.now, **{"api_key": build.api_key(self.name)} | dict(self.parts) | parts)


def _done(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.text
    return reply.json
