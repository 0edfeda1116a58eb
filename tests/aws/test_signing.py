"""Our signer produces botocore's signatures, byte for byte, and the table clients use it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from botocore.signers import RequestSigner

from benchmarks.measuring import stubbed_aws
from paysandbox.aws import runtime, signing
from paysandbox.aws.signing import SIGNATURE_VERSION, CachedKeySigV4Auth
from tests.support.worlds import moto_shortcuts

AWS = "https://dynamodb.eu-central-1.amazonaws.com/"
HEADERS = {
    "X-Amz-Target": "DynamoDB_20120810.PutItem",
    "Content-Type": "application/x-amz-json-1.0",
    "User-Agent": "paysandbox",
    "amz-sdk-invocation-id": "3b6c",
    "Expect": "100-continue",
    "X-Amzn-Trace-Id": "Root=1-2;Parent=3",
}
BODY = '{"Item":{"note":{"S":"größer"}}}'.encode()

PLAIN = Credentials("AKIDEXAMPLE", "secret")
LAMBDA = Credentials("ASIDEXAMPLE", "secret", "token" * 160)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEXT_DAY = datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC)


class Now:
    """The time at which botocore signs."""

    at = NOON


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Now]]:
    for module in (auth, signing):
        monkeypatch.setattr(module, "get_current_datetime", lambda: Now.at.replace(tzinfo=None))
    yield Now
    Now.at = NOON


def signed(signer: type[auth.SigV4Auth], credentials: Credentials, **parts: Any) -> list[tuple[str, str]]:
    """Return all headers of a request after signing."""
    given: dict[str, Any] = {"method": "POST", "url": AWS, "headers": HEADERS, "data": BODY} | parts
    request = AWSRequest(**given)
    signer(credentials.get_frozen_credentials(), "dynamodb", "eu-central-1").add_auth(request)
    assert "Authorization" in request.headers
    return list(request.headers.items())


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"url": "http://localhost:4566/"},
        {"url": "https://dynamodb.eu-central-1.amazonaws.com:443/"},
        {"url": "https://[::1]:8000/"},
        {"url": "https://dynamodb.eu-central-1.amazonaws.com"},
        {"url": "https://Proxy.Example/behind/a%20path?b=2&a=1"},
        {"url": "https://dynamodb.eu-central-1.amazonaws.com/?b=2&a=1"},
        {"headers": HEADERS | {"Host": "elsewhere"}},
        {"headers": HEADERS | {"X-Amz-Note": "  two   blanks "}},
        {"headers": HEADERS | {"X-Amz-Content-SHA256": "given"}},
        {"headers": HEADERS | {"Date": "Fri, 20 Nov 2026 12:00:00 GMT"}},
        {"headers": HEADERS | {"X-Amz-Date": "20261101T000000Z"}},
        {"headers": HEADERS | {"X-Amz-Security-Token": "earlier", "authorization": "earlier"}},
        {"headers": {}},
        {"data": b""},
        {"data": None},
        {"data": "a text"},
        {"data": {"Action": "Publish"}},
        {"method": "GET", "params": {"b": "2", "a": "1"}, "data": None},
    ],
    ids=str,
)
def test_signature_equals_botocores(parts: dict[str, Any]) -> None:
    assert signed(CachedKeySigV4Auth, LAMBDA, **parts) == signed(auth.SigV4Auth, LAMBDA, **parts)


def test_signature_without_a_session_token_equals_botocores() -> None:
    assert signed(CachedKeySigV4Auth, PLAIN) == signed(auth.SigV4Auth, PLAIN)


def test_request_without_a_signed_body_is_signed_as_botocore_signs_it() -> None:
    found: list[str] = []
    for signer in (CachedKeySigV4Auth, auth.SigV4Auth):
        request = AWSRequest(method="POST", url=AWS, data=BODY)
        request.context["payload_signing_enabled"] = False
        signer(PLAIN.get_frozen_credentials(), "dynamodb", "eu-central-1").add_auth(request)
        found.append(request.headers["Authorization"])
    assert found[0] == found[1]


def test_request_is_signed_again_after_a_change() -> None:
    """Botocore signs again after a redirect, for example."""
    found: list[list[tuple[str, str]]] = []
    for signer in (CachedKeySigV4Auth, auth.SigV4Auth):
        request = AWSRequest(method="POST", url=AWS, data=BODY, headers=HEADERS)
        own = signer(LAMBDA.get_frozen_credentials(), "dynamodb", "eu-central-1")
        own.add_auth(request)
        request.data = b"{}"
        own.add_auth(request)
        found.append(list(request.headers.items()))
    assert found[0] == found[1]


def test_without_credentials_nothing_is_signed() -> None:
    nobody: Any = None
    with pytest.raises(NoCredentialsError):
        CachedKeySigV4Auth(nobody, "dynamodb", "eu-central-1").add_auth(AWSRequest(method="POST", url=AWS, data=BODY))


def test_repeated_headers_are_signed_with_all_values() -> None:
    found: list[str] = []
    for signer in (CachedKeySigV4Auth, auth.SigV4Auth):
        request = AWSRequest(method="POST", url=AWS, data=BODY)
        request.headers["X-Amz-Note"] = "one"
        request.headers["X-Amz-Note"] = "two"
        signer(PLAIN.get_frozen_credentials(), "dynamodb", "eu-central-1").add_auth(request)
        found.append(request.headers["Authorization"])
    assert found[0] == found[1]


def test_cached_signing_key_is_not_used_for_another_day_or_secret(now: type[Now]) -> None:
    others = [PLAIN, Credentials("AKIDEXAMPLE", "rotated"), PLAIN]
    seen: list[list[tuple[str, str]]] = []
    for moment in (NOON, NEXT_DAY, NOON):
        now.at = moment
        for credentials in others:
            mine = signed(CachedKeySigV4Auth, credentials)
            assert mine == signed(auth.SigV4Auth, credentials)
            seen.append(mine)
    assert len({dict(headers)["Authorization"] for headers in seen}) == 4


def test_dynamodb_clients_use_this_signer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs all of botocore, and compares with botocore's own signature of the same request."""
    monkeypatch.setattr(RequestSigner, "handler", moto_shortcuts.SIGN)
    with stubbed_aws.function():
        client: Any = runtime.ledger().client
        sent: list[Any] = []
        client.meta.events.register_first("before-send", lambda request, **_: sent.append(request))
        client.put_item(TableName="t", Item={"transaction_id": {"S": "auth_1"}})
        assert client.meta.config.signature_version == SIGNATURE_VERSION
    (request,) = sent
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    # Headers that botocore adds later (the retry number, for example) are not signed; AWS reads the signed ones.
    names = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    known = {name.lower(): headers[name] for name in headers}
    same = {name: known[name] for name in names if name != "host"}
    again = AWSRequest(method="POST", url=request.url, headers=same, data=request.body)
    variables = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    credentials = Credentials(*(stubbed_aws.ENVIRONMENT[variable] for variable in variables))
    auth.SigV4Auth(credentials.get_frozen_credentials(), "dynamodb", "us-east-1").add_auth(again)
    assert headers["Authorization"] == again.headers["Authorization"]
    assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= set(names)
