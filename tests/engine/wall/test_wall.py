"""The wall's routing of requests to AWS, to the API or to neither. The stub engine records its input."""

import asyncio
import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.wall.request import Request
from engine.wall.request_body import TooManyBodiesError, Unfinished, read_body
from engine.wall.request_limits import LIMITS, REFUSED
from engine.wall.wall import Engine, Served, ServedFile, Wall, is_api
from paysandbox.core.body_limits import MAX_BODY_BYTES

PORT = 4566
BUCKET = "reports-bucket"
KEY = "demo_key_text"
BROWSER = [(b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
SERVED = {
    "served": ["", "health", "inbox", "payments", "v1"],
    "hosts": ["Sandbox", "payments.internal"],
    "report_bucket": BUCKET,
    "problems": {"resource_not_found": {"code": "resource_not_found", "status": 404}},
    "routes": {
        "GET /payments": "list_payments",
        "POST /payments/authorize": "authorize_payment",
        "GET /health": "get_health",
    },
    "demo_key": KEY,
}
PAGE = [(b"origin", b"https://page.example")]
SIGNED = [(b"authorization", b"AWS4-HMAC-SHA256 Credential=k/d/r/s/aws4_request, SignedHeaders=host, Signature=good")]
FORGED = [(b"authorization", b"AWS4-HMAC-SHA256 Credential=k/d/r/s/aws4_request, SignedHeaders=host, Signature=bad")]
LINK = b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k&X-Amz-Signature=good"
TOKEN = "0b3f3a52-3c55-4a1c-9d0a-7f6d3f1c2b4a"
SIGN_IN = [(b"x-amz-target", b"AWSCognitoIdentityProviderService.InitiateAuth"), (b"content-type", b"application/json")]


@dataclass
class Seen:
    """The outcome of a request: the engine's input (None: nothing), the identity, and the answer."""

    scope: dict[str, Any] | None = None
    as_api: bool | None = None
    body: bytes = b""
    sent: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    paypal: str | None = None
    parts_read: int = 0

    @property
    def by(self) -> str:
        """Return the answering party: the API, AWS, or nobody."""
        return "nobody" if self.scope is None else "api" if self.as_api else "aws"

    @property
    def status(self) -> int:
        """Return the answer's status."""
        return self.sent[0]["status"]

    @property
    def answered(self) -> dict[bytes, bytes]:
        """Return the answer's headers."""
        return dict(self.sent[0]["headers"])

    @property
    def text(self) -> str:
        """Return the answer's body."""
        return self.sent[1]["body"].decode()

    @property
    def headers(self) -> dict[bytes, bytes]:
        """Return the headers passed to the engine."""
        assert self.scope is not None
        return dict(self.scope["headers"])


def refusal_of(text: str, body: bytes | None) -> str | None:
    """Refuse everything but good signatures, and those that are good until the body is known."""
    return None if "good" in text or ("half" in text and body is None) else "no"


@pytest.fixture
def ask(tmp_path):
    """Return a function that sends one request to a wall, and returns its outcome."""
    (tmp_path / "served.json").write_text(json.dumps(SERVED))

    def send(
        path="/payments",
        *,
        method="GET",
        query=b"",
        headers=(),
        host=b"localhost:4566",
        peer: str | None = "127.0.0.1",
        kind="http",
        body=b"",
        gone=False,
        extensions=None,
        answer: tuple[int, bytes, tuple[bytes, ...]] = (200, b"", ()),
        answer_headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> Seen:
        seen = Seen()

        async def engine(scope, receive, send):
            seen.scope, seen.as_api = scope, is_api.get()
            if scope["type"] == "http":
                seen.body = (await receive())["body"]
                status, content_type, parts = answer
                allowed = [(b"Access-Control-Allow-Origin", b"*"), (b"x-other", b"1"), *answer_headers]
                allowed += [(b"Content-Type", content_type)] if content_type else []
                await send({"type": "http.response.start", "status": status, "headers": allowed})
                for number, part in enumerate(parts, start=1):
                    await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})

        async def paypal(scope, receive, send):
            seen.paypal = scope["path"]
            await send({"type": "http.response.start", "status": 201, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        behind = Engine(
            app=engine,
            port=PORT,
            refusal_of_signature=lambda request, body: refusal_of(f"{request.headers}{request.query}", body),
            is_mapped=lambda path: not path.startswith("/v1/unmapped"),
            is_pool=lambda pool: pool == "us-east-1_Abc",
            is_awaited=lambda token: token == TOKEN,
            paypal=paypal,
        )
        scope = {
            "type": kind,
            "method": method,
            "path": path,
            "query_string": query,
            "headers": [*headers, *([(b"host", host)] if host is not None else [])],
            "client": peer and (peer, 50_000),
            **({"extensions": extensions} if extensions else {}),
        }
        parts = [
            {"type": "http.request", "body": body[:2], "more_body": True},
            {"type": "http.disconnect"} if gone else {"type": "http.request", "body": body[2:]},
        ]

        async def receive():
            seen.parts_read += 1
            return parts.pop(0)

        async def sending(message):
            seen.sent.append(message)

        asyncio.run(Wall(behind, ServedFile(tmp_path), seen.log.append)(scope, receive, sending))
        return seen

    return send


# --- signed: AWS ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host, path",
    [
        *((b"localhost:4566", path) for path in ("/", "/payments", "/_ministack/reset", "/docs")),
        *((host, "/payments") for host in (b"127.0.0.1:4566", b"bucket.s3.localhost", b"payments.example")),
    ],
)
def test_signed_requests_reach_aws(ask, host, path):
    seen = ask(path, host=host, headers=SIGNED, method="POST", body=b"Action=ListQueues")

    assert (seen.by, seen.body) == ("aws", b"Action=ListQueues")
    assert seen.headers[b"host"] == host, "it is part of what was signed"


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"])
def test_loopback_clients_reach_aws(ask, peer):
    assert ask("/", headers=SIGNED, peer=peer).by == "aws"


@pytest.mark.parametrize("peer", ["192.0.2.7", "::ffff:192.0.2.7", "128.0.0.1", "1.127.0.0", None])
def test_other_machines_do_not_reach_aws(ask, peer):
    headers = [*SIGNED, (b"x-forwarded-for", b"127.0.0.1")]
    assert (ask("/", headers=headers, peer=peer).by, ask("/_ministack/ready", peer=peer).by) == ("nobody", "nobody")


@pytest.mark.parametrize(
    "of_a_page",
    [
        PAGE,
        [(b"origin", b"null")],
        *([(b"sec-fetch-site", kind)] for kind in (b"cross-site", b"same-site", b"same-origin")),
    ],
)
def test_web_pages_do_not_reach_aws(ask, of_a_page):
    assert ask("/", headers=[*SIGNED, *of_a_page]).by == "nobody"
    assert ask("/another-bucket/key", query=LINK, headers=of_a_page).by == "nobody"
    assert ask(f"/{BUCKET}/key", query=LINK, headers=of_a_page, method="DELETE").by == "nobody"
    assert ask(f"/{BUCKET}/key", query=LINK, headers=of_a_page).by == "aws", (
        "a link to a report is followed from a page"
    )


def test_typed_urls_are_not_web_pages(ask):
    assert ask("/another-bucket/key", query=LINK, headers=[(b"sec-fetch-site", b"none")]).by == "aws"


@pytest.mark.parametrize(
    "headers, query",
    [
        (FORGED, b""),
        ([(b"authorization", b"AWS AKIA:signature")], b""),
        ([], LINK.replace(b"good", b"bad")),
        ([], b"X-Amz-Credential=PAYSANDBOX123%2F20261121%2Fus-east-1%2Fsns%2Faws4_request&Action=ListTopics"),
        ([], b"x-amz-credential=123456789012"),
        ([], b"AWSAccessKeyId=PAYSANDBOX123&Expires=1&Signature=x"),
    ],
)
def test_invalid_signatures_are_rejected_everywhere(ask, headers, query):
    seen = ask("/payments", headers=headers, query=query)
    assert (seen.by, seen.status) == ("nobody", 403)
    assert "refused GET '/payments' of 127.0.0.1" in seen.log[0]


@pytest.mark.parametrize("path", ["/inbox/demo_", "/authenticate/tds_1/"])
def test_the_secret_in_a_path_is_not_logged(ask, path):
    seen = ask(path + "a" * 32, headers=[(b"host", b"shop.example")])
    assert f"refused GET '{path}***' of 127.0.0.1" in seen.log[0]


@pytest.mark.parametrize(
    "headers, read",
    [
        ([(b"content-type", b"application/x-amz-json-1.0")], lambda body: json.loads(body)["__type"]),
        ([], lambda body: body.decode().partition("<Code>")[2].partition("<")[0]),
    ],
)
def test_rejections_are_readable_by_aws_sdks(ask, headers, read):
    seen = ask("/", headers=[*FORGED, *headers])
    assert read(seen.sent[1]["body"]) in {"UnrecognizedClientException", "InvalidClientTokenId"}


def test_a_body_is_verified_after_the_rest(ask):
    half = [(b"authorization", b"AWS4-HMAC-SHA256 Credential=k/d/r/s/aws4_request, Signature=half")]
    seen = ask("/", headers=half, method="POST", body=b"Action=ListQueues")
    assert (seen.by, seen.status, seen.parts_read) == ("nobody", 403, 2)


# --- limits -----------------------------------------------------------------------------------------------------------

ONE_TOO_MANY = b"x" * (MAX_BODY_BYTES + 1)
NATIVE = {"code": "body_too_large", "detail": "The body can have at most 1,000,000 bytes."}


@pytest.mark.parametrize(
    "sent, parts_read",
    [
        pytest.param({"body": ONE_TOO_MANY}, 2, id="while it arrives"),
        pytest.param({"headers": [(b"content-length", b"1000001")]}, 0, id="before it arrives"),
    ],
)
def test_large_bodies_are_refused(ask, sent, parts_read):
    seen = ask("/payments/authorize", method="POST", **sent)
    assert (seen.by, seen.status, seen.parts_read) == ("nobody", 413, parts_read)
    assert json.loads(seen.text).items() >= NATIVE.items()
    assert (seen.answered[b"connection"], seen.answered[b"access-control-allow-origin"]) == (b"close", b"*")
    assert "at most 1,000,000 bytes" in seen.log[0]


@pytest.mark.parametrize(
    "path, body, as_stripe",
    [
        ("/v1/payment_intents", b"x" * (MAX_BODY_BYTES + 1), "The body can have at most 1,000,000 bytes."),
        ("/inbox/demo/x", b"x" * 65_537, None),
        ("/", b"x" * (MAX_BODY_BYTES + 1), None),
    ],
)
def test_limits_of_paths(ask, path, body, as_stripe):
    assert ask(path, method="POST", body=body[:-1]).status == 200
    seen = ask(path, method="POST", body=body)
    assert (seen.by, seen.status) == ("nobody", 413)
    if as_stripe:
        error = json.loads(seen.text)["error"]
        assert (error["type"], error["message"]) == ("invalid_request_error", as_stripe)
        assert error["doc_url"] == "http://localhost:4566/docs/errors/body_too_large"


def read(wanted: list[bytes], unfinished: Unfinished) -> bytes | None:
    """Return the body of a request that arrives in these parts."""
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in wanted]
    parts[-1]["more_body"] = False
    request = Request.of({"method": "POST", "path": "/", "query_string": b"", "headers": []})

    async def receive():
        return parts.pop(0)

    return asyncio.run(read_body(request, receive, 100, unfinished))


def test_unfinished_bodies_are_bounded_together():
    unfinished = Unfinished(at_most=10, held=8)
    assert read([b"x" * 50], unfinished) == b"x" * 50, "it arrives as a whole"
    assert read([b"xx", b"x" * 50], unfinished) == b"x" * 52
    with pytest.raises(TooManyBodiesError):
        read([b"xx", b"x", b"x"], unfinished)
    assert unfinished.held == 8


def test_incomplete_requests_are_not_passed_on(ask):
    """Half a body can be a valid one."""
    for headers in ([], SIGNED, SIGN_IN):
        seen = ask("/" if headers else "/payments/authorize", method="POST", headers=headers, body=b"{}", gone=True)
        assert (seen.by, seen.sent) == ("nobody", [])


@pytest.mark.parametrize(
    "service, length, by",
    [
        (b"lambda", 70_167_211, "aws"),
        (b"lambda", 70_167_212, "nobody"),
        (b"s3", 134_217_728, "aws"),
        (b"s3", 134_217_729, "nobody"),
        (b"cloudformation", 20_000_000, "aws"),
        (b"dynamodb", 20_000_001, "nobody"),
    ],
)
def test_bodies_for_aws_have_its_limits(ask, service, length, by):
    headers = [(name, value.replace(b"/s/", b"/" + service + b"/")) for name, value in SIGNED]
    seen = ask("/", method="POST", headers=[*headers, (b"content-length", b"%d" % length)])
    assert seen.by == by
    if by == "nobody":
        assert (seen.status, "<Code>RequestEntityTooLargeException</Code>" in seen.text) == (413, True)


@pytest.mark.parametrize("path, shape", [("/payments", "code"), ("/v1/charges", "error")])
def test_broken_limits_are_answered(ask, path, shape):
    seen = ask(path, extensions={REFUSED: LIMITS.headers_too_large}, headers=SIGNED, host=None)
    assert (seen.by, seen.status, seen.parts_read) == ("nobody", 431, 0)
    assert shape in json.loads(seen.text)
    assert LIMITS.headers_too_large.detail in seen.text


def test_problems_below_v1_are_stripes(ask):
    seen = ask("/v1/unmapped")
    assert (seen.status, json.loads(seen.text)["error"]["type"]) == (404, "invalid_request_error")


@pytest.mark.parametrize(
    "path, sent, shown",
    [
        ("/v1/charges", b"0b3f3a52-3c55-4a1c-9d0a-7f6d3f1c2b4a", "req_0b3f3a523c554a1c9d0a7f6d3f1c2b4a"),
        ("/v1/charges", b"req_0b3f", "req_0b3f"),
        ("/v1/charges", None, "req_"),
        ("/v1/unmapped", None, "req_"),
        ("/payments", b"0b3f3a52-3c55-4a1c-9d0a-7f6d3f1c2b4a", "0b3f3a52-3c55-4a1c-9d0a-7f6d3f1c2b4a"),
    ],
)
def test_every_answer_below_v1_has_an_id_in_stripes_form(ask, path, sent, shown):
    named = ((b"Request-Id", sent),) if sent else ()
    for seen in (ask(path, answer=(429, b"", ()), answer_headers=named), ask(path, answer_headers=named)):
        (found,) = [value.decode() for name, value in seen.sent[0]["headers"] if name.lower() == b"request-id"]
        assert found == shown or (shown == "req_" and len(found) == len("req_") + 32 and found.startswith(shown))


@pytest.mark.parametrize(
    "parts",
    [
        {"extensions": {REFUSED: LIMITS.headers_too_large}},
        {"host": b"evil.example"},
        {"headers": [(b"authorization", b"Bearer sk_test_51abc"), (b"origin", b"https://evil.example")]},
        {"body": b"x" * 10, "method": "POST", "headers": [(b"content-length", str(MAX_BODY_BYTES + 1).encode())]},
    ],
)
def test_what_the_wall_refuses_below_v1_has_one_too(ask, parts):
    seen = ask("/v1/charges", **parts)
    assert (seen.by, seen.status >= 400) == ("nobody", True)
    assert seen.answered[b"request-id"].startswith(b"req_")


# --- unsigned: a few answers of AWS's ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method, path, headers",
    [
        ("GET", "/_ministack/ready", []),
        ("GET", "/_paysandbox/unsaved", []),
        ("GET", "/us-east-1_Abc/.well-known/jwks.json", []),
        ("GET", "/us-east-1_Abc/.well-known/openid-configuration", []),
        ("PUT", f"/_ministack/cfn-response/{TOKEN}", []),
        ("POST", "/", SIGN_IN),
    ],
)
def test_unsigned_aws_operations_are_listed(ask, method, path, headers):
    rest = [(b"x-amz-target2", b"x"), (b"x-forwarded-host", b"y"), (b"cookie", b"z")]
    seen = ask(path, method=method, headers=[*headers, *rest], query=b"Action=CreateStack", host=b"[::1]:4566")

    assert seen.by == "aws"
    assert seen.scope is not None
    assert seen.scope["query_string"] == b""
    assert seen.headers == {**dict(headers), b"host": b"localhost:4566"}
    assert seen.sent[0]["headers"] == [(b"x-other", b"1")], "no page may read it"
    assert ask(path, method=method, headers=[*headers, *PAGE]).as_api is not False


