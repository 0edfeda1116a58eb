"""The program's API client: its requests, retries and error messages."""

import json

import pytest

from cli.connection.api import ATTEMPTS, Api, fresh_idempotency_key, retry_after_s
from cli.connection.http_client import Disconnected, NotConnected, Response, TimedOut, Unsendable
from cli.terminal.failure import Failure
from cli.terminal.refusal import Refusal
from paysandbox.core.errors import Code, Fault, problem
from paysandbox.payments.routes import CAPTURE_PAYMENT, GET_PAYMENT, LIST_PAYMENTS

BODY = {"auth_id": "auth_1"}


def wired(*replies):
    """Return an Api whose requests get these responses in turn (the last one forever), and a record of its actions."""
    requests, pauses, said = [], [], []

    def answer(request):
        requests.append(request)
        reply = replies[min(len(requests), len(replies)) - 1]
        if isinstance(reply, BaseException):
            raise reply
        return reply

    api = Api(
        "https://api.example.test/live", "sk_test_demo_x", say=said.append, pause=pauses.append, send=answer,
    )  # fmt: skip
    return api, requests, pauses, said


def answered(status=200, body=None, **headers):
    sent = {name.replace("_", "-").lower(): text for name, text in headers.items()}
    return Response(status, sent, json.dumps(body or {}).encode())


def refused(code, **more):
    body = problem(code, request_id="req-1", instance="/payments/capture", **more)
    return Response(body["status"], {"content-type": "application/problem+json"}, json.dumps(body).encode())


def test_a_money_request_has_both_keys_and_the_routes_path():
    api, requests, pauses, said = wired(answered(body={"status": "completed"}))

    answer = api.post(CAPTURE_PAYMENT, BODY, idempotency_key="order 7")

    [request] = requests
    assert (request.method, request.url) == ("POST", "https://api.example.test/live/payments/capture")
    assert request.headers["X-Api-Key"] == "sk_test_demo_x"
    assert request.headers["X-Idempotency-Key"] == "order 7"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == BODY
    assert (answer.body, answer.replayed, answer.idempotency_key) == ({"status": "completed"}, False, "order 7")
    assert pauses == said == []


def test_reads_have_no_idempotency_key():
    api, requests, _, _ = wired(answered())
    api.get(GET_PAYMENT, path={"transaction_id": "auth/..%1"})
    api.get(LIST_PAYMENTS, query={"limit": 3, "cursor": None, "failed": True, "type": ["a", "b&c"]})

    assert [request.url.removeprefix("https://api.example.test/live") for request in requests] == [
        "/payments/auth%2F..%251",
        "/payments?limit=3&failed=true&type=a&type=b%26c",
    ]
    assert all("X-Idempotency-Key" not in request.headers for request in requests)


@pytest.mark.parametrize("header, replayed", [("true", True), ("false", False)])
def test_replays_are_detected_by_their_header(header, replayed):
    api, *_ = wired(answered(Idempotent_Replayed=header))
    assert api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k").replayed is replayed


BROKE = Disconnected("reset")
SILENT = TimedOut("slow")
ABSENT = NotConnected("refused")


@pytest.mark.parametrize("met, why", [
    (BROKE, "The connection was closed"),
    (SILENT, "The request timed out"),
    (ABSENT, "Connection failed"),
    (refused(Code.RATE_LIMITED), "The response was 429"),
    (refused(Code.SERVICE_UNAVAILABLE), "The response was 503"),
    (answered(502, {"message": "Internal server error"}), "The response was 502"),
    (refused(Code.UPSTREAM_TIMEOUT), "The response was 504"),
])  # fmt: skip
def test_retries_use_the_same_key_and_are_reported(met, why):
    api, requests, pauses, said = wired(met, met, answered(body={"status": "completed"}))

    assert api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1").body == {"status": "completed"}

    assert [request.headers["X-Idempotency-Key"] for request in requests] == ["k1"] * 3
    assert len({request.body for request in requests}) == 1
    assert len(pauses) == len(said) == 2
    assert said[0].startswith(f"{why}. Retrying in ")
    assert said[0].endswith(f"with the same idempotency key (attempt 2 of {ATTEMPTS}).")


@pytest.mark.parametrize("code", [Code.INTERNAL_ERROR, Code.CAPTURE_EXCEEDS_AUTHORIZED, Code.API_KEY_INVALID])
def test_final_responses_are_not_retried(code):
    api, requests, *_ = wired(refused(code))
    with pytest.raises(Refusal):
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert len(requests) == 1


