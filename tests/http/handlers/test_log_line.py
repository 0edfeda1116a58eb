"""The log line of a request: one JSON line with embedded metrics (EMF) and the masked body."""

import importlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws import telemetry
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.http.route import NOT_IN_REQUEST_LOG, Access, Route
from paysandbox.metrics.usage_cost import LOG_BYTES_OF_A_STRANGERS_REQUEST
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    GET_HEALTH,
    GET_PAYMENT,
    LIST_PAYMENTS,
    VOID_PAYMENT,
)
from paysandbox.request_log.log_lines import LINE_PATTERN
from paysandbox.request_log.routes import LIST_REQUESTS
from paysandbox.stripe_api.routes import PAY_CHECKOUT_SESSION
from tests.support.builders import build
from tests.support.builders.scenario import Scenario
from tests.support.builders.scenarios import SCENARIOS
from tests.support.clients.call import Context, Merchant, send
from tests.support.fakes.filter_pattern import passes
from tests.support.tools.tiers import first_of_each
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import METRICS_NAMESPACE, Clock, Lines, Told

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

Line = dict[str, Any]

OF_VERBS = {
    "accept": "accepted",
    "authorize": "approved",
    "capture": "captured",
    "complete": "approved",
    "create": "created",
    "delete": "deleted",
    "empty": "emptied",
    "enable": "enabled",
    "get": "shown",
    "list": "listed",
    "ping": "sent",
    "receive": "received",
    "refund": "refunded",
    "replay": "replay_planned",
    "resend": "resent",
    "rotate": "rotated",
    "show": "shown",
    "simulate": "simulated",
    "submit": "submitted",
    "update": "changed",
    "void": "voided",
}
"""What a route logs, by the first word of its name, where its scenario names no other outcome."""

COUNTED = {"approved", "declined", "captured", "voided", "refunded"}
"""The outcomes with a metric. Reads have none of ours, since Lambda counts invocations."""


# What a line says of the same outcome of the same route is the same for every state of the payment.
FIRST_OF_OUTCOME = first_of_each(SCENARIOS, by=lambda one: (one.route.name, one.outcome, one.replayed))


@pytest.mark.parametrize("scenario", [*filter(FIRST_OF_OUTCOME, SCENARIOS)], ids=str)
def test_a_response_is_one_line(scenario: Scenario, demo: Merchant, clock: Clock, lines: Lines) -> None:
    telemetry.cold_start()  # an earlier request has consumed the cold start
    parts = scenario.given(demo, clock)
    lines()
    reply = send(scenario.route, request_id="request-1", **parts)
    (line,) = (line for line in lines() if line["message"] == "request")  # an event has a line of its own
    outcome = scenario.outcome or OF_VERBS[scenario.route.name.partition("_")[0]]
    assert (line["level"], line["message"], line["service"]) == ("INFO", "request", "payments")
    assert (line["request_id"], line["route"], line["method"]) == (
        "request-1",
        scenario.route.name,
        scenario.route.method,
    )
    assert (line["status"], line["outcome"]) == (_status(scenario), outcome)
    assert line.get("merchant") == (None if scenario.route.access is Access.PUBLIC else "demo")
    assert 0 < line["duration_ms"] < 10_000
    is_in_request_log = "merchant" in line and scenario.route.group not in NOT_IN_REQUEST_LOG
    assert passes(LINE_PATTERN, json.dumps(line)) is is_in_request_log
    assert line["cold_start"] is False
    assert line.get("replayed", False) is reply.replayed
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
    if scenario.route.idempotency and scenario.route.group == "payments":
        assert line["transaction_id"] == reply.json["transaction_id"]
    if scenario.route is GET_PAYMENT:
        assert line["transaction_id"] == reply.json["auth_id"]
    _check_metric(line, "Replayed" if reply.replayed else outcome.title() if outcome in COUNTED else None)


def _status(scenario: Scenario) -> int:
    """A page that was paid leads on to the shop, and a browser's that was not is the page again."""
    if scenario.route is PAY_CHECKOUT_SESSION and scenario.outcome == "complete":
        return 303
    return 402 if scenario.route is PAY_CHECKOUT_SESSION and scenario.name.endswith("in a browser") else 200


