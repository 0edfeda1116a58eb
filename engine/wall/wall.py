"""The access wall in front of the engine: it passes requests to AWS or to the API, or rejects them.

The engine gives every client full access to the account: it runs their code and returns every key. Web pages, webhook
URLs and, with `--bind 0.0.0.0`, other machines can connect to it. So:

- A request with an AWS signature is for AWS. The whole signature is verified, and the request must come from this
  machine and not from a web page. A presigned link to a report is the exception, since pages link to it.
- Any other request is for the API, on every loopback name, if its path begins like one of its routes. Its `Host`
  must be an IP address, a loopback name, or a name given with `up --host`. This stops DNS rebinding, where a page's
  own name resolves to this machine.
- `OPEN` lists the AWS requests that need no signature.
- `/_paypal` is the simulator of PayPal, for programs on this machine, which the functions are too.
- Pages of the sandbox itself may read the demo merchant's API key (demo_key.py). Browsers get problems as HTML.
- Responses of inboxes can be held back until the sender gives up (inbox_hang.py), and responses with a fault are broken
  (broken_answers.py).
- A body has a limit, for AWS that of its service, and is refused (413) while it arrives. A signature is verified as far
  as possible before the body is read. protocol.py bounds the rest of a request, and leaves the response to this module.
- `/mcp` are the tools for coding agents, with a merchant's key and not for web pages (mcp.py).
- `/metrics.prom` are the engine's counts, for programs on this machine (engine/metrics).
- `/dashboard` is the dashboard; with a one-use link, it gets the keys of all merchants (dashboard.py).
- Pages of other sites may not use keys that were issued elsewhere, which anybody can invent (unknown_keys.py).

This module does not depend on ministack or the rest of the program: engine/start.py passes everything it needs.
"""

import ipaddress
import json
import re
import time
import uuid
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from engine.corrections.repeated_headers import sent_headers
from engine.home_files import SERVED_NAME
from engine.metrics.metrics import PATH as METRICS_PATH, Metrics
from engine.metrics.operations import Operations
from engine.metrics.requests import Answer
from engine.state import unsaved
from engine.wall import broken_answers, demo_key, inbox_hang, own_pages, unknown_keys
from engine.wall.dashboard import Dashboard, Facts, Refusal
from engine.wall.mcp import BEARER, Mcp
from engine.wall.pages import PROBLEM, page_headers, page_of, wants_page, with_pages
from engine.wall.request import Request
from engine.wall.request_body import (
    BodyTooLargeError,
    TooManyBodiesError,
    Unfinished,
    max_api_bytes,
    max_aws_bytes,
    read_body,
    replaying,
)
from engine.wall.request_limits import REFUSED
from paysandbox.core.cards.masking import masked_text
from paysandbox.core.errors import Code, Refused
from paysandbox.core.this_machine import is_localhost
from paysandbox.http.html import HTML
from paysandbox.stripe_api.errors import render_error
from paysandbox.stripe_api.ids import REQUEST_PREFIX, stripe_request_id

# The API's domain name in the engine (stacks/environments.py).
API_HOST = "127.0.0.1"

# The paths of the Stripe-compatible API (paysandbox/stripe_api/routes.py).
STRIPE_PREFIX = "/v1/"

# The paths of the PayPal simulator (engine/paypal/app.py).
PAYPAL_PREFIX = "/_paypal"

AsgiApp = Callable[[dict[str, Any], Any, Any], Coroutine[Any, Any, None]]

Answering = Callable[
    [str, str, dict[str, str], dict[str, list[str]], bytes], Callable[[Any], Coroutine[Any, Any, None]] | None
]
"""Returns a function that answers a request with a `send`, from method, path, headers, query and body, or None."""


def no_direct_way(*_request: object) -> None:
    """Leave every request to the application."""


is_api: ContextVar[bool] = ContextVar("is_api", default=False)
"""Whether the current request is for the API. The engine resolves the API's domain name only by this."""

_COGNITO = "AWSCognitoIdentityProviderService."
_COGNITO_PUBLIC = frozenset(
    _COGNITO + operation
    for operation in (
        "SignUp", "ConfirmSignUp", "ResendConfirmationCode", "InitiateAuth", "RespondToAuthChallenge",
        "ForgotPassword", "ConfirmForgotPassword", "ChangePassword", "GetUser", "RevokeToken", "GlobalSignOut",
    )
)  # fmt: skip

