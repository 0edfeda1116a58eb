"""AWS failures: 503 where a retry may help, 500 where the fault is ours, and no operation is left half done."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from api_reference.routes import ROUTES
from paysandbox.aws import runtime
from paysandbox.aws.resources import READ_HASHING_KEYS
from paysandbox.aws.schema import LEDGER_IS_FULL
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, GET_PAYMENT, LIST_PAYMENTS
from paysandbox.stripe_api.routes import PAY_CHECKOUT_SESSION
from tests.support.builders import build
from tests.support.builders.scenario import Scenario
from tests.support.builders.scenarios import SCENARIOS, first_of
from tests.support.clients.call import Merchant, Reply, send
from tests.support.tools.tiers import first_of_each, full_but
from tests.support.worlds import aws_transport as on_the_wire, table_snapshot, tables
from tests.support.worlds.aws_transport import Deliver, Fault, Sent, Wire, refused_with
from tests.support.worlds.handlers import Clock, Lines

FUNCTION_TIMEOUT_S = 10


# Of routes that call AWS: one for every sequence of calls, and one of each feature. Those that are not counted have
# tests like these in their features.
_CALLING = [
    scenario for scenario in map(first_of, ROUTES) if scenario.counted and scenario.calls and scenario.route.grants
]
FIRST_OF_CALLS = first_of_each(_CALLING, by=lambda scenario: scenario.calls)
FIRST_OF_FEATURE = first_of_each(_CALLING, by=lambda scenario: scenario.route.group)
OF_EACH_KIND = [scenario for scenario in _CALLING if FIRST_OF_CALLS(scenario) or FIRST_OF_FEATURE(scenario)]


def _to_the_ledger(sent: Sent) -> bool:
    return sent.operation != "GetSecretValue"


def _check_internal(reply: Reply) -> None:
    assert (reply.status, reply.code) == (500, "internal_error")
    assert reply.json["retryable"] is True
    assert "Retry-After" not in reply.headers


def _check_unavailable(reply: Reply) -> None:
    assert (reply.status, reply.code) == (503, "service_unavailable")
    assert reply.headers["Retry-After"] == "1"
    assert reply.json["retryable"] is True
    assert reply.json["request_id"] == reply.headers["Request-Id"]


_FAULTS = {
    "throttled": (refused_with(400, "ThrottlingException"), _check_unavailable),
    "capacity": (refused_with(400, "ProvisionedThroughputExceededException"), _check_unavailable),
    "limit": (refused_with(400, "RequestLimitExceeded"), _check_unavailable),
    "conflict": (refused_with(400, "TransactionConflictException"), _check_unavailable),
    "500": (refused_with(500, "InternalServerError"), _check_unavailable),
    "503": (refused_with(503, "ServiceUnavailable"), _check_unavailable),
    "no connection": (on_the_wire.never_left, _check_unavailable),
    "denied": (refused_with(400, "AccessDeniedException"), _check_internal),
    "no table": (refused_with(400, "ResourceNotFoundException"), _check_internal),
    "invalid": (refused_with(400, "ValidationException"), _check_internal),
    "unknown": (refused_with(400, "SomethingNobodyHasHeardOf"), _check_internal),
}


@pytest.mark.parametrize("fault, check", _FAULTS.values(), ids=[*_FAULTS])
def test_dynamodb_errors(
    fault: Fault, check: Callable[[Reply], None], demo: Merchant, clock: Clock, wire: Wire
) -> None:
    _check_trouble(first_of(AUTHORIZE_PAYMENT), fault, check, demo, clock, wire)


@pytest.mark.parametrize("route", [GET_PAYMENT, LIST_PAYMENTS], ids=lambda route: route.name)
def test_a_dynamodb_error_of_another_call(route: Route, demo: Merchant, clock: Clock, wire: Wire) -> None:
    fault, check = _FAULTS["capacity"]
    _check_trouble(first_of(route), fault, check, demo, clock, wire)


@pytest.mark.parametrize("scenario", full_but(OF_EACH_KIND, keep=FIRST_OF_FEATURE), ids=str)
def test_a_dynamodb_error_on_every_kind_of_route(scenario: Scenario, demo: Merchant, clock: Clock, wire: Wire) -> None:
    """One that a retry would not solve; payments/handlers/test_crash.py has those that it may."""
    fault, check = _FAULTS["denied"]
    _check_trouble(scenario, fault, check, demo, clock, wire)


def _check_trouble(
    scenario: Scenario, fault: Fault, check: Callable[[Reply], None], demo: Merchant, clock: Clock, wire: Wire
) -> None:
    """Nothing is half done, and the same request succeeds once AWS has recovered."""
    parts = scenario.given(demo, clock)
    before = table_snapshot.items()
    with wire.broken(fault, when=_to_the_ledger):
        check(send(scenario.route, **parts))
    assert table_snapshot.items() == before
    assert send(scenario.route, **parts).status == _success(scenario.route)


_WITH_PEPPER = [scenario.route for scenario in _CALLING if READ_HASHING_KEYS in scenario.route.grants]
_FIRST_WITH_PEPPER = first_of_each(_WITH_PEPPER, by=lambda route: (route.group, route.method))
_NO_SECRET = (refused_with(400, "ResourceNotFoundException"), _check_internal)


@pytest.mark.parametrize(
    "route, fault, check",
    [
        (AUTHORIZE_PAYMENT, refused_with(400, "ThrottlingException"), _check_unavailable),
        (AUTHORIZE_PAYMENT, refused_with(500, "InternalServerError"), _check_unavailable),
        (AUTHORIZE_PAYMENT, on_the_wire.never_left, _check_unavailable),
        (AUTHORIZE_PAYMENT, refused_with(400, "AccessDeniedException"), _check_internal),
        *((route, *_NO_SECRET) for route in filter(_FIRST_WITH_PEPPER, _WITH_PEPPER)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_unreadable_hashing_keys(
    route: Route, fault: Fault, check: Callable[[Reply], None], demo: Merchant, clock: Clock, wire: Wire
) -> None:
    """On an environment's first request, nothing is written without it, and the next request asks again.

    A payment is shown without the keys, unless its answer has the address of a challenge.
    """
    scenario = next(scenario for scenario in SCENARIOS if scenario.route is route and scenario.reads_secrets)
    parts = scenario.given(demo, clock)
    before = table_snapshot.items()
    tables.forget(clients=False)
    with wire.broken(fault, when=lambda sent: sent.operation == "GetSecretValue"):
        check(send(route, **parts))
    assert table_snapshot.items() == before
    assert send(route, **parts).status == _success(route)


def test_transient_errors_are_retried(demo: Merchant, wire: Wire) -> None:
    for fault in (
        refused_with(400, "ThrottlingException"),
        refused_with(400, "ProvisionedThroughputExceededException"),
        refused_with(400, "TransactionConflictException"),
        refused_with(500, "InternalServerError"),
        on_the_wire.never_left,
        on_the_wire.answer_lost,
    ):
        with wire.broken(fault, when=lambda sent: sent.attempt == 0):
            reply = demo.authorize()
        assert (reply.status, reply.replayed) == (200, False)


def test_three_tries_fit_into_the_time_of_a_function(demo: Merchant, wire: Wire) -> None:
    """This holds for each call. A function killed while waiting would give the caller the gateway's 502, not a 503."""
    with wire.broken(on_the_wire.never_left, when=_to_the_ledger) as sent:
        _check_unavailable(demo.authorize())
    assert len([call for call in sent if _to_the_ledger(call)]) == 3
    config: Any = runtime.ledger().client.meta.config
    slowest_s = 3 * max(config.connect_timeout, config.read_timeout) + sum(wire.delays_s)
    assert slowest_s <= FUNCTION_TIMEOUT_S