@pytest.mark.parametrize(
    "method, path, headers",
    [
        ("POST", "/_ministack/reset", []),
        ("POST", "/_ministack/ready", []),
        ("GET", "/_ministack/health", []),
        ("GET", "/_ministack/ready/", []),
        ("GET", "/us-east-1_Other/.well-known/jwks.json", []),
        ("PUT", f"/_ministack/cfn-response/{TOKEN[:-1]}b", []),
        ("PUT", "/_ministack/cfn-signal/x", []),
        ("POST", "/x", SIGN_IN),
        ("OPTIONS", "/_ministack/reset", PAGE),
        ("GET", "/2015-03-31/functions/", []),
        ("GET", "/restapis/a", []),
        ("GET", "/_aws/execute-api/a/b", []),
        ("GET", "/oauth2/authorize", []),
        ("GET", "/_ministack/lambda-code/x", []),
        ("GET", "/paymentsx", []),
        ("GET", "payments", []),
    ],
)
def test_everything_else_is_a_404(ask, method, path, headers):
    seen = ask(path, method=method, headers=headers)

    assert (seen.by, seen.status) == ("nobody", 404)
    assert {name for name, _ in seen.sent[0]["headers"]} >= {b"content-type", b"content-length"}
    assert b"access-control-allow-headers" not in dict(seen.sent[0]["headers"]), "a preflight fails"
    problem = json.loads(seen.sent[1]["body"])
    assert (problem["code"], len(problem["request_id"])) == ("resource_not_found", 36)