_HOST = re.compile(r"(?:\[(?P<literal>[0-9a-f:.]+)\]|(?P<name>[^\[\]:]+))(?::[0-9]*)?")

_REQUEST_ID = "request-id"

_OWN_KEY = "Use the sandbox's own access key, which `paysandbox status -o aws` prints."

# Of a response to a request that is not read to its end.
_CLOSE = (b"connection", b"close")

# The only headers passed on with an unsigned request to AWS, since the engine selects services by headers.
_HEADERS_OF_OPEN = frozenset({"content-type", "content-length", "transfer-encoding", "x-amz-target"})


@dataclass(frozen=True)
class Open:
    """An AWS request that needs no signature. `value` is the part of the path that must exist in the engine."""

    method: str
    path: re.Pattern[str]
    kind: str


OPEN = (
    Open("GET", re.compile(r"/_ministack/ready"), "ready"),
    Open("GET", re.compile(re.escape(unsaved.PATH)), "unsaved"),
    # The keys that verify donors' tokens are public, as in Cognito.
    Open("GET", re.compile(r"/(?P<value>[\w-]+_\w+)/\.well-known/(?:jwks\.json|openid-configuration)"), "pool"),
    # The response URL of a custom resource. On AWS it is a presigned link; here the token is the secret.
    Open("PUT", re.compile(r"/_ministack/cfn-response/(?P<value>[0-9a-f-]{36})"), "awaited"),
    # Operations that Cognito's own API accepts from users before sign-in, or with their token.
    Open("POST", re.compile(r"/"), "cognito"),
)


@dataclass(frozen=True)
class Engine:
    """The engine behind the wall. Both listen on `port`."""

    app: AsgiApp
    port: int
    refusal_of_signature: Callable[[Request, bytes | None], str | None]
    is_mapped: Callable[[str], bool]
    is_pool: Callable[[str], bool]
    is_awaited: Callable[[str], bool]
    paypal: AsgiApp | None = None
    dashboard: Dashboard | None = None
    mcp: Mcp | None = None
    metrics: Metrics | None = None
    answering: Answering = no_direct_way
    """Returns the direct way of a request to its route, if it has one (engine/gateway/routed.py)."""


@dataclass(frozen=True)
class Served:
    """The API's settings: path prefixes, host names besides this machine's own, and problems.

    `warm_functions` names the functions of which an idle worker is kept, `routes` all routes (`GET /payments`), and
    `operations` finds their names. cli/up/up.py writes it; without it, nothing is served.
    """

    first_segments: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    report_bucket: str | None = None
    problems: dict[str, dict[str, Any]] | None = None
    warm_functions: frozenset[str] = frozenset()
    routes: tuple[str, ...] = ()
    operations: Operations = field(default_factory=lambda: Operations({}), compare=False)
    demo_key: str | None = field(default=None, repr=False)
    dashboard: Facts = field(default_factory=Facts)


class ServedFile:
    """A reader that loads `Served` again when its file has changed."""

    def __init__(self, home: Path) -> None:
        self._file = home / SERVED_NAME
        self._stamp: tuple[int, int] | None = None
        self._served = Served()

    @property
    def last_read(self) -> Served:
        """The settings as they were last read."""
        return self._served

    def read(self) -> Served:
        """Return the current settings."""
        try:
            stat = self._file.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp != self._stamp:
                served = json.loads(self._file.read_text(encoding="utf-8"))
                self._served = Served(
                    frozenset(served["served"]),
                    frozenset(served.get("hosts", ())),
                    served.get("report_bucket"),
                    served.get("problems"),
                    frozenset(served.get("kept_warm", ())),
                    tuple(served.get("routes", {})),
                    Operations(served.get("routes", {})),
                    served.get("demo_key"),
                    Facts.of(served),
                )
                self._stamp = stamp
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._stamp, self._served = None, Served()
        return self._served


