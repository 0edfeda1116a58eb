"""Faults that are injected into requests of both APIs: what the client gets, what was done, and what is said of it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from paysandbox.aws import environment_item, runtime
from paysandbox.aws.environment_item import FAULTS
from paysandbox.core.errors import Code
from paysandbox.core.headers import APPLIED_HEADER, FAULT_HEADER, FAULT_METADATA, MERCHANT_HEADER
from paysandbox.core.record import replace
from paysandbox.fault_rules.faulted_routes import FAULTED
from paysandbox.fault_rules.routes import CREATE_FAULT, DELETE_FAULT, LIST_FAULTS, LIST_FIRINGS
from paysandbox.http.dispatch import load_handler
from paysandbox.http.faults import injection
from paysandbox.http.faults.hold import hold_in, with_hold
from paysandbox.http.keys.credential import KeyKind
from paysandbox.http.route import Api, Route
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import Payment
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, LIST_PAYMENTS
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT, CREATE_PAYMENT_METHOD
from tests.support.builders import build
from tests.support.clients.call import Context, Merchant, Reply, event, send
from tests.support.clients.stripe_call import stripe_event
from tests.support.tools.tiers import full_but
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.crash import ANSWER_LOST, FAILING, THROTTLED, Trouble, failures
from tests.support.worlds.handlers import Lines, Told

SETTINGS = "paysandbox-test-MerchantSettings"
INTENT = {"amount": "1000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
INTENT |= {"automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never"}


@pytest.fixture(autouse=True)
def faults_are_read(told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let functions look for rules, whoever creates one wait for nobody, and slow requests say how long they would."""
    told(clock_table=SETTINGS)
    waits: list[int] = []
    monkeypatch.setattr(environment_item, "VALID_MS", 0)
    monkeypatch.setattr(environment_item, "_VALID", timedelta())
    monkeypatch.setattr(injection, "pause", waits.append)
    environment_item.forget()
    yield waits
    environment_item.forget()


def sent(route: Route, **parts: Any) -> dict[str, Any]:
    """Send a request, and return what the function returns: the engine's wall breaks it further."""
    return load_handler(route)(event(route, **parts), Context())


def handled(asked: Any) -> dict[str, Any]:
    return load_handler(AUTHORIZE_PAYMENT)(asked, Context())


def authorize(fault: str | None = None, key: str = "key-1", *, api_key: str | None = None, **body: Any) -> Any:
    """Authorize 10.00 USD with a fault."""
    headers = {} if fault is None else {FAULT_HEADER: fault}
    parts = {} if api_key is None else {"api_key": api_key}
    return sent(AUTHORIZE_PAYMENT, body=build.authorize_body(**body), key=key, headers=headers, **parts)


def pay(fault: str | None = None, key: str = "key-1", **params: str) -> Any:
    """Create and confirm a payment intent with a fault."""
    headers = {"Idempotency-Key": key} | ({} if fault is None else {FAULT_HEADER: fault})
    sent = stripe_event(CREATE_PAYMENT_INTENT, params=INTENT | params, headers=headers)
    return load_handler(CREATE_PAYMENT_INTENT)(sent, Context())


def payments() -> list[Payment]:
    return [payment_from(item) for item in table_snapshot.items() if "version" in item]


def create(fault: str, merchant: str = build.MERCHANT, **more: Any) -> Reply:
    return send(CREATE_FAULT, key=None, body={"fault": fault, **more}, api_key=build.api_key(merchant))


def log() -> list[Any]:
    return send(LIST_FIRINGS).json["data"]


# --- a request's own fault --------------------------------------------------------------------------------------------

LOST = (
    "commit_then_timeout", "commit_then_reset", "gateway_5xx", "gateway_5xx;status=504;body=json",
)  # fmt: skip
REFUSED = {
    "fail_before_commit": 503,
    "fail_before_commit;status=500": 500,
    "fail_before_commit;status=502": 502,
    "fail_before_commit;status=504": 504,
    "timeout_before_commit": 504,
    "throttle": 429,
}


@pytest.mark.parametrize("ask", [authorize, pay], ids=["native", "stripe"])
@pytest.mark.parametrize("fault", full_but(LOST, keep=lambda fault: fault == "commit_then_reset"))
def test_an_answer_that_is_lost_is_repeated_under_its_key(fault: str, ask: Any) -> None:
    first = ask(fault)
    assert first["statusCode"] in (502, 504)
    assert first["headers"][APPLIED_HEADER].startswith(fault.partition(";")[0])
    assert len(payments()) == 1
    again = ask(fault)
    assert (again["statusCode"], again["headers"]["Idempotent-Replayed"]) == (200, "true")
    assert APPLIED_HEADER not in again["headers"]
    assert len(payments()) == 1