@pytest.mark.parametrize("met, unknown", [
    ((ABSENT,), False),                          # it was never sent
    ((ABSENT, SILENT, ABSENT), True),            # one of them may have arrived
    ((BROKE,), True),
    ((ABSENT, answered(502, {}), ABSENT), True),
    ((refused(Code.RATE_LIMITED), ABSENT), False),
])  # fmt: skip
def test_after_the_last_retry_the_error_states_what_is_known(met, unknown):
    api, requests, pauses, _ = wired(*met)
    with pytest.raises(Failure) as told:
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")

    assert len(requests) == ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1
    assert sum(pauses) < 5
    assert ("--idempotency-key k1 to find out" in told.value.advice) is unknown
    assert f"tried {ATTEMPTS} times" in told.value.message


@pytest.mark.parametrize("asked, waited", [("3", 3.0), ("3600", 10.0)])
def test_retry_after_is_honored_up_to_a_limit(asked, waited):
    api, _, pauses, _ = wired(answered(429, {}, Retry_After=asked), answered())
    api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert pauses == [waited]


@pytest.mark.parametrize("asked", ["soon", "-1", "", "1.5", "²"])
def test_retry_after_dates_are_ignored(asked):
    api, _, pauses, _ = wired(answered(503, {}, Retry_After=asked), answered())
    api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert 0.2 <= pauses[0] <= 0.3


@pytest.mark.parametrize("reply", [
    Response(200, {}, b"<html>"),
    Response(200, {}, b'["a list"]'),
    Response(404, {}, b'{"message": "no such page"}'),
    Response(301, {"location": "https://elsewhere.example.test"}, b""),
])  # fmt: skip
def test_responses_from_another_server_are_identified(reply):
    api, requests, *_ = wired(reply)
    with pytest.raises(Failure, match="not a response of this API") as told:
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert not isinstance(told.value, Refusal)
    assert len(requests) == 1


def test_lasting_gateway_errors_name_the_idempotency_key():
    api, *_ = wired(answered(502, {"message": "Internal server error"}))
    with pytest.raises(Failure) as told:
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert "--idempotency-key k1" in told.value.advice


def test_unsendable_requests_are_not_retried():
    api, requests, *_ = wired(Unsendable("no scheme"))
    with pytest.raises(Failure, match="cannot be sent"):
        api.get(LIST_PAYMENTS)
    assert len(requests) == 1


@pytest.mark.parametrize("status", [200, 201, 302, 404, 500])
def test_raw_requests_return_every_status(status):
    api, requests, *_ = wired(Response(status, {}, b"text"))
    response = api.request("POST", "/a b?c=d%20e", b"{}", headers={"X": "1"}, idempotency_key="k1")

    [request] = requests
    assert (response.status, response.text) == (status, "text")
    assert (request.method, request.url, request.body) == ("POST", "https://api.example.test/live/a%20b?c=d%20e", b"{}")
    assert request.headers == {"X": "1"}


def test_an_interrupt_prints_the_idempotency_key():
    api, _, _, said = wired(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        api.post(CAPTURE_PAYMENT, BODY, idempotency_key="k1")
    assert "--idempotency-key k1" in said[0]


def test_errors_show_reason_limits_and_request_id():
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
        "  docs            /docs/errors/capture_exceeds_authorized",
    ]
    assert json.loads(told.value.text) == told.value.problem


def test_errors_list_every_invalid_field_and_every_capture():
    faults = (Fault(Code.PARAMETER_MISSING, "Required.", "amount"), Fault(Code.PARAMETER_UNKNOWN, "Unknown.", "colour"))
    captures = [{"transaction_id": "cap_1", "amount": 500, "refundable": 250}]
    told = Refusal("", problem(Code.PARAMETER_MISSING, errors=faults,
                               possible={"currency": "USD", "remaining": 0, "captures": captures}))  # fmt: skip

    assert "Also colour: Unknown." in told.advice
    assert "cap_1, 2.50 USD refundable" in told.advice
    assert "Required." not in told.advice  # it is a problem, whose own detail is shown


def test_generated_keys_are_unique():
    assert fresh_idempotency_key() != fresh_idempotency_key()


def test_repr_has_no_key():
    assert "sk_test_demo_x" not in repr(Api("https://api.example.test", "sk_test_demo_x"))


@pytest.mark.parametrize(
    "sent, seconds",
    [("3", 3), ("0", 0), ("", None), ("-1", None), ("²", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)],
)
def test_seconds_of_retry_after(sent: str, seconds: int | None) -> None:
    assert retry_after_s({"retry-after": sent}) == seconds


def test_retry_after_of_any_length_is_a_number() -> None:
    assert retry_after_s({"retry-after": "9" * 5_000}) == 999_999_999