class Wall:
    """The ASGI application in front of the engine's. `log` receives a line for each rejected request."""

    def __init__(self, engine: Engine, served: ServedFile, log: Callable[[str], None]) -> None:
        self._engine = engine
        self._served = served
        self._log = log
        self._inboxes = inbox_hang.InboxHang()
        self._broken = broken_answers.BrokenAnswers()
        self._unfinished = Unfinished()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass a request to the engine, or reject it."""
        if scope["type"] == "lifespan":
            await self._engine.app(scope, receive, send)
        elif scope["type"] != "http":  # the API has no WebSocket routes
            self._log(f"refused a {scope['type']} to {scope.get('path', '')[:200]!r}")
            await send({"type": "websocket.close", "code": 1008})
        else:
            request = Request.of(scope)
            is_signed = request.signed_in_header or request.signed_in_query
            if is_signed or self._engine.metrics is None:
                await self._http(request, scope, receive, send, is_signed=is_signed)
            else:
                await self._count(self._engine.metrics, request, scope, receive, send)

    async def _count(self, metrics: Metrics, request: Request, scope: dict[str, Any], receive: Any, send: Any) -> None:
        began, answer = time.perf_counter(), Answer(send)
        try:
            await self._http(request, scope, receive, answer.send, is_signed=False)
        finally:
            operation = self._served.last_read.operations.of(request.method, request.path)
            metrics.requests.count(operation, request.method, answer.status, time.perf_counter() - began)

    async def _http(self, request: Request, scope: dict[str, Any], receive: Any, send: Any, *, is_signed: bool) -> None:
        if request.path.startswith(STRIPE_PREFIX) and not is_signed:
            send = _with_stripe_id(send)
        if (broken := scope.get("extensions", {}).get(REFUSED)) is not None:
            self._log_refusal(request, broken.detail)
            served = self._served.read()
            await _refuse(send, request, served, broken.code, broken.status, broken.detail, _CLOSE)
        elif is_signed:
            await self._aws(request, scope, receive, send)
        else:
            await self._unsigned(request, scope, receive, send)

    async def _aws(self, request: Request, scope: dict[str, Any], receive: Any, send: Any) -> None:
        why = self._refusal_of_caller(request) or self._engine.refusal_of_signature(request, None)
        body = None
        if why is None:
            try:
                body = await read_body(request, receive, max_aws_bytes(request))
            except BodyTooLargeError as error:
                self._log_refusal(request, str(error))
                await _answer(send, 413, *aws_error(request, "RequestEntityTooLargeException", str(error)), _CLOSE)
                return
            if body is None:
                return
            why = self._engine.refusal_of_signature(request, body)
        if body is None or why is not None:
            self._log_refusal(request, why or "")
            await _answer(send, 403, *aws_error(request, None, f"{why} {_OWN_KEY}"))
            return
        is_api.set(False)
        await self._engine.app(scope, replaying(body, receive), _without_cors(send))

    def _refusal_of_caller(self, request: Request) -> str | None:
        if not request.is_from_this_machine:
            return "The sandbox's AWS accepts requests from this machine only."
        if request.is_from_a_web_page and not self._is_report_link(request):
            return "The sandbox's AWS accepts no requests from web pages."
        return None

    def _is_report_link(self, request: Request) -> bool:
        bucket = self._served.read().report_bucket
        return (
            bucket is not None
            and request.method == "GET"
            and request.signed_in_query
            and not request.signed_in_header
            and request.path.startswith(f"/{bucket}/")
        )

    async def _unsigned(self, request: Request, scope: dict[str, Any], receive: Any, send: Any) -> None:
        served = self._served.read()
        if not all(host_is_allowed(host, served.hosts) for host in request.hosts):
            self._log_refusal(request, "the Host header is not allowed")
            await _refuse(send, request, served, "host_not_allowed", 403)
        elif request.path == demo_key.PATH and request.method == "POST":
            await self._give_demo_key(request, served, send)
        elif self._engine.dashboard is not None and self._engine.dashboard.serves(request):
            await self._show_dashboard(self._engine.dashboard, request, served, receive, send)
        elif self._engine.mcp is not None and self._engine.mcp.serves(request):
            await self._serve_mcp(self._engine.mcp, request, served, receive, send)
        elif self._engine.metrics is not None and request.path == METRICS_PATH and request.method in ("GET", "HEAD"):
            await self._show_metrics(self._engine.metrics, request, served, send)
        elif self._engine.paypal is not None and request.path.startswith(f"{PAYPAL_PREFIX}/"):
            await self._ask_paypal(self._engine.paypal, request, served, scope, receive, send)
        elif self._is_open(request):
            await self._open(request, served, scope, receive, send)
        elif unknown_keys.is_refused(request):
            self._log_refusal(request, "a web page of another site sent a key that was issued elsewhere")
            cors = (b"access-control-allow-origin", b"*")
            await _answer(send, 403, "application/json", unknown_keys.refusal(), cors)
        elif request.path.startswith("/") and self._is_route(request.path, served):
            await self._api(request, served, scope, receive, send)
        else:
            self._log_refusal(request, "it is neither signed nor a route")
            await _refuse(send, request, served, "resource_not_found", 404)

    async def _open(self, request: Request, served: Served, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = await self._body(request, served, receive, send)
        if body is None:
            return
        is_api.set(False)
        headers = [(name, value) for name, value in scope["headers"] if _name(name) in _HEADERS_OF_OPEN]
        headers.append((b"host", f"localhost:{self._engine.port}".encode()))
        passed = {**scope, "query_string": b"", "headers": headers}
        await self._engine.app(passed, replaying(body, receive), _without_cors(send))

    async def _api(self, request: Request, served: Served, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = await self._body(request, served, receive, send)
        if body is None:
            return
        is_api.set(True)
        read = replaying(body, receive)
        send = self._broken.breaking(scope, read, send)
        shown = with_pages(send, request, served.routes) if wants_page(request) else send
        sent_headers.set(self._passed(request, scope) if request.repeated else ())
        if inbox_hang.is_for_inbox(request):
            await self._inboxes.answer(self._engine.app, self._passed_scope(request, scope), read, shown)
            return
        answer = self._direct(request, scope, body)
        if answer is None:
            await self._engine.app(self._passed_scope(request, scope), read, shown)
        else:
            await answer(shown)

    def _passed_scope(self, request: Request, scope: dict[str, Any]) -> dict[str, Any]:
        return {**scope, "headers": self._passed(request, scope)}

    def _passed(self, request: Request, scope: dict[str, Any]) -> list[tuple[bytes, bytes]]:
        """Return the headers that the API gets.

        None addresses an AWS service or is one that only a proxy may set. The API's links begin with the address that
        the client knows.
        """
        headers = [(name, value) for name, value in scope["headers"] if not _is_for_aws(_name(name))]
        headers.append((b"host", f"{API_HOST}:{self._engine.port}".encode()))
        return [*headers, *((b"x-forwarded-host", host.strip().encode()) for host in request.hosts[:1])]

    def _direct(
        self, request: Request, scope: dict[str, Any], body: bytes
    ) -> Callable[[Any], Coroutine[Any, Any, None]] | None:
        """Return the direct way of a request to its route, if it has one. The headers are those of `_passed`."""
        if not scope.get("query_string", b"").isascii():  # the engine refuses what is not UTF-8
            return None
        headers = {name: value for name, value in request.headers.items() if not _is_for_aws(name)}
        for name in request.repeated.keys() & headers.keys():
            headers[name] = ("; " if name == "cookie" else ", ").join(request.repeated[name])
        headers["host"] = f"{API_HOST}:{self._engine.port}"
        for host in request.hosts[:1]:
            headers["x-forwarded-host"] = host.strip()
        return self._engine.answering(request.method, request.path, headers, request.query, body)

    async def _body(self, request: Request, served: Served, receive: Any, send: Any) -> bytes | None:
        """Return the body, or None if the client is gone or has its response already: the body is too large."""
        try:
            return await read_body(request, receive, max_api_bytes(request.path), self._unfinished)
        except BodyTooLargeError as error:
            self._log_refusal(request, str(error))
            await _refuse(send, request, served, "body_too_large", 413, str(error), _CLOSE)
        except TooManyBodiesError:
            self._log_refusal(request, "too many large bodies at once")
            await _refuse(send, request, served, "service_unavailable", 503, "", _CLOSE, (b"retry-after", b"1"))
        return None

    async def _give_demo_key(self, request: Request, served: Served, send: Any) -> None:
        why = demo_key.refusal(request, self._engine.port)
        if why is not None:
            self._log_refusal(request, why)
            await _refuse(send, request, served, "forbidden", 403, why)
        elif served.demo_key is None:
            await _refuse(send, request, served, "resource_not_found", 404, "There is no demo key. Run paysandbox up.")
        else:
            body = json.dumps({"api_key": served.demo_key}).encode()
            await _answer(send, 200, "application/json", body, (b"cross-origin-resource-policy", b"same-origin"))

    async def _show_dashboard(
        self, dashboard: Dashboard, request: Request, served: Served, receive: Any, send: Any
    ) -> None:
        reply = await dashboard.answer(request, receive, served.dashboard)
        if isinstance(reply, Refusal):
            self._log_refusal(request, reply.detail or reply.code)
            await _refuse(send, request, served, reply.code, reply.status, reply.detail)
        else:
            await _answer(send, reply.status, reply.content_type, reply.body, *reply.headers)

    async def _serve_mcp(self, mcp: Mcp, request: Request, served: Served, receive: Any, send: Any) -> None:
        reply = mcp.refusal(request)
        if reply is None:
            body = await self._body(request, served, receive, send)
            if body is None:
                return
            reply = await mcp.answer(request, body, served.dashboard.python)
        if isinstance(reply, Refusal):
            self._log_refusal(request, reply.detail)
            headers = (BEARER,) if reply.status == HTTPStatus.UNAUTHORIZED else ()
            await _refuse(send, request, served, reply.code, reply.status, reply.detail, *headers)
        else:
            await _answer(send, reply.status, reply.content_type, reply.body, *reply.headers)

    async def _ask_paypal(
        self, paypal: AsgiApp, request: Request, served: Served, scope: dict[str, Any], receive: Any, send: Any
    ) -> None:
        if request.is_from_this_machine and not request.is_from_a_web_page:
            await paypal(scope, receive, send)
        else:
            self._log_refusal(request, "the PayPal simulator is for programs on this machine")
            await _refuse(send, request, served, "forbidden", 403)

    async def _show_metrics(self, metrics: Metrics, request: Request, served: Served, send: Any) -> None:
        """Show them to programs on this machine, as the other paths of the engine that need no key."""
        if request.is_from_this_machine and not request.is_from_a_web_page:
            await _answer(send, 200, *metrics.document(request.headers.get("accept", "")), (b"vary", b"Accept"))
        else:
            why = "The metrics are for programs on this machine."
            self._log_refusal(request, why)
            await _refuse(send, request, served, "forbidden", 403, why)

    def _is_open(self, request: Request) -> bool:
        if not request.is_from_this_machine:
            return False
        for entry in OPEN:
            matched = entry.path.fullmatch(request.path)
            if request.method == entry.method and matched is not None:
                if request.is_from_a_web_page and not self._may_page_send(entry, request):
                    return False
                return self._is_known(entry.kind, request, matched.groupdict().get("value", ""))
        return False

    def _may_page_send(self, entry: Open, request: Request) -> bool:
        """Whether a web page may: donors sign in with the sandbox's own page (/donate), by Cognito's own protocol."""
        why = own_pages.refusal(request, self._engine.port, "This", header="x-amz-target")
        return entry.kind == "cognito" and why is None

    def _is_known(self, kind: str, request: Request, value: str) -> bool:
        match kind:
            case "pool":
                return self._engine.is_pool(value)
            case "awaited":
                return self._engine.is_awaited(value)
            case "cognito":
                return request.headers.get("x-amz-target") in _COGNITO_PUBLIC
            case _:
                return True

    def _is_route(self, path: str, served: Served) -> bool:
        # The engine has its own paths on every host, some of which run code, so this is an allowlist.
        return path.split("/")[1] in served.first_segments and self._engine.is_mapped(path)

    def _log_refusal(self, request: Request, why: str) -> None:
        hosts = ", ".join(request.hosts)
        path = masked_text(request.path, 200)  # it may be the address of an inbox
        self._log(f"refused {request.method} {path!r} of {request.peer} (Host: {hosts[:100]!r}): {why}")


@lru_cache(maxsize=1_024)  # of what clients send; most send the same
def host_is_allowed(host: str, names: frozenset[str]) -> bool:
    """Return whether a Host header has an IP address, a loopback name, or one of the names."""
    match = _HOST.fullmatch(host.strip().lower())
    if match is None:
        return False
    name = (match["literal"] or match["name"]).removesuffix(".")
    if name == "localhost.localdomain" or is_localhost(name):
        return True
    if name in {allowed.lower() for allowed in names}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _name(header: bytes) -> str:
    return header.decode("latin-1").lower()


def _is_for_aws(header: str) -> bool:
    return header == "host" or header.startswith(("x-amz-", "x-forwarded-"))


def aws_error(request: Request, code: str | None, message: str) -> tuple[str, bytes]:
    """Return content type and body of an error that AWS SDKs can parse: JSON, or XML for the older protocols.

    Without a `code`, it is that of an unknown key, which each of them has its own name for.
    """
    if "json" in request.headers.get("content-type", "") or "x-amz-target" in request.headers:
        body = {"__type": code or "UnrecognizedClientException", "message": message}
        return "application/x-amz-json-1.1", json.dumps(body).encode()
    # It contains nothing of the request except a quoted key ID, reduced to characters that are valid in XML.
    escaped = message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    error = f"<Error><Code>{code or 'InvalidClientTokenId'}</Code><Message>{escaped}</Message></Error>"
    return "text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode("utf-8", "backslashreplace")


async def _refuse(
    send: Any,
    request: Request,
    served: Served,
    code: str,
    status: int,
    detail: str = "",
    *headers: tuple[bytes, bytes],
) -> None:
    """Respond with a problem of the API, or of Stripe's. Web pages may read it, like those of the gateway."""
    problem: dict[str, Any] = {"type": "about:blank", "status": status, "code": code}
    body = dict((served.problems or {}).get(code) or problem)
    pages = _pages_url(request, served)
    if "doc_url" in body:
        body["doc_url"] = pages + body["doc_url"]
    body["request_id"] = str(uuid.uuid4())
    if code == "host_not_allowed":
        body["detail"] = "Use an IP address, localhost, or a name that was set with paysandbox up --host NAME."
    if detail:
        body["detail"] = detail
    headers = ((b"access-control-allow-origin", b"*"), *headers)
    if wants_page(request):
        await _answer(send, status, HTML, page_of(body, request.path, served.routes), *headers, *page_headers())
        return
    content_type = PROBLEM
    if request.path.startswith(STRIPE_PREFIX):
        content_type, (_, body) = (
            "application/json",
            render_error(Refused(Code(code), body.get("detail", "")), pages=pages),
        )
    await _answer(send, status, content_type, json.dumps(body).encode(), *headers, (b"vary", b"Accept"))