@pytest.mark.parametrize("ask", [authorize, pay], ids=["native", "stripe"])
@pytest.mark.parametrize("fault", full_but(REFUSED, keep=lambda fault: fault == "fail_before_commit"))
def test_nothing_is_done_before_a_fault(fault: str, ask: Any) -> None:
    first = ask(fault)
    assert first["statusCode"] == REFUSED[fault]
    assert first["headers"][APPLIED_HEADER].startswith(fault.partition(";")[0])
    assert payments() == []
    again = ask(fault)
    assert (again["statusCode"], "Idempotent-Replayed" in again["headers"]) == (200, False)


def test_a_throttled_client_gets_the_seconds_to_wait() -> None:
    assert authorize("throttle;retry_after=7")["headers"]["Retry-After"] == "7"


def test_a_key_that_is_in_use_is_refused_as_its_api_does() -> None:
    assert authorize("conflict_in_progress")["statusCode"] == 503
    refused = pay("conflict_in_progress")
    assert refused["statusCode"] == 409
    assert json.loads(refused["body"])["error"]["code"] == "idempotency_key_in_use"
    assert payments() == []


def test_a_body_ends_early() -> None:
    whole = authorize("commit_then_truncate;bytes=0", key="other")
    length = int(whole["headers"][APPLIED_HEADER].rpartition("=")[2])
    cut = authorize("commit_then_truncate;bytes=25")
    assert (cut["statusCode"], len(cut["body"])) == (200, 25)
    assert cut["headers"][APPLIED_HEADER] == f"commit_then_truncate;bytes=25;length={length}"
    assert authorize()["body"].startswith(cut["body"])


def test_a_slow_request_waits_and_is_handled(faults_are_read: list[int]) -> None:
    answer = authorize("slow;ms=250")
    assert (answer["statusCode"], answer["headers"][APPLIED_HEADER]) == (200, "slow;ms=250")
    assert faults_are_read == [250]


def test_an_answer_waits_until_its_webhook_came(faults_are_read: list[int]) -> None:
    answer = authorize("slow_after_commit;ms=250")
    assert (answer["statusCode"], answer["headers"][APPLIED_HEADER]) == (200, "slow_after_commit;ms=250")
    assert (faults_are_read, len(payments())) == ([250], 1)