@pytest.mark.parametrize(
    "operation", ["AdminCreateUser", "CreateUserPool", "AdminInitiateAuth", "InitiateAuth2", "initiateauth"]
)
def test_only_user_operations_of_cognito_are_open(ask, operation):
    target = b"AWSCognitoIdentityProviderService." + operation.encode()
    assert ask("/", method="POST", headers=[(b"x-amz-target", target)]).as_api is not False


OWN = [(b"origin", b"http://localhost:4566"), (b"sec-fetch-site", b"same-origin")]


@pytest.mark.parametrize(
    "path, headers, host, peer, by",
    [
        ("/", [*SIGN_IN, *OWN], b"localhost:4566", "127.0.0.1", "aws"),
        ("/", [*SIGN_IN, *OWN], b"localhost:4566", "192.0.2.7", "api"),
        ("/", [*SIGN_IN, *OWN], b"sandbox:4566", "127.0.0.1", "api"),
        ("/", [*SIGN_IN, *OWN, (b"via", b"1.1 proxy")], b"localhost:4566", "127.0.0.1", "api"),
        ("/", [*SIGN_IN, *OWN[:1]], b"localhost:4566", "127.0.0.1", "api"),
        ("/", [*SIGN_IN, OWN[0], (b"sec-fetch-site", b"cross-site")], b"localhost:4566", "127.0.0.1", "api"),
        ("/", [(b"x-amz-target", b"DynamoDB_20120810.Scan"), *OWN], b"localhost:4566", "127.0.0.1", "api"),
    ],
    ids=["own page", "other machine", "other name", "proxy", "no browser", "other site", "other service"],
)  # fmt: skip
def test_donors_sign_in_with_the_sandboxs_own_page(ask, path, headers, host, peer, by):
    """Every other page's request is one to the API, which has no such route."""
    assert ask(path, method="POST", headers=headers, host=host, peer=peer).by == by


