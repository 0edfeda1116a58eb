"""Signatures that the sandbox's AWS accepts: requests signed by AWS's SDK, sent to a running engine, also altered."""

import hashlib
import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cli.connection.target import Target, local_target
from cli.sandbox import engine
from cli.state import saved_state
from cli.state.state_dir import StateDir
from engine.wall.access_key import AccessKey
from tests.support.tools.ports import free_port

SCAN = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Provide an engine without deployed stacks, and a bucket with one object."""
    home = StateDir(tmp_path_factory.mktemp("engine"))
    home.make()
    saved_state.prepare(home)
    running = engine.start(home, free_port())
    try:
        there = local_target(home, running.port, "us-east-1")
        s3 = there.client("s3")
        s3.create_bucket(Bucket="reports")
        s3.put_object(Bucket="reports", Key="a b.csv", Body=b"one")
        yield there
    finally:
        engine.kill(home)


@dataclass
class Sent:
    """A request: its signed form and its sent form."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""

    def answer(self) -> httpx.Response:
        """Send the request and return the engine's answer."""
        return httpx.request(self.method, self.url, headers=self.headers, content=self.body, trust_env=False)


def key_of(target: Target) -> AccessKey:
    assert target.access_key is not None
    return target.access_key


def signed(target: Target, *, key: Credentials | None = None, at: timedelta = timedelta(), body: bytes = b"{}") -> Sent:
    """Return a DynamoDB ListTables request, signed in the header."""
    request = AWSRequest("POST", f"{target.aws_endpoint_url}/", data=body, headers=dict(SCAN))
    _sign(SigV4Auth(key or _own(target), "dynamodb", "us-east-1"), request, at)
    return Sent("POST", str(request.url), dict(request.headers), body)


def presigned(target: Target, *, expires_s: int = 60, at: timedelta = timedelta(), method: str = "GET") -> Sent:
    """Return a presigned link to the object."""
    request = AWSRequest(method, f"{target.aws_endpoint_url}/reports/a%20b.csv")
    _sign(S3SigV4QueryAuth(_own(target), "s3", "us-east-1", expires=expires_s), request, at)
    return Sent(method, str(request.url), {})


def _own(target: Target) -> Credentials:
    key = key_of(target)
    return Credentials(key.id, key.secret)


def _sign(auth: Any, request: AWSRequest, at: timedelta) -> None:
    when = (datetime.now(UTC) + at).strftime("%Y%m%dT%H%M%SZ")
    with pytest.MonkeyPatch.context() as patch:
        # botocore takes the time from its own clock; the request keeps it in its context.
        patch.setattr("botocore.auth.get_current_datetime", lambda **_: datetime.now(UTC) + at)
        auth.add_auth(request)
    assert when[:11] in str(request.headers) + str(request.url)


@pytest.mark.full
def test_requests_signed_with_the_sandboxs_key_reach_aws(target: Target) -> None:
    assert signed(target).answer().json() == {"TableNames": []}
    assert presigned(target).answer().content == b"one"


@pytest.mark.full
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost"],
)
def test_every_loopback_name_reaches_aws(target: Target, host: str) -> None:
    there = Target(
        "local", "us-east-1", "", f"http://{host}:{urlsplit(str(target.aws_endpoint_url)).port}", target.access_key
    )
    assert there.client("dynamodb").list_tables()["TableNames"] == []
    assert presigned(there).answer().content == b"one"


@pytest.mark.parametrize(
    "key_id, secret",
    [
        ("test", "test"),
        ("test", None),
        ("000000000000", "test"),
        ("000000000000", None),
        ("123456789012", None),
        ("AKIAIOSFODNN7EXAMPLE", None),
        (None, "test"),
        (None, ""),
    ],
)
def test_other_keys_are_rejected(target: Target, key_id: str | None, secret: str | None) -> None:
    """None means the sandbox's own: the right secret with another id, or the right id with another secret."""
    own = key_of(target)
    request = signed(target, key=Credentials(key_id or own.id, own.secret if secret is None else secret))
    assert request.answer().status_code == 403


@pytest.mark.parametrize("minutes, status", [(-14, 200), (14, 200), (-16, 403), (16, 403), (-60 * 24, 403)])
def test_signatures_expire_after_15_minutes(target: Target, minutes: int, status: int) -> None:
    assert signed(target, at=timedelta(minutes=minutes)).answer().status_code == status