REFUSALS: list[tuple[Route, Mapping[str, Any], str, str | None]] = [
    (AUTHORIZE_PAYMENT, {"body": build.authorize_body(amount=0)}, "amount_too_small", "amount"),
    (AUTHORIZE_PAYMENT, {"body": build.authorize_body(tip=1)}, "parameter_unknown", "tip"),
    (AUTHORIZE_PAYMENT, {"body": "x"}, "request_invalid", None),
    (AUTHORIZE_PAYMENT, {"body": build.authorize_body(), "key": None}, "idempotency_key_required", None),
    (CAPTURE_PAYMENT, {"body": build.capture_body()}, "resource_not_found", None),
    (VOID_PAYMENT, {"body": build.void_body("x")}, "resource_not_found", None),
    (GET_PAYMENT, {"path": {"transaction_id": "x"}}, "resource_not_found", None),
    (LIST_PAYMENTS, {"query": {"limit": "0"}}, "parameter_invalid", "limit"),
]


@pytest.mark.parametrize("route, parts, code, param", REFUSALS)
def test_a_client_error_is_one_line_below_error(
    route: Route, parts: Mapping[str, Any], code: str, param: str | None, lines: Lines
) -> None:
    reply = send(route, request_id="request-1", **parts)
    (line,) = lines()
    assert (line["level"], line["message"]) == ("INFO", "request")
    assert (line["request_id"], line["route"]) == ("request-1", route.name)
    assert (line["status"], line["outcome"], line["code"]) == (reply.status, "refused", code)
    assert line.get("param") == param
    assert line["merchant"] == "demo", "so that the log of a merchant's refused requests can be searched"
    assert not {"error", "exception", "transaction_id"} & line.keys()
    _check_metric(line, "Refused")


def test_without_a_valid_key_no_merchant_is_named(lines: Lines) -> None:
    send(LIST_PAYMENTS, api_key="sk_test_x", gateway="engine")
    (line,) = lines()
    assert line["code"] == "api_key_invalid"
    assert "merchant" not in line


@pytest.mark.parametrize(
    "fault, status, code, error",
    [
        (on_the_wire.refused_with(400, "ThrottlingException"), 503, "service_unavailable", "ThrottlingException"),
        (on_the_wire.never_left, 503, "service_unavailable", "ConnectionClosedError"),
        (on_the_wire.refused_with(400, "AccessDeniedException"), 500, "internal_error", "ClientError"),
    ],
)
def test_an_internal_error_is_one_line_at_error(
    fault: on_the_wire.Fault, status: int, code: str, error: str, demo: Merchant, wire: Wire, lines: Lines
) -> None:
    """The line has the place and the error; the lines of a traceback are one value."""
    hashing_keys()
    with wire.broken(fault, when=lambda _: True):
        demo.authorize()
    (line,) = lines()
    assert (line["level"], line["status"], line["code"], line["error"]) == ("ERROR", status, code, error)
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["merchant"] == "demo"


