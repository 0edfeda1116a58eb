"""POST /inbox/{token}: store a webhook with the check of its signature, and answer as the merchant's switch says."""

import base64
import json
from typing import Any

import pytest
from standardwebhooks import Webhook

from inbox import receive_webhook
from paysandbox.aws import runtime
from paysandbox.core.signature import TOLERANCE_S
from paysandbox.inbox.address import token_of
from paysandbox.inbox.message import HANG_HEADER, MAX_BODY_BYTES
from paysandbox.inbox.routes import RECEIVE_WEBHOOK
from tests.inbox.handlers.conftest import BODY, EVENT_ID, Inbox
from tests.support.builders import build
from tests.support.clients.call import event, send, send_event
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock, Lines
from tests.support.worlds.own_port import engine_at


def test_a_webhook_is_stored_with_its_check(inbox: Inbox, endpoint_id: str) -> None:
    headers = inbox.signed(endpoint_id)
    reply = inbox.receive(headers=headers | {"Content-Type": "application/json"})
    assert (reply.status, reply.text) == (200, "Received.\n")
    (webhook,) = inbox.shown()
    prefix = f"{EVENT_ID}.{headers['webhook-timestamp']}."
    valid = {"valid": True, "reason": None, "endpoint_id": endpoint_id, "secret": "current"}
    assert webhook == {
        "id": reply.headers["Request-Id"],
        "received_at": webhook["received_at"],
        "status": 200,
        "headers": {name.lower(): value for name, value in headers.items()}
        | {"accept": "*/*", "content-type": "application/json", "user-agent": "tests"},
        "body": BODY.decode(),
        "event_id": EVENT_ID,
        "event_type": "payment_captured",
        "signature": valid | {"base_string_prefix": prefix},
        "stripe_signature": valid | {"base_string_prefix": f"{headers['webhook-timestamp']}."},
    }


def test_what_is_shown_verifies_with_the_library_of_receivers(inbox: Inbox) -> None:
    created = Subscriber().create().json
    inbox.receive(headers=inbox.signed(created["endpoint_id"]))
    (webhook,) = inbox.shown()
    Webhook(created["secret"]).verify(webhook["body"], webhook["headers"])


def test_after_a_rotation_both_secrets_verify(inbox: Inbox, endpoint_id: str) -> None:
    before = inbox.signed(endpoint_id)
    Subscriber().rotate(endpoint_id)
    inbox.receive(headers=before)
    inbox.receive(headers=inbox.signed(endpoint_id))
    assert [webhook["signature"]["secret"] for webhook in inbox.shown()] == ["current", "previous"]


def test_a_day_after_a_rotation_the_previous_secret_does_not_verify(
    inbox: Inbox, endpoint_id: str, clock: Clock
) -> None:
    before = inbox.signed(endpoint_id)
    Subscriber().rotate(endpoint_id)
    clock.advance(build.DAY)
    inbox.receive(headers=before)
    (webhook,) = inbox.shown()
    assert webhook["signature"]["reason"] == "signature_wrong"


@pytest.mark.parametrize(
    "changed, reason, stripe_reason",
    [
        ({"webhook-id": None}, "headers_missing", None),
        ({"webhook-signature": None}, "headers_missing", None),
        ({"webhook-timestamp": None}, "headers_missing", None),
        ({"webhook-timestamp": "soon"}, "timestamp_invalid", None),
        ({"webhook-id": "evt_another"}, "signature_wrong", None),
        ({"webhook-signature": "v1,AAAA"}, "signature_wrong", None),
        ({"webhook-signature": "v1,\u00e9\U0001f600"}, "signature_wrong", None),
        ({"stripe-signature": "v1=00"}, None, "header_invalid"),
        ({"stripe-signature": "t=1,t=2,v1=00"}, None, "timestamp_invalid"),
        ({"stripe-signature": "t=1,v1=00"}, None, "timestamp_stale"),
        (
            {"stripe-signature": ["t=1", "v1=00"]},
            None,
            "header_invalid",
        ),  # as one header, the second part begins with a space
    ],
    ids=str,
)
def test_why_a_signature_does_not_verify(
    inbox: Inbox, endpoint_id: str, changed: dict[str, Any], reason: str | None, stripe_reason: str | None
) -> None:
    assert inbox.receive(headers=inbox.signed(endpoint_id) | changed).status == 200
    (webhook,) = inbox.shown()
    assert (webhook["signature"]["reason"], webhook["stripe_signature"]["reason"]) == (reason, stripe_reason)