# --- unsigned: the API ------------------------------------------------------------------------------------------------


ALLOWED_HOSTS = (
    b"localhost:4566", b"localhost", b"LOCALHOST.", b"app.localhost:4566", b"127.0.0.1:4566", b"127.9.9.9",
    b"[::1]:4566", b"[::1]", b"192.168.1.7:80", b"sandbox:4566", b"payments.internal", b"Payments.Internal:4566", None,
)  # fmt: skip


@pytest.mark.parametrize(
    "host, peer", [*((host, "127.0.0.1") for host in ALLOWED_HOSTS), (b"sandbox:4566", "192.0.2.7")]
)
def test_allowed_hosts_of_the_api(ask, host, peer):
    headers = [(b"X-Api-Key", b"sk"), (b"X-Amz-Target", b"DynamoDB_20120810.Scan"), (b"x-forwarded-host", b"y")]
    seen = ask("/payments/authorize", method="POST", host=host, peer=peer, headers=headers)

    assert seen.by == "api"
    forwarded = {b"x-forwarded-host": host} if host else {}
    assert seen.headers == {b"X-Api-Key": b"sk", b"host": b"127.0.0.1:4566", **forwarded}
    assert (b"Access-Control-Allow-Origin", b"*") in seen.sent[0]["headers"], "the API decides who may read it"