def test_the_engine_holds_a_slow_request_before_it_is_handled(faults_are_read: list[int], lines: Lines) -> None:
    create("slow;ms=250")
    asked = event(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key-1")
    lines()
    hold = hold_in(handled(with_hold(asked, None)))
    assert hold is not None
    assert (lines(), log()) == ([], [])
    assert (hold.ms, hold.merchant, payments()) == (250, build.MERCHANT, [])
    lines()
    answer = handled(with_hold(asked, hold))
    assert (answer["statusCode"], answer["headers"][APPLIED_HEADER]) == (200, "slow;ms=250")
    assert (faults_are_read, len(payments())) == ([], 1)
    (line,), (firing,) = lines(), log()
    assert (line["fault"], line["duration_ms"] >= 250, firing["status"]) == ("slow;ms=250", True, 200)


def test_a_request_that_is_not_held_has_no_fault() -> None:
    asked = event(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key-1", headers={FAULT_HEADER: "slow"})
    hold = hold_in(handled(with_hold(asked, None)))
    assert hold is not None
    answer = handled(with_hold(asked, replace(hold, ms=0)))
    assert (answer["statusCode"], APPLIED_HEADER in answer["headers"], log()) == (200, False, [])


def test_a_rule_that_ends_while_its_request_is_held_is_logged() -> None:
    rule = create("slow").json["fault_id"]
    asked = event(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key-1")
    hold = hold_in(handled(with_hold(asked, None)))
    send(DELETE_FAULT, path={"fault_id": rule})
    environment_item.forget()
    assert handled(with_hold(asked, hold))["headers"][APPLIED_HEADER] == "slow"
    assert [firing["fault_id"] for firing in log()] == [rule]


@pytest.mark.parametrize("fault", ["slow_after_commit", "commit_then_timeout", "timeout_before_commit"])
def test_the_wall_knows_whose_response_it_holds_back(fault: str, faults_are_read: list[int]) -> None:
    asked = event(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key-1", headers={FAULT_HEADER: fault})
    assert handled(with_hold(asked, None))["headers"][MERCHANT_HEADER] == build.MERCHANT
    assert faults_are_read == []


def test_a_gateway_knows_nothing_of_the_api() -> None:
    html = authorize("gateway_5xx;status=503")
    assert (html["statusCode"], html["headers"]["Content-Type"].partition(";")[0]) == (503, "text/html")
    assert "503 Service Temporarily Unavailable" in html["body"]
    assert authorize("gateway_5xx;body=empty", key="key-2")["body"] == ""


def test_stripes_500_is_bound_to_its_key() -> None:
    for _ in range(3):
        failed = pay("stripe_500")
        assert (failed["statusCode"], failed["headers"]["Stripe-Should-Retry"]) == (500, "false")
    assert len(payments()) == 1
    assert pay(key="key-2")["statusCode"] == 200


def test_a_fault_happens_as_often_as_it_says() -> None:
    statuses = [authorize("gateway_5xx;times=3")["statusCode"] for _ in range(5)]
    assert statuses == [502, 502, 502, 200, 200]


def test_each_key_has_its_own_fault() -> None:
    assert [authorize("gateway_5xx", key)["statusCode"] for key in ("a", "b", "a", "b")] == [502, 502, 200, 200]


def test_a_request_without_a_key_is_known_by_what_it_says() -> None:
    def read(**query: str) -> int:
        return sent(LIST_PAYMENTS, query=query, headers={FAULT_HEADER: "fail_before_commit"})["statusCode"]

    assert [read(), read(), read(limit="1"), read(limit="1")] == [503, 200, 503, 200]


def test_no_digest_of_a_card_is_stored() -> None:
    """Two requests without a key that differ in the card's number and code alone are one."""

    def create(number: str, cvc: str) -> int:
        card = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": cvc}
        headers = {FAULT_HEADER: "fail_before_commit"}
        asked = stripe_event(CREATE_PAYMENT_METHOD, params={"type": "card", "card": card}, headers=headers)
        return load_handler(CREATE_PAYMENT_METHOD)(asked, Context())["statusCode"]

    assert [create("4242424242424242", "123"), create("5555555555554444", "456")] == [503, 200]


@pytest.mark.parametrize("ask", ["native", "stripe"])
def test_metadata_asks_for_a_fault(ask: str) -> None:
    def again() -> int:
        if ask == "native":
            return authorize(metadata={FAULT_METADATA: "commit_then_reset"})["statusCode"]
        return pay(**{f"metadata[{FAULT_METADATA}]": "commit_then_reset"})["statusCode"]

    assert [again(), again()] == [502, 200]


@pytest.mark.full
def test_metadata_asks_for_a_fault_where_a_route_takes_some_and_never_with_a_key_of_a_page(
    subtests: pytest.Subtests,
) -> None:
    body = {"metadata": {FAULT_METADATA: "fail_before_commit"}}
    for route in (route for route in FAULTED.values() if route.body_shape is not None):
        takes_metadata = "metadata" in (route.body_shape or BaseModel).model_fields
        path = dict(route.path_examples)
        asked = {"key of the native API": event(route, body=body, path=path)}
        if route.api is Api.V1:
            asked = {
                kind: stripe_event(route, params=body, path=path, kind=kind)
                for kind in (KeyKind.SECRET, KeyKind.PUBLISHABLE)
            }
        for kind, sent_event in asked.items():
            with subtests.test(route=route.name, kind=str(kind)):
                answer = load_handler(route)(sent_event, Context())
                assert (APPLIED_HEADER in answer["headers"]) == (takes_metadata and kind is not KeyKind.PUBLISHABLE)


@pytest.mark.parametrize(
    "route, fault, param",
    [
        (AUTHORIZE_PAYMENT, "comit", FAULT_HEADER),
        (AUTHORIZE_PAYMENT, "stripe_500", FAULT_HEADER),
        (LIST_PAYMENTS, "commit_then_reset", FAULT_HEADER),
        (LIST_FAULTS, "slow", FAULT_HEADER),
        (AUTHORIZE_PAYMENT, ["slow", "slow"], FAULT_HEADER),
    ],
)
def test_a_fault_that_does_not_fit_is_refused(route: Route, fault: Any, param: str) -> None:
    body = build.authorize_body() if route.body else None
    reply = send(route, headers={FAULT_HEADER: fault}, body=body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, Code.FAULT_UNKNOWN, param)


def test_the_metadata_is_named_if_it_does_not_fit() -> None:
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(metadata={FAULT_METADATA: "comit"}))
    assert (reply.code, reply.json["param"]) == (Code.FAULT_UNKNOWN, f"metadata.{FAULT_METADATA}")
    assert payments() == []


def test_a_refusal_can_be_lost_too() -> None:
    assert authorize("commit_then_reset", currency="XXX")["statusCode"] == 502
    assert authorize("commit_then_reset", currency="XXX")["statusCode"] == 400


def test_where_the_clock_is_fixed_no_faults_are_injected(told: Told) -> None:
    told(faults_table="", clock_table="")
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), headers={FAULT_HEADER: "slow"})
    assert (reply.status, reply.code) == (409, Code.FAULTS_NOT_ALLOWED)
    metadata = build.authorize_body(metadata={FAULT_METADATA: "slow"})
    assert send(AUTHORIZE_PAYMENT, body=metadata).code == Code.FAULTS_NOT_ALLOWED
    assert create("slow").code == Code.FAULTS_NOT_ALLOWED
    assert authorize()["statusCode"] == 200


# --- rules ------------------------------------------------------------------------------------------------------------


def test_a_rule_hits_what_matches_and_ends() -> None:
    made = create("commit_then_reset", match={"route": "authorize_payment", "reference": "order-1"}, count=2).json
    statuses = [authorize(key=f"key-{n}", reference="order-1")["statusCode"] for n in range(4)]
    assert statuses == [502, 502, 200, 200]
    assert authorize(key="other", reference="order-2")["statusCode"] == 200
    (rule,) = send(LIST_FAULTS).json["data"]
    assert rule.items() >= {"fault_id": made["fault_id"], "seen": 2, "fired": 2}.items()
    assert [firing["fault_id"] for firing in log()] == [made["fault_id"]] * 2


@pytest.mark.parametrize(
    "match, hit",
    [
        ({"outcome": "declined"}, "declined"),
        ({"outcome": "approved", "card_last4": "4242"}, "approved"),
        ({"card_last4": "0002"}, "declined"),
        ({"reference": "order-1"}, "both"),
    ],
)
def test_a_lost_answer_is_known_by_what_it_says(match: Any, hit: str) -> None:
    create("commit_then_reset", match=match, count=9)
    approved = authorize(key="a", reference="order-1")["statusCode"]
    declined = authorize(key="d", reference="order-1", card=build.card_details(number="4000000000000002"))["statusCode"]
    assert (approved == 502, declined == 502) == (hit in ("approved", "both"), hit in ("declined", "both"))


def test_the_order_in_stripes_metadata_is_a_reference() -> None:
    create("commit_then_reset", match={"reference": "order-1"})
    answers = [pay(key=order, **{"metadata[order]": order})["statusCode"] for order in ("order-2", "order-1")]
    assert answers == [200, 502]


@pytest.mark.full
def test_the_same_seed_hits_the_same_requests() -> None:
    def hit(seed: int) -> list[int]:
        rule = create("fail_before_commit", percent=50, seed=seed, count=100).json["fault_id"]
        numbers = [n for n in range(12) if authorize(key=f"{rule}-{n}")["statusCode"] == 503]
        send(DELETE_FAULT, path={"fault_id": rule})
        return numbers

    assert hit(7) == hit(7) != hit(8)


def test_a_rule_is_for_its_own_merchant() -> None:
    create("fail_before_commit", merchant=build.OTHER_MERCHANT, count=100)
    assert authorize()["statusCode"] == 200
    assert authorize(api_key=build.api_key(build.OTHER_MERCHANT))["statusCode"] == 503
    assert send(LIST_FAULTS).json["data"] == log() == []


@pytest.mark.full
def test_a_deleted_rule_hits_nothing() -> None:
    rule = create("fail_before_commit", count=100).json["fault_id"]
    send(DELETE_FAULT, path={"fault_id": rule})
    assert authorize()["statusCode"] == 200


def test_a_rule_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    create("fail_before_commit", count=100, ttl_s=60)
    later = runtime.wall_now() + timedelta(seconds=61)
    monkeypatch.setattr(runtime, "wall_now", lambda: later)
    assert authorize()["statusCode"] == 200
    assert send(LIST_FAULTS).json["data"] == []


def test_the_sandbox_itself_is_not_hit() -> None:
    create("fail_before_commit", count=100)
    assert send(LIST_FAULTS).status == 200
    assert sent(LIST_PAYMENTS)["statusCode"] == 503


def test_one_fault_is_injected_at_most(faults_are_read: list[int]) -> None:
    create("slow;ms=1", count=100)
    create("slow;ms=2", count=100)
    assert authorize()["headers"][APPLIED_HEADER] == "slow;ms=1"
    assert authorize("slow;ms=3", key="own")["headers"][APPLIED_HEADER] == "slow;ms=3"
    assert faults_are_read == [1, 3]


def test_concurrent_requests_are_hit_as_often_as_the_rule_says() -> None:
    create("gateway_5xx", count=5)
    with ThreadPoolExecutor(8) as pool:
        statuses = [*pool.map(lambda n: authorize(key=f"key-{n}")["statusCode"], range(24))]
    assert sorted(statuses) == [200] * 19 + [502] * 5
    assert len(payments()) == 24


def test_stripes_500_of_a_rule_is_bound_to_its_key() -> None:
    create("stripe_500")
    assert [pay(key="a")["statusCode"] for _ in range(3)] == [500, 500, 500]
    assert pay(key="b")["statusCode"] == 200
    assert len(payments()) == 2


# --- the price of it, and its own failures ----------------------------------------------------------------------------


def test_without_a_rule_nothing_is_called_for_faults(wire: Wire, demo: Merchant) -> None:
    wire.attach(runtime.dynamodb())
    with wire.record() as recorded:
        demo.authorize()
    assert SETTINGS in str(recorded)
    assert tables.INJECTED not in str(recorded)


def test_rules_of_others_take_no_call(wire: Wire, demo: Merchant) -> None:
    create("slow", merchant=build.OTHER_MERCHANT)
    wire.attach(runtime.dynamodb())
    with wire.record() as recorded:
        demo.authorize()
    assert tables.INJECTED not in str(recorded)


@pytest.mark.parametrize("trouble", [THROTTLED, FAILING], ids=str)
def test_a_fault_that_cannot_be_recorded_loses_nothing(trouble: Trouble, wire: Wire) -> None:
    """The operation is done by then, so the client gets its answer."""
    wire.attach(runtime.dynamodb())
    authorize()
    with wire.record() as recorded:
        authorize("commit_then_reset", key="recorded")
    of_faults = [place for place, call in enumerate(recorded) if "Faults" in str(call.parameters)]
    assert len(of_faults) == 2
    for failure in failures(recorded, trouble, worth=lambda _: of_faults):
        with failure.happening(wire):
            assert authorize("commit_then_reset", key=str(failure))["statusCode"] == 200


def test_a_repeated_call_counts_a_request_once(wire: Wire) -> None:
    wire.attach(runtime.dynamodb())
    authorize(key="first")
    create("gateway_5xx", count=100)
    with wire.record() as recorded:
        authorize()
    counting = [place for place, call in enumerate(recorded) if call.operation == "UpdateItem"]
    for failure in failures(recorded, ANSWER_LOST, worth=lambda _: counting):
        with failure.happening(wire):
            authorize(key=str(failure))
    assert send(LIST_FAULTS).json["data"][0]["seen"] == 1 + len(counting)


# --- what is said of it -----------------------------------------------------------------------------------------------


def test_the_log_has_what_was_done_and_what_was_injected(lines: Lines) -> None:
    authorize("commit_then_reset")
    (line,) = lines()
    assert line.items() >= {"status": 200, "outcome": "approved", "fault": "commit_then_reset"}.items()
    (firing,) = log()
    assert firing.items() >= {
        "fault": "commit_then_reset", "fault_id": None, "status": 200, "route": "authorize_payment",
        "request_id": line["request_id"], "transaction_id": line["transaction_id"],
    }.items()  # fmt: skip


def test_an_injected_failure_sets_off_no_alarm(lines: Lines) -> None:
    authorize("fail_before_commit")
    (line,) = lines()
    assert (line["status"], line["fault"], line["level"]) == (503, "fail_before_commit", "INFO")
    assert "Failed" not in line
    assert line["PaymentsFailed"] == [0.0], "rollouts count the request, and no failure"
    assert log()[0]["status"] is None


def test_who_has_faults_stands_beside_the_clock() -> None:
    create("slow", ttl_s=60)
    read = environment_item.read_environment(runtime.dynamodb(), SETTINGS)
    (until,) = read.faults_until_ms.values()
    create("slow", ttl_s=1)
    assert environment_item.read_environment(runtime.dynamodb(), SETTINGS).faults_until_ms == {build.MERCHANT: until}
    assert f"faults:{build.MERCHANT}" == FAULTS + build.MERCHANT
    assert Api.V1 is CREATE_PAYMENT_INTENT.api