def _pages_url(request: Request, served: Served) -> str:
    """Return the base URL of the error pages: the address that the client knows, if its `Host` is allowed."""
    host = request.hosts[0].strip() if len(request.hosts) == 1 else ""
    return f"http://{host}" if host_is_allowed(host, served.hosts) else f"http://{API_HOST}:{request.port}"


async def _answer(send: Any, status: int, content_type: str, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Send a response, not stored unless `headers` have a Cache-Control. After a HEAD, uvicorn leaves out the body."""
    about = [(b"content-type", content_type.encode()), *headers]
    if status != HTTPStatus.NOT_MODIFIED:  # its length would be that of the body that it leaves out
        about.append((b"content-length", str(len(body)).encode()))
    if not any(name == b"cache-control" for name, _ in headers):
        about.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body})


def _with_stripe_id(send: Any) -> Any:
    """Return a `send` whose response has an ID in Stripe's form: also what the gateway and this module refuse.

    A response without one gets its own: nothing was asked, and the log of requests has none.
    """

    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            given = next((value.decode("latin-1") for name, value in headers if _name(name) == _REQUEST_ID), None)
            if given is None or not given.startswith(REQUEST_PREFIX):
                others = [(name, value) for name, value in headers if _name(name) != _REQUEST_ID]
                made = stripe_request_id(given or str(uuid.uuid4()))
                message = {**message, "headers": [*others, (_REQUEST_ID.encode(), made.encode())]}
        await send(message)

    return sending


def _without_cors(send: Any) -> Any:
    """Return a `send` without CORS headers, so that no web page can read a response of AWS."""

    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [(n, v) for n, v in message.get("headers", ()) if not _name(n).startswith("access-control-")]
            message = {**message, "headers": headers}
        await send(message)

    return sending