REBOUND = (
    b"page.example", b"page.example:4566", b"localhost.page.example", b"localhostx", b"127.0.0.1.page.example",
    b"2130706433", b"0x7f.1", b"other-sandbox", b"", b"[::1", b"page.example\xff",
)  # fmt: skip


def test_a_name_that_dns_writes_in_full_is_the_same(ask):
    assert ask("/payments", host=b"sandbox.").status == 200


@pytest.mark.parametrize(
    "host, path", [*((host, "/payments") for host in REBOUND), (b"page.example", "/_ministack/ready")]
)
def test_rebound_dns_names_are_rejected(ask, host, path):
    seen = ask(path, host=host)
    problem = json.loads(seen.sent[1]["body"])
    assert (seen.by, seen.status, problem["code"]) == ("nobody", 403, "host_not_allowed")
    assert "--host" in problem["detail"]


def test_both_hosts_must_be_allowed(ask):
    assert ask(host=b"localhost", headers=[(b"Host", b"page.example")]).by == "nobody"


def test_cross_origin_requests_reach_the_api(ask):
    assert ask("/payments", method="OPTIONS", headers=PAGE).by == "api"


@pytest.mark.parametrize("content", [None, "", "{}", "[]", "[", '{"served": 1}'])
def test_without_known_routes_nothing_is_served(ask, tmp_path, content):
    file = tmp_path / "served.json"
    file.unlink() if content is None else file.write_text(content)
    assert (ask("/payments").by, ask("/_ministack/ready").by) == ("nobody", "aws")