@pytest.mark.parametrize(
    "seconds, reason", [(0, None), (TOLERANCE_S - 30, None), (TOLERANCE_S + 30, "timestamp_stale")]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_stale_signatures(inbox: Inbox, endpoint_id: str, seconds: int, sign: int, reason: str | None) -> None:
    at = int(runtime.wall_now().timestamp()) + sign * seconds
    inbox.receive(headers=inbox.signed(endpoint_id, at=at))
    (webhook,) = inbox.shown()
    assert (webhook["signature"]["reason"], webhook["stripe_signature"]["reason"]) == (reason, reason)


def test_signatures_are_compared_with_wall_time_when_the_clock_is_advanced(
    inbox: Inbox, endpoint_id: str, clock: Clock
) -> None:
    clock.advance(30 * build.DAY)
    inbox.receive(headers=inbox.signed(endpoint_id))
    assert inbox.shown()[0]["signature"]["valid"]


def test_another_body_does_not_verify(inbox: Inbox, endpoint_id: str) -> None:
    inbox.receive(BODY + b" ", headers=inbox.signed(endpoint_id))
    (webhook,) = inbox.shown()
    assert {webhook[name]["reason"] for name in ("signature", "stripe_signature")} == {"signature_wrong"}


def test_secrets_of_other_merchants_do_not_verify(inbox: Inbox, endpoint_id: str) -> None:
    other = Inbox(build.OTHER_MERCHANT)
    of_other = Subscriber(build.OTHER_MERCHANT).created()
    inbox.receive(headers=other.signed(of_other))
    assert inbox.shown()[0]["signature"]["reason"] == "signature_wrong"


def test_without_an_endpoint_no_signature_verifies(inbox: Inbox) -> None:
    other = Inbox(build.OTHER_MERCHANT)
    inbox.receive(headers=other.signed(Subscriber(build.OTHER_MERCHANT).created()))
    (webhook,) = inbox.shown()
    assert {webhook[name]["reason"] for name in ("signature", "stripe_signature")} == {"no_endpoint"}


@pytest.mark.parametrize("answer, status", [("200", 200), ("500", 500), ("410", 410)])
def test_the_answer_is_that_of_the_switch(inbox: Inbox, answer: str, status: int, lines: Lines) -> None:
    inbox.answers(answer)
    lines()
    assert inbox.receive().status == status
    (webhook,) = inbox.shown()
    assert webhook["status"] == status
    line = next(line for line in lines() if line["route"] == RECEIVE_WEBHOOK.name)
    # An answer that the merchant chose is no failure of the sandbox.
    assert (line["level"], line["status"], line["outcome"]) == ("INFO", status, "received")
    assert "_aws" not in line


def test_an_answer_that_is_held_back_is_marked_for_the_guard(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_at(4566, monkeypatch)
    inbox.answers("hang")
    reply = inbox.receive()
    assert (reply.status, reply.headers[HANG_HEADER]) == (504, "hang")
    assert inbox.shown()[0]["status"] is None


def test_other_answers_are_not_marked(inbox: Inbox) -> None:
    assert HANG_HEADER not in inbox.receive().headers


# --- attacks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: "",
        lambda _: "demo",
        lambda _: "demo_",
        lambda token: token[:-1],
        lambda token: token + "a",
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: token.upper(),
        lambda token: token + "\n",
        lambda token: token + "_",
        lambda token: " " + token,
        lambda token: token.replace("demo", "globex"),
        lambda token: token.replace("demo_", "demo__"),
        lambda token: token.replace("demo", "Demo"),
        lambda token: "_" + token.partition("_")[2],
        lambda token: token + "é",
        lambda _: "x" * 10_000,
        lambda _: "nobody_" + "a" * 32,
    ],
)
def test_other_tokens_are_refused_without_a_call_of_aws(forge: Any, inbox: Inbox, wire: Wire) -> None:
    token = token_of(build.MERCHANT)  # also reads the secret
    with wire.record() as sent:
        reply = inbox.receive(path={"token": forge(token)})
    assert (reply.status, reply.code) == (404, "resource_not_found")
    assert sent == []