@pytest.fixture
def starting(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Return a function that simulates a Lambda cold start: the module is loaded in a fresh environment."""
    module = importlib.import_module(AUTHORIZE_PAYMENT.module)

    def start() -> None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "paysandbox-test-authorize_payment")
        tables.forget(clients=False)
        importlib.reload(module)

    yield start
    monkeypatch.undo()
    importlib.reload(module)


def test_clients_are_created_at_initialization(demo: Merchant, wire: Wire, starting: Callable[[], None]) -> None:
    with wire.record() as before:
        starting()
    assert [call.operation for call in before] == ["GetSecretValue"]
    with wire.record() as sent:
        assert demo.authorize().status == 200
    assert [call.operation for call in sent] == ["PutItem"]


@pytest.mark.parametrize("fault", [on_the_wire.never_left, refused_with(400, "AccessDeniedException")])
def test_initialization_errors_surface_with_the_first_request(
    fault: Fault, demo: Merchant, wire: Wire, lines: Lines, starting: Callable[[], None]
) -> None:
    """A function that fails to load answers no request; one that loads can report the error and recover."""
    with wire.broken(fault, when=lambda sent: sent.operation == "GetSecretValue"):
        starting()
        assert lines() == []
        assert demo.authorize().status in {500, 503}
    assert demo.authorize().status == 200


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_internal_errors_are_logged_and_not_disclosed(code: str, demo: Merchant, wire: Wire, lines: Lines) -> None:
    secret = "User: arn:aws:sts::123456789012:assumed-role/internals is not authorized"
    with wire.broken(refused_with(400, code, secret), when=_to_the_ledger):
        reply = demo.authorize()
    _check_internal(reply)
    for internal in ("arn:", "123456789012", code, "ClientError", "Traceback", "dynamodb", tables.TABLE, ".py"):
        assert internal not in reply.text
    assert "request_id" in reply.json["detail"]
    (line,) = lines()
    assert line["level"] == "ERROR"
    assert line["request_id"] == reply.json["request_id"]
    assert line["error"] == "ClientError"
    assert code in line["exception"]
    assert "Traceback" in line["exception"]


def test_nonsensical_table_responses_are_internal_errors(demo: Merchant, wire: Wire) -> None:
    """For example, an item of a kind that this version does not know is a 500 and is not interpreted."""
    auth_id = demo.authorized()
    item: dict[str, Any] = {"transaction_id": {"S": auth_id}, "merchant": {"S": "demo"}}

    def nonsense(request: AWSPreparedRequest, _: Deliver) -> AWSResponse:
        return on_the_wire.answered_with(request, 200, {"Item": item})

    with wire.broken(nonsense, when=lambda sent: sent.operation == "GetItem"):
        _check_internal(demo.payment(auth_id))


def test_condition_failures_without_an_item_are_internal_errors(demo: Merchant, wire: Wire) -> None:
    """DynamoDB was asked to return the item. Without it a replay cannot be detected, so the answer is not a replay."""
    failed = refused_with(400, "ConditionalCheckFailedException", "The conditional request failed")
    auth_id = demo.authorized()
    with wire.broken(failed, when=lambda sent: sent.operation == "PutItem"):
        _check_internal(demo.authorize())
        _check_internal(demo.capture(auth_id))


def test_a_payment_purged_while_its_key_is_reused(demo: Merchant, clock: Clock, wire: Wire) -> None:
    """TTL removed the first payment between two calls: 503, and the retry finds the key free from the start."""
    first = demo.authorize("the-key").json["auth_id"]
    clock.advance(90 * build.DAY)

    def remove_first(request: Any, deliver: Callable[[], Any]) -> Any:
        ledger = runtime.ledger()
        ledger.client.delete_item(TableName=ledger.table, Key={"transaction_id": {"S": first}})
        return deliver()

    with wire.broken(remove_first, when=lambda sent: sent.operation == "UpdateItem"):
        _check_unavailable(demo.authorize("the-key"))
    again = demo.authorize("the-key")
    assert (again.status, again.replayed, again.json["auth_id"]) == (200, False, first)


def test_a_full_ledger_is_a_refusal_with_the_reason(demo: Merchant, wire: Wire) -> None:
    """Only the local engine limits the number of payments (engine/state/payment_limit.py)."""
    with wire.broken(refused_with(400, LEDGER_IS_FULL, "There are 2 payments."), when=_to_the_ledger):
        refused = demo.authorize("a-key")
    assert (refused.status, refused.code, refused.json["detail"]) == (
        409,
        "payment_limit_reached",
        "There are 2 payments.",
    )
    assert refused.json["retryable"] is False
    assert demo.authorize("a-key").status == 200


def test_lasting_contention_is_a_503(demo: Merchant, wire: Wire) -> None:
    """A capture gives up if every try conflicts with another refund by authorization id, and no money moves."""
    auth_id = demo.authorized(100_00)
    demo.captured(50_00, of=auth_id)
    demo.refunded(auth_id, 1)
    busy = Merchant("demo")

    def refund_first(request: Any, deliver: Callable[[], Any]) -> Any:
        with_another_key = next(numbers)
        busy.refund(auth_id, f"busy-{with_another_key}", amount=1)
        return deliver()

    numbers = iter(range(100))
    with wire.broken(refund_first, when=lambda sent: sent.operation == "UpdateItem" and _is_capture(sent)):
        _check_unavailable(demo.capture(auth_id, "capture", amount=1_00))
    assert demo.payment(auth_id).json["captured"] == 50_00
    assert demo.capture(auth_id, "capture", amount=1_00).status == 200


def _is_capture(sent: Sent) -> bool:
    return '"capture"' in str(sent.parameters).replace("'", '"')


@pytest.mark.parametrize("route", [AUTHORIZE_PAYMENT, CAPTURE_PAYMENT], ids=lambda route: route.name)
def test_missing_settings_are_internal_errors(
    route: Route, demo: Merchant, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAYSANDBOX_LEDGER_TABLE")
    tables.forget()
    reply = send(route, body=build.authorize_body() if route is AUTHORIZE_PAYMENT else build.capture_body())
    _check_internal(reply)
    (line,) = lines()
    assert "PAYSANDBOX_LEDGER_TABLE" in line["exception"]
    monkeypatch.undo()
    tables.forget()


def _success(route: Route) -> int:
    return 303 if route is PAY_CHECKOUT_SESSION else 200  # a page that was paid leads on to the shop