def test_changed_routes_are_reloaded(tmp_path):
    (tmp_path / "served.json").write_text('{"served": ["a"]}')
    file = ServedFile(tmp_path)
    before = file.read()
    os.utime(tmp_path / "served.json", ns=(1, 1))
    (tmp_path / "served.json").write_text('{"served": ["b"], "hosts": ["web"]}')

    assert (before, file.read()) == (Served(frozenset("a")), Served(frozenset("b"), frozenset({"web"})))


# --- neither ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [[], SIGNED])
def test_web_sockets_are_rejected(ask, headers):
    seen = ask("/payments", kind="websocket", headers=headers)
    assert (seen.by, seen.sent) == ("nobody", [{"type": "websocket.close", "code": 1008}])


def test_lifespan_events_reach_the_engine(ask):
    assert ask(kind="lifespan").scope is not None


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, host, status, code",
    [
        ("/paymets", b"localhost:4566", 404, "resource_not_found"),
        ("/health", b"page.example:4566", 403, "host_not_allowed"),
    ],
)
def test_browsers_get_an_error_page_and_others_json(ask, path, host, status, code):
    page, plain = ask(path, host=host, headers=BROWSER), ask(path, host=host, headers=[(b"accept", b"*/*")])

    assert (page.status, plain.status) == (status, status)
    assert page.answered[b"content-type"] == b"text/html; charset=utf-8"
    assert f"<code>{code}</code>" in page.text
    assert b"default-src 'none'" in page.answered[b"content-security-policy"]
    assert plain.answered[b"content-type"] == b"application/problem+json"
    assert json.loads(plain.text)["code"] == code
    assert (page.answered[b"vary"], plain.answered[b"vary"]) == (b"Accept", b"Accept")


def test_error_pages_suggest_similar_routes(ask):
    assert "<li><code>GET /payments</code></li>" in ask("/paymets", headers=BROWSER).text
    assert "Did you mean" not in ask("/zzzzzzzz", headers=BROWSER).text


@pytest.mark.parametrize(
    "path", ["/<script>alert(1)</script>", '/"><img src=x onerror=alert(1)>', "/paymets<b>", "/" + "a" * 9_000]
)
def test_paths_are_escaped_in_pages(ask, path):
    text = ask(path, headers=BROWSER).text
    assert not any(word in text for word in ("<script", "<img", "<b>", "alert(1)", "a" * 8))


PROBLEM = json.dumps({"code": "api_key_invalid", "status": 401, "title": "<b>No</b>", "detail": "d"}).encode()
MISSING = json.dumps({"code": "resource_not_found", "status": 404, "title": "t", "detail": "d"}).encode()


def test_gateway_errors_are_pages_for_browsers(ask):
    seen = ask(headers=BROWSER, answer=(401, b"application/problem+json", (PROBLEM[:9], PROBLEM[9:])))

    assert (seen.by, seen.status, len(seen.sent)) == ("api", 401, 2)
    assert "&lt;b&gt;No&lt;/b&gt;" in seen.text
    names = [name.lower() for name, _ in seen.sent[0]["headers"]]
    assert (names.count(b"content-type"), names.count(b"content-length")) == (1, 1)
    assert seen.answered[b"content-type"] == b"text/html; charset=utf-8"
    assert int(seen.answered[b"content-length"]) == len(seen.text.encode())
    assert seen.answered[b"x-other"] == b"1", "the request's id is among the headers that stay"


