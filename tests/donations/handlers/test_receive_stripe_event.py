"""POST /webhooks/stripe: Stripe reports the result of a payment, and the payment worker gets the event."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core.signature import TOLERANCE_S
from paysandbox.donations import stripe_secrets
from paysandbox.donations.routes import RECEIVE_STRIPE_EVENT
from paysandbox.http.request import MAX_OPEN_BYTES
from tests.support import tables
from tests.support.aws_transport import Wire
from tests.support.build import ABSENT
from tests.support.call import event, send, send_event
from tests.support.donation_requests import event_body, rows, signature_of, tell
from tests.support.handlers import Clock, Lines

Queue = Callable[[], list[str]]

OTHER_SECRET = "whsec_another"


def now() -> int:
    return int(runtime.wall_now().timestamp())


def rotate(secret: str = OTHER_SECRET) -> str:
    """Set another webhook secret, as `paysandbox donations secrets set` does."""
    runtime.ssm().put_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER, Type="SecureString", Value=secret, Overwrite=True)
    return secret


def test_an_event_is_queued_as_it_came(queue: Queue) -> None:
    body = event_body()
    reply = tell(body)
    assert (reply.status, reply.json) == (200, {"received": True})
    assert queue() == [body]


def test_it_takes_one_call(queue: Queue, wire: Wire) -> None:
    tell()
    with wire.record() as sent:
        tell()
    assert [call.operation for call in sent] == ["SendMessage"]
    assert rows() == []


@pytest.mark.parametrize("body", [event_body().encode(), event_body(type="Zürich \U0001f431").encode()])
def test_bytes_that_the_gateway_wrote_in_base64(body: bytes, queue: Queue) -> None:
    assert tell(body).status == 200
    assert queue() == [body.decode()]


def test_spaces_and_order_are_part_of_what_is_signed(queue: Queue) -> None:
    body = event_body()
    again = json.dumps(json.loads(body))
    assert tell(again, signature_of(body)).code == "signature_invalid"
    assert queue() == []


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "customer.created", "no.such.type"])
def test_what_it_means_is_the_workers_to_say(kind: str, queue: Queue) -> None:
    assert tell(event_body(type=kind)).status == 200
    assert len(queue()) == 1


def test_the_same_event_again_is_queued_again(queue: Queue) -> None:
    tell()
    tell()
    assert len(queue()) == 2


def test_what_a_queue_does_not_take_is_written_so_that_it_does(queue: Queue) -> None:
    """SQS rejects U+FFFE and U+FFFF, and a donor may write them: Stripe would retry a rejected event for three days."""
    body = json.dumps({**json.loads(event_body()), "note": "a\ufffe\uffffb"}, ensure_ascii=False)
    assert tell(body.encode()).status == 200
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
def test_a_stranger_is_refused_and_nothing_is_queued(signature: Callable[[str], Any], queue: Queue) -> None:
    body = event_body()
    reply = send(RECEIVE_STRIPE_EVENT, body=body, headers={"Stripe-Signature": signature(body)})
    assert (reply.status, reply.code) == (400, "signature_invalid")
    assert queue() == []


@pytest.mark.parametrize("seconds", [-TOLERANCE_S + 5, 0, TOLERANCE_S - 5])
def test_five_minutes_either_way_are_now(seconds: int, queue: Queue) -> None:
    body = event_body()
    assert tell(body, signature_of(body, at=now() + seconds)).status == 200


def test_time_that_was_moved_makes_no_signature_old(queue: Queue, clock: Clock) -> None:
    clock.advance(timedelta(days=3))
    assert tell().status == 200


def test_the_signature_is_looked_at_before_the_body(queue: Queue) -> None:
    assert tell("not JSON", "nonsense").code == "signature_invalid"


# --- secret rotation --------------------------------------------------------------------------------------------------


def test_without_a_secret_it_is_not_set_up_and_with_one_it_is(queue: Queue) -> None:
    runtime.ssm().delete_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER)
    reply = tell()
    assert (reply.status, reply.code) == (503, "stripe_not_configured")
    assert "STRIPE_WEBHOOK_SECRET" in reply.json["detail"]
    tables.put_stripe_secrets()
    assert tell().status == 200


def test_what_is_not_set_up_is_no_failure(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    """Strangers can call the route, so its 503 must not be logged as an error nor counted for an alarm."""
    runtime.ssm().delete_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER)
    capsys.readouterr()
    tell()
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["level"], line["status"], line["Refused"]) == ("INFO", 503, [1.0])
    assert "Failed" not in line


def test_a_secret_of_blanks_is_none() -> None:
    rotate(" ")
    assert tell().code == "stripe_not_configured"


def test_a_line_end_behind_a_secret_is_none_of_it(queue: Queue) -> None:
    rotate(tables.STRIPE_WEBHOOK_SECRET + "\n")
    assert tell().status == 200


def test_a_rotated_secret_is_read_once_more(queue: Queue, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    tell()
    new = rotate()
    monkeypatch.setattr(stripe_secrets, "PATIENCE", timedelta())
    body = event_body()
    with wire.record() as sent:
        assert tell(body, signature_of(body, secret=new)).status == 200
        assert tell(body, signature_of(body, secret=new)).status == 200
    assert [call.operation for call in sent] == ["GetParameter", "SendMessage", "SendMessage"]


def test_a_secret_that_is_gone_is_not_set_up(monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    tell()
    runtime.ssm().delete_parameter(Name=tables.STRIPE_WEBHOOK_PARAMETER)
    monkeypatch.setattr(stripe_secrets, "PATIENCE", timedelta())
    assert tell(signature="t=1,v1=x").code == "signature_invalid", "one that is too old needs no secret"
    body = event_body()
    assert tell(body, signature_of(body, secret=OTHER_SECRET)).code == "stripe_not_configured"


def test_wrong_signatures_do_not_use_up_the_parameter_store(queue: Queue, wire: Wire) -> None:
    body = event_body()
    with wire.record() as sent:
        for _ in range(5):
            assert tell(body, signature_of(body, secret=OTHER_SECRET)).code == "signature_invalid"
    assert [call.operation for call in sent] == ["GetParameter"]


@pytest.mark.parametrize("order", [0, 1])
def test_while_a_secret_is_rotated_either_of_two_signatures_will_do(order: int, queue: Queue) -> None:
    body, at = event_body(), now()
    mine = signature_of(body, at=at).partition(",")[2]
    theirs = signature_of(body, at=at, secret=OTHER_SECRET).partition(",")[2]
    pair = [mine, theirs] if order else [theirs, mine]
    assert tell(body, f"t={at},{','.join(pair)},v0=old").status == 200


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
def test_what_is_signed_and_no_event_is_refused(body: str | bytes, queue: Queue) -> None:
    reply = tell(body)
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert queue() == []


def test_base64_that_is_none(queue: Queue) -> None:
    sent = {"body": event_body(), "headers": {"Stripe-Signature": signature_of(event_body())}}
    spoiled = event(RECEIVE_STRIPE_EVENT, **sent) | {"isBase64Encoded": True}
    assert send_event(RECEIVE_STRIPE_EVENT, spoiled).code == "request_invalid"


@pytest.mark.parametrize("more, status", [(0, 200), (1, 413)])
def test_how_large_an_event_may_be(more: int, status: int, queue: Queue) -> None:
    body = event_body(note="")
    body = event_body(note="x" * (MAX_OPEN_BYTES - len(body) + more))
    assert tell(body).status == status


def test_no_body_is_logged(queue: Queue, lines: Lines) -> None:
    tell(event_body(note="a secret of theirs"))
    assert "a secret of theirs" not in json.dumps(lines())