@pytest.mark.parametrize(
    "route, metrics",
    [
        (GET_PAYMENT, {"Failed", "PaymentsFailed"}),
        (LIST_REQUESTS, {"Failed"}),
        (GET_HEALTH, set[str]()),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_failures_emit_the_metrics_of_their_alarms(
    route: Route, metrics: set[str], demo: Merchant, clock: Clock, wire: Wire, lines: Lines
) -> None:
    """Rollouts of the payment functions watch their own failures, and strangers set off no alarm."""
    scenario = next(scenario for scenario in SCENARIOS if scenario.route is route)
    parts = scenario.given(demo, clock)
    lines()
    with wire.broken(on_the_wire.refused_with(503, "ServiceUnavailable"), when=lambda _: True):
        send(route, **parts)
    (line,) = lines()
    assert (line["level"], line["status"]) == ("ERROR", 503)
    assert set(_counted(line)) == metrics


def test_first_request_is_a_cold_start(demo: Merchant, lines: Lines) -> None:
    importlib.reload(telemetry)
    demo.health()
    demo.payments(limit="x")
    demo.health()
    assert [line["cold_start"] for line in lines()] == [True, False, False]


def test_a_client_error_may_be_the_cold_start(demo: Merchant, lines: Lines) -> None:
    importlib.reload(telemetry)
    demo.payments(limit="x")
    demo.health()
    assert [line["cold_start"] for line in lines()] == [True, False]


def test_metrics_of_one_request_do_not_leak_into_the_next(demo: Merchant, lines: Lines) -> None:
    """Each line counts one request, whatever came before it."""
    demo.authorize("a")
    demo.authorize("a")
    demo.authorize("a", amount=1)
    demo.authorize("b", card=build.card_details(number=build.INSUFFICIENT_FUNDS))
    demo.payments()
    counted = [[name for name, values in _counted(line).items() if any(values)] for line in lines()]
    assert counted == [["Approved"], ["Replayed"], ["Refused"], ["Declined"], []]


def test_requests_of_payments_count_whether_they_failed(demo: Merchant, wire: Wire, lines: Lines) -> None:
    """Rollouts watch the sum of these values, and their number: every request with a key, and none of a stranger."""
    demo.authorize()
    demo.payments()
    demo.authorize(amount=0)
    demo.health()
    send(LIST_REQUESTS, request_id="request-1")
    with wire.broken(on_the_wire.refused_with(503, "ServiceUnavailable"), when=lambda _: True):
        demo.authorize()
    assert [_counted(line).get("PaymentsFailed") for line in lines()] == [[0.0], [0.0], [0.0], None, None, [1.0]]


PUBLIC = [route for route in ROUTES if route.access is Access.PUBLIC]


@pytest.mark.parametrize("route", PUBLIC, ids=lambda route: route.name)
def test_a_strangers_line_is_short(route: Route, lines: Lines) -> None:
    """Strangers pay nothing for it: what they send is not in it, however much it is (docs/how-to/deploy.md)."""
    headers = {"X-" + "Y" * 2_000: "z", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "X-Idempotency-Key": "k" * 255}
    path = dict.fromkeys(re.findall(r"{(\w+)", route.path), "p" * 500)
    for sent, body in (({}, None), (headers, None), ({}, "x" * 100_000), ({}, {"x" * 2_000: 1, "amount": "y" * 2_000})):
        send(route, headers=sent, path=path, body=body)
    longest = max(len(json.dumps(line, separators=(",", ":"))) for line in lines())
    assert longest <= LOG_BYTES_OF_A_STRANGERS_REQUEST


MARK = "XQ7-findme"
SENT_KEY = "idempotency_key"
MASKED = ("body", "answer", "path")


def test_body_is_logged_masked(demo: Merchant, lines: Lines) -> None:
    demo.authorize("key-1", card=build.card_details(name="A. Cardholder"), reference="r")
    (line,) = lines()
    assert json.loads(line["body"]) == {
        "card": {"number": "************4242", "exp_month": 12, "exp_year": 2040, "cvc": "***", "name": "***"},
        "amount": 10_00,
        "reference": "r",
    }
    assert line[SENT_KEY] == "key-1"


@pytest.mark.parametrize("body", [f'{{"{MARK}', MARK, f'["{MARK}', "\ud800" + MARK])
def test_other_bodies_are_logged_as_their_size(body: str, lines: Lines) -> None:
    send(AUTHORIZE_PAYMENT, body=body)
    (line,) = lines()
    assert line["body"] == f"[not JSON: {len(body)} characters]"
    assert MARK not in json.dumps(line)


def test_client_errors_log_their_reason(demo: Merchant, lines: Lines) -> None:
    reply = demo.capture(build.PAYMENT_ID)
    (line,) = lines()
    assert line["detail"] == reply.json["detail"]


def test_size_of_a_line_is_bounded(demo: Merchant, lines: Lines) -> None:
    """CloudWatch bills by the byte, and accepts events of up to 256 KB."""
    demo.authorize("k" * 5_000, metadata={f"key {n}": "é" * 500 for n in range(50)})
    demo.authorize(description="x" * 1_000_000)
    for line in lines():
        assert len(json.dumps(line, ensure_ascii=False).encode()) < 4_096


def test_request_data_is_only_in_masked_fields(demo: Merchant, lines: Lines) -> None:
    """Besides the masked bodies, path and key, only known parameters are logged: no header or query text."""
    card = build.card_details(name=MARK, address_zip=MARK, cvc="987")
    sends: list[Callable[[], Any]] = [
        lambda: demo.authorize(
            MARK, card=card, description=MARK, reference=MARK, metadata={MARK: MARK}, capture_method="automatic"
        ),
        lambda: demo.authorize(MARK, description=MARK + "\n"),
        lambda: demo.authorize(currency=MARK),
        lambda: demo.capture(MARK, MARK),
        lambda: demo.refund(demo.captured(1_00), reason=MARK),
        lambda: demo.payment(MARK),
        lambda: demo.payments(cursor=MARK),
        lambda: send(LIST_PAYMENTS, api_key=MARK, gateway="engine", headers={"User-Agent": MARK, "Referer": MARK}),
    ]
    for ask in sends:
        ask()
    written = lines()
    assert len(written) == len(sends) + 2
    for line in written:
        assert MARK not in json.dumps({name: value for name, value in line.items() if name not in {*MASKED, SENT_KEY}})
        for body in ("body", "answer"):
            assert MARK not in json.loads(line.get(body, "{}")).get("card", {}).values()
        assert build.SECRET not in json.dumps(line)


def _counted(line: Line) -> Mapping[str, list[float]]:
    """Return the metrics that CloudWatch would extract from a line.

    Source: EMF specification, "Embedded metric format JSON schema".
    """
    if "_aws" not in line:
        return {}
    assert line["_aws"]["Timestamp"] > 0
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == METRICS_NAMESPACE
    # Always the same dimension: otherwise each log group would create its own metric, and CloudWatch bills each one.
    assert (directive["Dimensions"], line["project"]) == ([["project"]], "paysandbox")
    for metric in directive["Metrics"]:
        assert metric["Unit"] == "Count"
    return {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}


def _check_metric(line: Line, name: str | None) -> None:
    # Of a payment route, whether it failed is counted too, for rollouts.
    assert {one: values for one, values in _counted(line).items() if any(values)} == ({name: [1.0]} if name else {})


def test_metric_failures_do_not_fail_the_request(demo: Merchant, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """The money has moved by the time the line is written; without a namespace there can be no metric."""
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    telemetry._block.cache_clear()
    reply = demo.authorize()
    telemetry._block.cache_clear()
    (line,) = lines()
    assert reply.status == 200
    assert (line["outcome"], line["metrics_error"]) == ("approved", "SchemaValidationError")


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"])
def test_line_separators_are_escaped(end: str, demo: Merchant, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise the reader of the log would split it in two, and the request would be missing."""
    capsys.readouterr()
    demo.authorize(metadata={"note": f"above{end}below"})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(json.loads(line)["body"])["metadata"] == {"note": f"above{end}below"}


def test_an_unknown_event_is_a_logged_500(demo: Merchant, lines: Lines) -> None:
    """The headers cannot be read, neither for the request nor to choose the format of the error."""
    handler = importlib.import_module("payments.get_health").handler
    response = handler({"headers": 7}, Context())
    assert (response["statusCode"], json.loads(response["body"])["code"]) == (500, "internal_error")
    [line] = lines()
    assert (line["level"], line["status"]) == ("ERROR", 500)


def test_a_request_that_is_not_stored_has_no_bodies_and_goes_to_no_worker(
    demo: Merchant, lines: Lines, told: Told
) -> None:
    """Nobody could look them up, and CloudWatch bills each byte. Declines and refusals are always stored."""
    told(request_log_sample_percent=0)
    lines()
    demo.authorize()
    demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS))
    demo.authorize(amount=-1)
    unsampled, declined, refused = lines()
    assert {"body", "answer"}.isdisjoint(unsampled)
    assert (unsampled["outcome"], unsampled["path"]) == ("approved", "/payments/authorize")
    for stored in (declined, refused):
        assert {"body", "answer"} <= stored.keys()
    assert [passes(LINE_PATTERN, json.dumps(line)) for line in (unsampled, declined, refused)] == [False, True, True]