def test_gateway_error_pages_suggest_similar_routes(ask):
    seen = ask("/payments/authorise", headers=BROWSER, answer=(404, b"application/problem+json", (MISSING,)))
    assert "POST /payments/authorize" in seen.text


@pytest.mark.parametrize(
    "headers, content_type",
    [
        ([], b"application/problem+json"),
        ([(b"accept", b"application/json")], b"application/problem+json"),
        (BROWSER, b"application/json"),
    ],
)
def test_other_responses_are_unchanged(ask, headers, content_type):
    seen = ask(headers=headers, answer=(401, content_type, (PROBLEM[:9], PROBLEM[9:])))

    assert [message.get("body") for message in seen.sent[1:]] == [PROBLEM[:9], PROBLEM[9:]]
    assert seen.answered[b"Content-Type"] == content_type


def test_invalid_problem_bodies_are_unchanged(ask):
    seen = ask(headers=BROWSER, answer=(502, b"application/problem+json", (b"<oops>",)))
    assert (seen.text, seen.answered[b"content-type"]) == ("<oops>", b"application/problem+json")


# --- the demo key -----------------------------------------------------------------------------------------------------

OWN_PAGE = {b"origin": b"http://localhost:4566", b"sec-fetch-site": b"same-origin", b"paysandbox-page": b"1"}


def request_key(ask, *, method="POST", host=b"localhost:4566", peer="127.0.0.1", **changed):
    """Send a sandbox page's request for the demo key, with overrides (None: left out)."""
    given = {name.encode().replace(b"_", b"-"): value for name, value in changed.items()}
    headers = [(name, value) for name, value in {**OWN_PAGE, **given}.items() if value is not None]
    return ask("/_paysandbox/demo-key", method=method, host=host, peer=peer, headers=headers)


@pytest.mark.parametrize("host", [b"localhost:4566", b"127.0.0.1:4566", b"[::1]:4566", b"LOCALHOST:4566"])
def test_a_page_of_the_sandbox_gets_the_demo_key(ask, host):
    seen = request_key(ask, host=host, origin=b"http://" + host.lower())

    assert (seen.by, seen.status, json.loads(seen.text)) == ("nobody", 200, {"api_key": KEY})
    assert seen.answered[b"cache-control"] == b"no-store"
    assert seen.answered[b"cross-origin-resource-policy"] == b"same-origin"
    assert b"access-control-allow-origin" not in seen.answered


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"origin": b"https://evil.example", "sec_fetch_site": b"cross-site"}, id="a foreign page"),
        pytest.param({"origin": b"http://localhost:3000", "sec_fetch_site": b"same-site"}, id="another local port"),
        pytest.param({"origin": b"http://127.0.0.1:4566", "sec_fetch_site": b"cross-site"}, id="another name of ours"),
        pytest.param({"origin": b"https://localhost:4566"}, id="another scheme"),
        pytest.param({"origin": b"null", "sec_fetch_site": b"cross-site"}, id="a sandboxed frame"),
        pytest.param({"origin": None, "sec_fetch_site": b"none"}, id="typed into the address bar"),
        pytest.param({"origin": None}, id="no origin"),
        pytest.param({"sec_fetch_site": None}, id="not said by a browser where from"),
        pytest.param({"paysandbox_page": None}, id="a frame of Stripe.js, which any site can hold"),
        pytest.param({"paysandbox_page": b""}, id="an empty header"),
        pytest.param({"host": b"page.example:4566", "origin": b"http://page.example:4566"}, id="DNS rebinding"),
        pytest.param({"host": b"sandbox:4566", "origin": b"http://sandbox:4566"}, id="a name given with up --host"),
        pytest.param({"host": b"a.localhost:4566", "origin": b"http://a.localhost:4566"}, id="below localhost"),
        pytest.param({"host": b"192.0.2.7:4566", "origin": b"http://192.0.2.7:4566"}, id="the network's address"),
        pytest.param({"host": b"localhost:8000", "origin": b"http://localhost:8000"}, id="a tunnel's port"),
        pytest.param({"host": b"localhost", "origin": b"http://localhost"}, id="another port's host"),
        pytest.param({"host": None}, id="no host"),
        pytest.param({"peer": "192.0.2.7"}, id="another machine, with --bind 0.0.0.0"),
        pytest.param({"peer": "::ffff:192.0.2.7"}, id="another machine, over IPv6"),
        pytest.param({"peer": None}, id="nobody knows who"),
        pytest.param({"x_forwarded_for": b"127.0.0.1"}, id="a proxy"),
        pytest.param({"forwarded": b"for=127.0.0.1"}, id="a proxy by the standard"),
        pytest.param({"via": b"1.1 proxy"}, id="a proxy that says so"),
        pytest.param({"method": "GET"}, id="a link"),
        pytest.param({"method": "OPTIONS"}, id="a preflight"),
    ],
)
def test_other_origins_do_not_get_the_demo_key(ask, changed):
    seen = request_key(ask, **changed)

    assert seen.by == "nobody"
    assert seen.status in (403, 404)
    assert KEY not in seen.text


