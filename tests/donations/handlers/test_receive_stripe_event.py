"""POST /webhooks/stripe: Stripe reports the result of a payment, and the payment worker gets the event."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core.body_limits import MAX_OPEN_BYTES
from paysandbox.core.signature import TOLERANCE_S
from paysandbox.donations import stripe_secrets
from paysandbox.donations.routes import RECEIVE_STRIPE_EVENT
from tests.support.builders.build import ABSENT
from tests.support.clients.call import event, send, send_event
from tests.support.clients.donation_requests import event_body, post_event, rows, signature_of
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock, Lines

Queue = Callable[[], list[str]]

OTHER_SECRET = "whsec_another"


def now() -> int:
    return int(runtime.wall_now().timestamp())


def rotate(secret: str = OTHER_SECRET) -> str:
    """Set another webhook secret, as `paysandbox donations secrets set` does."""
    runtime.ssm().put_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER, Type="SecureString", Value=secret, Overwrite=True)
    return secret


def test_events_are_queued_unchanged(queue: Queue) -> None:
    body = event_body()
    reply = post_event(body)
    assert (reply.status, reply.json) == (200, {"received": True})
    assert queue() == [body]


def test_one_aws_call(queue: Queue, wire: Wire) -> None:
    post_event()
    with wire.record() as sent:
        post_event()
    assert [call.operation for call in sent] == ["SendMessage"]
    assert rows() == []


@pytest.mark.parametrize("body", [event_body().encode(), event_body(type="Zürich \U0001f431").encode()])
def test_base64_bodies_are_decoded(body: bytes, queue: Queue) -> None:
    assert post_event(body).status == 200
    assert queue() == [body.decode()]


def test_signature_covers_the_exact_bytes(queue: Queue) -> None:
    body = event_body()
    again = json.dumps(json.loads(body))
    assert post_event(again, signature_of(body)).code == "signature_invalid"
    assert queue() == []


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "customer.created", "no.such.type"])
def test_event_types_are_not_interpreted(kind: str, queue: Queue) -> None:
    assert post_event(event_body(type=kind)).status == 200
    assert len(queue()) == 1


def test_duplicate_events_are_queued_again(queue: Queue) -> None:
    post_event()
    post_event()
    assert len(queue()) == 2


def test_characters_that_sqs_rejects_are_escaped(queue: Queue) -> None:
    """SQS rejects U+FFFE and U+FFFF, and a donor may write them: Stripe would retry a rejected event for three days."""
    body = json.dumps({**json.loads(event_body()), "note": "a\ufffe\uffffb"}, ensure_ascii=False)
    assert post_event(body.encode()).status == 200
    (queued,) = queue()
    assert "\ufffe" not in queued
    assert json.loads(queued) == json.loads(body)


# --- ownership --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signature",
    [
        lambda _: None,
        lambda _: "",
        lambda _: "nonsense",
        lambda body: signature_of(body, secret=OTHER_SECRET),
        lambda body: signature_of(body + " "),
        lambda body: signature_of(body, at=now() - TOLERANCE_S - 2),
        lambda body: signature_of(body, at=now() + TOLERANCE_S + 2),
        lambda body: signature_of(body).replace("v1=", "v0="),
        lambda body: signature_of(body) + "é",
        lambda body: [signature_of(body), signature_of(body)],
    ],
    ids=[
        "none",
        "empty",
        "nonsense",
        "another secret's",
        "another body's",
        "too old",
        "too new",
        "v0 alone",
        "no ASCII",
        "two headers, two times",
    ],
)
def test_invalid_signatures_queue_nothing(signature: Callable[[str], Any], queue: Queue) -> None:
    body = event_body()
    reply = send(RECEIVE_STRIPE_EVENT, body=body, headers={"Stripe-Signature": signature(body)})
    assert (reply.status, reply.code) == (400, "signature_invalid")
    assert queue() == []


@pytest.mark.parametrize("seconds", [-TOLERANCE_S + 5, 0, TOLERANCE_S - 5])
def test_signature_tolerance_is_five_minutes(seconds: int, queue: Queue) -> None:
    body = event_body()
    assert post_event(body, signature_of(body, at=now() + seconds)).status == 200


def test_moving_the_clock_does_not_expire_signatures(queue: Queue, clock: Clock) -> None:
    clock.advance(timedelta(days=3))
    assert post_event().status == 200


def test_signature_is_verified_before_parsing(queue: Queue) -> None:
    assert post_event("not JSON", "nonsense").code == "signature_invalid"


# --- secret rotation --------------------------------------------------------------------------------------------------


def test_without_a_secret_the_route_is_unavailable(queue: Queue) -> None:
    runtime.ssm().delete_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER)
    reply = post_event()
    assert (reply.status, reply.code) == (503, "stripe_not_configured")
    assert "STRIPE_WEBHOOK_SECRET" in reply.json["detail"]
    tables.put_stripe_secrets()
    assert post_event().status == 200


def test_an_unconfigured_route_is_no_failure(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    """Strangers can call the route, so its 503 must not be logged as an error nor counted for an alarm."""
    runtime.ssm().delete_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER)
    capsys.readouterr()
    post_event()
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["level"], line["status"], line["Refused"]) == ("INFO", 503, [1.0])
    assert "Failed" not in line


def test_a_blank_secret_is_missing() -> None:
    rotate(" ")
    assert post_event().code == "stripe_not_configured"


def test_trailing_newlines_of_secrets_are_removed(queue: Queue) -> None:
    rotate(tables.STRIPE_WEBHOOK_SECRET + "\n")
    assert post_event().status == 200


def test_a_rotated_secret_is_reloaded(queue: Queue, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    post_event()
    new = rotate()
    monkeypatch.setattr(stripe_secrets, "PATIENCE", timedelta())
    body = event_body()
    with wire.record() as sent:
        assert post_event(body, signature_of(body, secret=new)).status == 200
        assert post_event(body, signature_of(body, secret=new)).status == 200
    assert [call.operation for call in sent] == ["GetParameter", "SendMessage", "SendMessage"]


def test_a_removed_secret_makes_the_route_unavailable(monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    post_event()
    runtime.ssm().delete_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER)
    monkeypatch.setattr(stripe_secrets, "PATIENCE", timedelta())
    assert post_event(signature="t=1,v1=x").code == "signature_invalid", "one that is too old needs no secret"
    body = event_body()
    assert post_event(body, signature_of(body, secret=OTHER_SECRET)).code == "stripe_not_configured"


def test_invalid_signatures_cause_few_parameter_reads(queue: Queue, wire: Wire) -> None:
    body = event_body()
    with wire.record() as sent:
        for _ in range(5):
            assert post_event(body, signature_of(body, secret=OTHER_SECRET)).code == "signature_invalid"
    assert [call.operation for call in sent] == ["GetParameter"]


@pytest.mark.parametrize("order", [0, 1])
def test_during_a_rotation_either_signature_is_accepted(order: int, queue: Queue) -> None:
    body, at = event_body(), now()
    mine = signature_of(body, at=at).partition(",")[2]
    theirs = signature_of(body, at=at, secret=OTHER_SECRET).partition(",")[2]
    pair = [mine, theirs] if order else [theirs, mine]
    assert post_event(body, f"t={at},{','.join(pair)},v0=old").status == 200


# --- malformed events -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "{",
        "[]",
        '"evt_1"',
        "null",
        "{}",
        '{"id": NaN}',
        event_body(id=ABSENT),
        event_body(id=5),
        event_body(type=None),
        event_body(data=ABSENT),
        event_body(data=[]),
        event_body(object="payment_intent"),
        # A thin event of API v2.
        event_body(object="v2.core.event"),
        b'{"object": "event", "id": "\xff"}',
    ],
)
def test_signed_bodies_that_are_no_events_are_rejected(body: str | bytes, queue: Queue) -> None:
    reply = post_event(body)
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert queue() == []


def test_invalid_base64(queue: Queue) -> None:
    sent = {"body": event_body(), "headers": {"Stripe-Signature": signature_of(event_body())}}
    spoiled = event(RECEIVE_STRIPE_EVENT, **sent) | {"isBase64Encoded": True}
    assert send_event(RECEIVE_STRIPE_EVENT, spoiled).code == "request_invalid"


@pytest.mark.parametrize("more, status", [(0, 200), (1, 413)])
def test_maximum_event_size(more: int, status: int, queue: Queue) -> None:
    body = event_body(note="")
    body = event_body(note="x" * (MAX_OPEN_BYTES - len(body) + more))
    assert post_event(body).status == status


def test_bodies_are_not_logged(queue: Queue, lines: Lines) -> None:
    post_event(event_body(note="a secret of theirs"))
    assert "a secret of theirs" not in json.dumps(lines())