@pytest.mark.parametrize(
    "expires_s, age_s, status",
    [(60, 0, 200), (60, 50, 200), (60, 61, 403), (1, 3, 403), (604_801, 0, 403), (86_400, 3_600, 200)],
)
def test_presigned_urls_expire_as_stated_within_a_week(target: Target, expires_s: int, age_s: int, status: int) -> None:
    link = presigned(target, expires_s=expires_s, at=timedelta(seconds=-age_s))
    assert link.answer().status_code == status


def _other_body(sent: Sent) -> None:
    sent.body = b'{"Limit": 1}'


def _other_target(sent: Sent) -> None:
    sent.headers["X-Amz-Target"] = "DynamoDB_20120810.Scan"


def _unsigned_header(sent: Sent) -> None:
    sent.headers["X-Amz-Security-Token"] = "x"


def _other_path(sent: Sent) -> None:
    sent.url = sent.url.replace("/?", "/x?") if "?" in sent.url else sent.url + "x"


def _other_query(sent: Sent) -> None:
    sent.url += "&" if "?" in sent.url else "?"
    sent.url += "Action=ListTopics"


def _other_host(sent: Sent) -> None:
    sent.headers["Host"] = "sqs.us-east-1.amazonaws.com"


def _no_signature(sent: Sent) -> None:
    sent.headers["Authorization"] = sent.headers["Authorization"].partition(", Signature=")[0]


def _shorter_signature(sent: Sent) -> None:
    sent.headers["Authorization"] = sent.headers["Authorization"][:-1]


def _host_not_signed(sent: Sent) -> None:
    sent.headers["Authorization"] = sent.headers["Authorization"].replace("host;", "")


def _unsigned_payload(sent: Sent) -> None:
    sent.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"


def _other_algorithm(sent: Sent) -> None:
    sent.headers["Authorization"] = sent.headers["Authorization"].replace("HMAC-SHA256", "HMAC-SHA1")


def _signed_twice(sent: Sent) -> None:
    sent.url += "?X-Amz-Credential=test"


@pytest.mark.parametrize(
    "bend",
    [
        _other_body, _other_target, _unsigned_header, _other_path, _other_query, _other_host, _no_signature,
        _shorter_signature, _host_not_signed, _unsigned_payload, _other_algorithm, _signed_twice,
    ],
)  # fmt: skip
def test_a_changed_request_is_rejected(target: Target, bend: Callable[[Sent], None]) -> None:
    request = signed(target)
    bend(request)
    assert request.answer().status_code == 403


@pytest.mark.parametrize(
    "bend",
    [
        lambda link: link.headers.update(SCAN),
        lambda link: link.headers.update({"X-Amz-Copy-Source": "reports/x"}),
        lambda link: setattr(link, "method", "DELETE"),
        lambda link: setattr(link, "method", "PUT"),
        lambda link: setattr(link, "body", b"Action=CreateStack&StackName=x"),
        lambda link: setattr(link, "url", link.url.replace("a%20b.csv", "other.csv")),
        lambda link: setattr(link, "url", link.url.replace("%2Fs3%2F", "%2Fsns%2F")),
        lambda link: setattr(link, "url", link.url + "&Action=ListTopics"),
        lambda link: setattr(link, "url", link.url.replace("X-Amz-Expires=60", "X-Amz-Expires=600")),
        lambda link: link.headers.update({"Host": "other"}),
    ],
    ids=[
        "another operation", "a header for S3", "DELETE", "PUT", "a form", "another object", "another service",
        "another parameter", "a longer time", "another host",
    ],
)  # fmt: skip
def test_a_changed_presigned_url_is_rejected(target: Target, bend: Callable[[Sent], None]) -> None:
    link = presigned(target)
    bend(link)
    assert link.answer().status_code == 403


def test_signature_version_2_is_rejected(target: Target) -> None:
    request = AWSRequest("GET", f"{target.aws_endpoint_url}/reports/a%20b.csv")
    HmacV1QueryAuth(_own(target)).add_auth(request)
    answer = Sent("GET", str(request.url), {}).answer()
    assert answer.status_code == 403
    assert "s3v4" in answer.text