def test_repeated_host_headers_are_rejected(ask):
    headers = [*OWN_PAGE.items(), (b"host", b"localhost:4566")]
    assert ask("/_paysandbox/demo-key", method="POST", headers=headers).status == 403


def test_without_a_demo_key_the_page_explains_how_to_get_one(ask, tmp_path):
    (tmp_path / "served.json").write_text(json.dumps({**SERVED, "demo_key": None}))
    seen = request_key(ask)
    assert (seen.status, "paysandbox up" in seen.text) == (404, True)


# --- keys that were issued elsewhere ----------------------------------------------------------------------------------

FROM_ELSEWHERE = "sk_test_51" + "a" * 40
OWN = "sk_test_demo_" + "a" * 32


def basic(key: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{key}:".encode())


FOREIGN_ORIGINS = (
    b"https://page.example", b"null", b"http://localhost.example", b"http://[", b"https://page.example:4566",
)  # fmt: skip
FOREIGN_KEYS = (
    b"Bearer " + FROM_ELSEWHERE.encode(), basic(FROM_ELSEWHERE), b"bearer pk_test_123", b"Bearer rk_test_1",
)  # fmt: skip


@pytest.mark.parametrize(
    "origin, sent",
    [
        *((origin, FOREIGN_KEYS[0]) for origin in FOREIGN_ORIGINS),
        *((FOREIGN_ORIGINS[0], sent) for sent in FOREIGN_KEYS[1:]),
    ],
)
def test_a_page_of_another_site_cannot_use_a_key_that_it_invents(ask, origin, sent):
    seen = ask("/v1/payment_intents", method="POST", headers=[(b"origin", origin), (b"authorization", sent)])
    assert (seen.by, seen.status) == ("nobody", 403)
    assert json.loads(seen.text)["error"]["type"] == "invalid_request_error"
    assert seen.answered[b"access-control-allow-origin"] == b"*", "so that its developer can read why"
    (line,) = seen.log
    assert "issued elsewhere" in line
    assert "_51aaa" not in line + seen.text


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer " + FROM_ELSEWHERE.encode())],  # a program
        [(b"origin", b"http://localhost:3000"), (b"authorization", b"Bearer " + FROM_ELSEWHERE.encode())],
        [(b"origin", b"http://[::1]:3000"), (b"authorization", basic("pk_test_123"))],
        [(b"origin", b"http://shop.localhost"), (b"authorization", basic("pk_test_123"))],
        [(b"origin", b"https://page.example"), (b"authorization", b"Bearer " + OWN.encode())],
        [(b"origin", b"https://page.example"), (b"authorization", b"Bearer sk_live_x")],  # for the API to refuse
        [(b"origin", b"https://page.example")],
    ],
)
def test_programs_own_pages_and_own_keys_come_to_the_api(ask, headers):
    assert ask("/v1/payment_intents", headers=headers).by == "api"


# --- PayPal -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_programs_of_this_machine_reach_the_simulator_of_paypal(ask, peer):
    seen = ask("/_paypal/v1/payments/payouts", method="POST", peer=peer)
    assert (seen.paypal, seen.status, seen.by) == ("/_paypal/v1/payments/payouts", 201, "nobody")


@pytest.mark.parametrize(
    "parts",
    [
        {"peer": "192.0.2.7"},
        {"headers": PAGE},
        {"headers": [(b"sec-fetch-site", b"same-origin")]},
        {"host": b"evil.example"},
    ],
    ids=["another machine", "a page", "a page of the sandbox", "another host"],
)
def test_others_do_not_reach_it(ask, parts):
    seen = ask("/_paypal/v1/payments/payouts", method="POST", **parts)
    assert (seen.paypal, seen.status) == (None, 403)


@pytest.mark.parametrize("path", ["/_paypal", "/_paypalx/v1", "/v1/_paypal/"])
def test_other_paths_are_not_paypals(ask, path):
    assert ask(path).paypal is None
