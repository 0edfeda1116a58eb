"""The HTTP client of the program: what it sends, what it asks again, and how a refusal reads."""

import json

import httpx
import pytest

from cli.connection.api import ATTEMPTS, Api, fresh_idempotency_key
from cli.terminal.failure import Failure
from cli.terminal.refusal import Refusal
from paysandbox.core.errors import Code, Fault, problem
from paysandbox.payments.routes import CAPTURE_PAYMENT, GET_PAYMENT, LIST_PAYMENTS

BODY = {"auth_id": "auth_1"}


def wired(*replies):
    """An Api whose requests meet these replies in turn (the last one for ever), and what happened to it."""
    requests, pauses, said = [], [], []

    def answer(request):
        requests.append(request)
        reply = replies[min(len(requests), len(replies)) - 1]
        if isinstance(reply, BaseException):
            raise reply
        return reply

    api = Api(
        "https://api.example.test/live", "sk_test_demo_x", say=said.append, pause=pauses.append,
        transport=httpx.MockTransport(answer),
    )  # fmt: skip
    return api, requests, pauses, said


def answered(status=200, body=None, **headers):
    return httpx.Response(
        status, json=body or {}, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def refused(code, **more):
    body = problem(code, request_id="req-1", instance="/payments/capture", **more)
    return httpx.Response(body["status"], json=body, headers={"Content-Type": "application/problem+json"})


def test_a_money_request_has_its_keys_and_the_routes_own_address():
    api, requests, pauses, said = wired(answered(body={"status": "completed"}))

    answer = api.post(CAPTURE_PAYMENT, BODY, idempotency_key="order 7")

    [request] = requests
    assert (request.method, str(request.url)) == ("POST", "https://api.example.test/live/payments/capture")
    assert request.headers["x-api-key"] == "sk_test_demo_x"
    assert request.headers["x-idempotency-key"] == "order 7"
    assert json.loads(request.content) == BODY
    assert (answer.body, answer.replayed, answer.idempotency_key) == ({"status": "completed"}, False, "order 7")
    assert pauses == said == []


def test_reading_needs_no_idempotency_key():
    api, requests, _, _ = wired(answered())
    api.get(GET_PAYMENT, path={"transaction_id": "auth/..%1"})
    api.get(LIST_PAYMENTS, query={"limit": 3, "cursor": None})

    assert [request.url.raw_path for request in requests] == [
        b"/live/payments/auth%2F..%251",
        b"/live/payments?limit=3",
    ]
    assert all("x-idempotency-key" not in request.headers for request in requests)


@pytest.mark.parametrize("header, replayed", [("true", True), ("false", False)])
def test_a_replay_is_told_by_its_header(header, replayed):
    api, *_ = wired(answered(Idempotent_Replayed=header))
    assert api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k").replayed is replayed


BROKE = httpx.ReadError("reset")
SILENT = httpx.ReadTimeout("slow")
ABSENT = httpx.ConnectError("refused")


@pytest.mark.parametrize("met, why", [
    (BROKE, "The connection broke"),
    (SILENT, "No answer came in time"),
    (ABSENT, "Nothing answers"),
    (httpx.ConnectTimeout("slow"), "Nothing answers"),
    (httpx.RemoteProtocolError("cut"), "The connection broke"),
    (refused(Code.RATE_LIMITED), "The answer was 429"),
    (refused(Code.SERVICE_UNAVAILABLE), "The answer was 503"),
    (answered(502, {"message": "Internal server error"}), "The answer was 502"),
    (refused(Code.UPSTREAM_TIMEOUT), "The answer was 504"),
])  # fmt: skip
def test_it_asks_again_under_the_same_key_and_says_so(met, why):
    api, requests, pauses, said = wired(met, met, answered(body={"status": "completed"}))

    assert api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1").body == {"status": "completed"}

    assert [request.headers["x-idempotency-key"] for request in requests] == ["k1"] * 3
    assert len({request.content for request in requests}) == 1
    assert len(pauses) == len(said) == 2
    assert said[0].startswith(f"{why}; trying again in ")
    assert said[0].endswith(f"with the same idempotency key (2 of {ATTEMPTS}).")


@pytest.mark.parametrize("code", [Code.INTERNAL_ERROR, Code.CAPTURE_EXCEEDS_AUTHORIZED, Code.API_KEY_INVALID])
def test_what_is_an_answer_is_not_asked_again(code):
    api, requests, *_ = wired(refused(code))
    with pytest.raises(Refusal):
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert len(requests) == 1


@pytest.mark.parametrize("met, unknown", [
    ((ABSENT,), False),                          # it never left
    ((ABSENT, SILENT, ABSENT), True),            # one of them may have arrived
    ((BROKE,), True),
    ((ABSENT, answered(502, {}), ABSENT), True),
    ((refused(Code.RATE_LIMITED), ABSENT), False),
])  # fmt: skip
def test_it_gives_up_and_says_what_is_known(met, unknown):
    api, requests, pauses, _ = wired(*met)
    with pytest.raises(Failure) as told:
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")

    assert len(requests) == ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1
    assert sum(pauses) < 5
    assert ("--idempotency-key k1 finds out" in told.value.advice) is unknown
    assert f"asked {ATTEMPTS} times" in told.value.message


@pytest.mark.parametrize("asked, waited", [("3", 3.0), ("3600", 10.0)])
def test_it_waits_as_long_as_it_is_asked_to_within_reason(asked, waited):
    api, _, pauses, _ = wired(answered(429, {}, Retry_After=asked), answered())
    api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert pauses == [waited]


@pytest.mark.parametrize("asked", ["soon", "-1", "", "1.5", "²"])
def test_a_retry_after_of_another_form_is_not_read(asked):
    reply = httpx.Response(503, json={}, headers={"Retry-After": asked.encode()})
    api, _, pauses, _ = wired(reply, answered())
    api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert 0.2 <= pauses[0] <= 0.3


@pytest.mark.parametrize("reply", [
    httpx.Response(200, text="<html>"),
    httpx.Response(200, json=["a list"]),
    httpx.Response(404, json={"message": "no such page"}),
    httpx.Response(301, headers={"Location": "https://elsewhere.example.test"}),
])  # fmt: skip
def test_an_answer_of_somebody_else_is_told_as_such(reply):
    api, requests, *_ = wired(reply)
    with pytest.raises(Failure, match="not as this API does") as told:
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert not isinstance(told.value, Refusal)
    assert len(requests) == 1


def test_a_gateway_that_breaks_for_good_names_the_key():
    api, *_ = wired(answered(502, {"message": "Internal server error"}))
    with pytest.raises(Failure) as told:
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert "--idempotency-key k1" in told.value.advice


def test_an_interrupt_leaves_the_key_behind():
    api, _, _, said = wired(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert "--idempotency-key k1" in said[0]


def test_a_refusal_says_why_what_would_be_possible_and_what_to_quote():
    possible = {"current_status": "partially_captured", "currency": "KWD", "remaining": 4000, "refundable": 6000}
    api, *_ = wired(refused(Code.CAPTURE_EXCEEDS_AUTHORIZED, detail="Less remains.", param="amount", possible=possible))
    with pytest.raises(Refusal) as told:
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")

    assert told.value.message == "409 The capture exceeds the amount still authorized"
    assert told.value.advice.splitlines() == [
        "Less remains.",
        "  code            capture_exceeds_authorized",
        "  param           amount",
        "  current status  partially_captured",
        "  remaining       4.000 KWD",
        "  refundable      6.000 KWD",
        "  request id      req-1",
        "  idempotency key k1",
    ]
    assert json.loads(told.value.text) == told.value.problem


def test_a_refusal_names_every_fault_and_every_capture():
    faults = (Fault(Code.PARAMETER_MISSING, "Required.", "amount"), Fault(Code.PARAMETER_UNKNOWN, "Unknown.", "colour"))
    captures = [{"transaction_id": "cap_1", "amount": 500, "refundable": 250}]
    told = Refusal("", problem(Code.PARAMETER_MISSING, errors=faults,
                               possible={"currency": "USD", "remaining": 0, "captures": captures}))  # fmt: skip

    assert "Also colour: Unknown." in told.advice
    assert "cap_1, 2.50 USD refundable" in told.advice
    assert "Required." not in told.advice  # it is the problem itself, whose own detail is shown


def test_fresh_keys_are_fresh():
    assert fresh_idempotency_key() != fresh_idempotency_key()


def test_what_it_is_shown_as_holds_no_key():
    assert "sk_test_demo_x" not in repr(Api("https://api.example.test", "sk_test_demo_x"))