def test_an_unknown_merchant_is_refused_as_a_wrong_token_is(inbox: Inbox) -> None:
    wrong = [inbox.receive(path={"token": f"{merchant}_{'a' * 32}"}).json["detail"] for merchant in ("demo", "nobody")]
    assert wrong[0] == wrong[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"[]",
        b'"text"',
        b"[" * 10_000,
        b'{"id": 7, "type": ["x"]}',
        b'{"id": "", "type": ""}',
        b"\xff\xfe\x00",
        b'{"type": "\\ud800"}',
        b" " * MAX_BODY_BYTES,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_any_body_is_received(inbox: Inbox, body: bytes) -> None:
    assert inbox.receive(body).status == 200
    (webhook,) = inbox.shown()
    assert webhook["body"] == body.decode("utf-8", "replace")[: len(webhook["body"])]


def test_larger_bodies_are_refused_and_not_stored(inbox: Inbox) -> None:
    reply = inbox.receive(b" " * (MAX_BODY_BYTES + 1))
    assert (reply.status, reply.code) == (413, "body_too_large")
    assert inbox.stored() == []


def test_bodies_that_are_not_base64_are_refused(inbox: Inbox) -> None:
    sent = event(RECEIVE_WEBHOOK, path={"token": token_of(build.MERCHANT)})
    assert send_event(RECEIVE_WEBHOOK, sent | {"body": "%%%", "isBase64Encoded": True}).code == "request_invalid"
    assert inbox.stored() == []


def test_text_bodies_are_received(inbox: Inbox) -> None:
    path = {"token": token_of(build.MERCHANT)}
    assert send(RECEIVE_WEBHOOK, body="caf\u00e9", path=path).status == 200
    assert inbox.shown()[0]["body"] == "caf\u00e9"


def test_invalid_bytes_do_not_outgrow_an_item(inbox: Inbox) -> None:
    headers = {f"x-{number}": "\u00e9" * 4_000 for number in range(60)}
    assert inbox.receive(b"\xff" * MAX_BODY_BYTES, headers=headers).status == 200
    (item,) = inbox.stored()
    assert len(json.dumps(item, ensure_ascii=False).encode()) < 100_000


@pytest.mark.parametrize(
    "headers",
    [
        {"x-empty": ""},
        {"x-binary": "\x00\x01"},
        {"x-lone": "\ud800"},
        {"x-several": ["1", "2"]},
        {"x" * 300: "1"},
        {f"x-{number}": "1" for number in range(500)},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_any_headers_are_received(inbox: Inbox, headers: dict[str, Any]) -> None:
    assert inbox.receive(headers=headers).status == 200
    assert len(inbox.shown()) == 1


def test_headers_of_the_network_are_not_shown(inbox: Inbox) -> None:
    added = {
        "Host": "x",
        "Via": "1.1 x",
        "X-Forwarded-For": "192.0.2.7",
        "X-Amzn-Trace-Id": "Root=1",
        "CloudFront-Viewer-Country": "DE",
        "Connection": "close",
    }
    inbox.receive(headers=added | {"X-Mine": "1"})
    assert inbox.shown()[0]["headers"] == {"accept": "*/*", "user-agent": "tests", "x-mine": "1"}


def test_card_numbers_and_keys_are_masked_wherever_they_are(inbox: Inbox) -> None:
    secrets = [build.VISA, "sk_test_demo_abcdefghijklmnop", "whsec_" + base64.b64encode(b"k" * 32).decode()]
    for secret in secrets:
        body = json.dumps({"id": secret, "type": secret, "data": {"note": secret}}).encode()
        headers = {"x-note": secret, "webhook-id": secret, "webhook-timestamp": "1", "webhook-signature": secret}
        inbox.receive(body, headers=headers)
    kept = json.dumps([inbox.shown(), inbox.stored()])
    assert [secret for secret in secrets if secret in kept] == []


def test_requests_with_a_sandbox_header_that_does_not_exist_are_refused(inbox: Inbox) -> None:
    assert inbox.receive(headers={"X-Sandbox-Outcom": "approved"}).code == "header_unknown"


def test_the_log_line_has_neither_token_nor_body(inbox: Inbox, lines: Lines) -> None:
    lines()
    inbox.receive(b'{"note": "for the inbox only"}')
    text = json.dumps(lines())
    assert token_of(build.MERCHANT) not in text
    assert "for the inbox only" not in text


def test_a_new_execution_environment_reads_the_secret_before_its_first_request(inbox: Inbox, wire: Wire) -> None:
    receive_webhook.prepare()
    with wire.record() as sent:
        inbox.receive()
    assert [one.operation for one in sent] == ["GetItem", "UpdateItem", "PutItem"]