def test_presigned_urls_work_for_other_services(target: Target) -> None:
    request = AWSRequest("GET", f"{target.aws_endpoint_url}/", params={"Action": "ListTopics", "Version": "2010-03-31"})
    SigV4QueryAuth(_own(target), "sns", "us-east-1").add_auth(request)
    assert "ListTopicsResponse" in Sent("GET", str(request.url), {}).answer().text


def session(target: Target) -> Credentials:
    """Return session credentials from the engine's STS."""
    given = target.client("sts").assume_role(RoleArn="arn:aws:iam::000000000000:role/x", RoleSessionName="tests")[
        "Credentials"
    ]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


@pytest.mark.parametrize(
    "secret, token, status",
    [(None, None, 200), ("other", None, 403), (None, "other", 403), (None, "", 403)],
)
def test_session_credentials_are_accepted(target: Target, secret: str | None, token: str | None, status: int) -> None:
    given = session(target)
    used = Credentials(given.access_key, secret or given.secret_key, given.token if token is None else token or None)
    assert signed(target, key=used).answer().status_code == status


def test_rejections_explain_how_to_sign(target: Target) -> None:
    refused = signed(target, key=Credentials("test", "test")).answer()
    assert "paysandbox status -o aws" in json.loads(refused.text)["message"]


# --- other HTTP protocols ---------------------------------------------------------------------------------------------


def spoken(target: Target, said: bytes) -> bytes:
    """Send bytes over a plain connection, and return the answer until the engine goes silent or hangs up."""
    port = urlsplit(str(target.aws_endpoint_url)).port or 0
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(said)
        connection.settimeout(1)
        with suppress(TimeoutError, ConnectionError):
            while part := connection.recv(65_536):
                heard += part
    return heard


def literal(name: bytes, value: bytes) -> bytes:
    """Return a header in HPACK without its tables (RFC 7541, section 6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return an HTTP/2 frame (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


@pytest.mark.parametrize("host", [b"localhost", b"page.example"])
def test_http_2_is_rejected(target: Target, host: bytes) -> None:
    headers = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/_ministack/reset"), (b":authority", host)]
    block = b"".join(literal(name, value) for name, value in headers)
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    heard = spoken(target, preface + frame(4, 0, 0, b"") + frame(1, 5, 1, block))

    assert heard.startswith(b"HTTP/1.1 400")
    assert target.client("s3").list_buckets()["Buckets"], "nothing was wiped"


@pytest.mark.full
@pytest.mark.parametrize("path", [b"/", b"/_aws/execute-api/a/b", b"/payments"])
def test_web_sockets_are_rejected(target: Target, path: bytes) -> None:
    """An upgrade request gets a plain HTTP answer, behind the same wall."""
    asked = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    heard = spoken(target, asked + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 404")
    assert b"resource_not_found" in heard


def test_aws_preflights_are_rejected(target: Target) -> None:
    asked = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"{target.aws_endpoint_url}/", headers=asked, trust_env=False)
    assert answer.status_code == 404
    assert not {name for name in answer.headers if name.startswith("access-control-allow-") and "origin" not in name}


@pytest.mark.parametrize(
    "service, digest, status",
    [
        pytest.param("s3", "0" * 64, 403, id="a signature of another digest"),
        pytest.param("dynamodb", "UNSIGNED-PAYLOAD", 403, id="no digest where one is needed"),
        pytest.param("s3", None, 413, id="a valid signature of too large a body"),
    ],
)
def test_a_signature_is_verified_before_the_body_is_read(
    target: Target, service: str, digest: str | None, status: int
) -> None:
    url = urlsplit(f"{target.aws_endpoint_url}/reports/large")
    headers = {"Content-Length": "1000000000", "X-Amz-Content-SHA256": hashlib.sha256(b"{}").hexdigest()}
    request = AWSRequest("PUT", url.geturl(), data=b"{}", headers=headers)
    _sign(SigV4Auth(_own(target), service, "us-east-1"), request, timedelta())
    if digest is not None:
        request.headers.replace_header("X-Amz-Content-SHA256", digest)
    with closing(http.client.HTTPConnection(str(url.hostname), url.port, timeout=10)) as connection:
        connection.request("PUT", url.path, headers=dict(request.headers))
        assert connection.getresponse().status == status
