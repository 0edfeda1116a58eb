"""POST /sandbox/faults: a rule is created, with its defaults. What it does is tested in tests/http/handlers."""

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws import environment_item, runtime
from paysandbox.aws.environment_item import read_environment
from paysandbox.core.errors import Code
from paysandbox.fault_rules import checking
from paysandbox.fault_rules.faulted_routes import FAULTED
from paysandbox.fault_rules.routes import CREATE_FAULT, LIST_FAULTS
from paysandbox.stripe_api import routes as stripe_api
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT, api_key
from tests.support.clients.call import send
from tests.support.worlds import tables


def test_a_rule_has_defaults() -> None:
    reply = send(CREATE_FAULT, key=None, body={"fault": "slow;ms=50"})
    made = reply.json
    assert made.items() >= {
        "fault": "slow;ms=50", "count": 1, "percent": 100, "after": 0, "seen": 0, "fired": 0,
        "match": dict.fromkeys(("route", "outcome", "reference", "card_last4", "event_type", "endpoint_id")),
    }.items()  # fmt: skip
    assert made["ends_at"][:19] > made["created_at"][:19]
    assert send(LIST_FAULTS).json["data"] == [made]


def test_the_merchants_requests_look_for_rules_until_it_ends() -> None:
    send(CREATE_FAULT, key=None, body={"fault": "slow", "ttl_s": 60})
    until = read_environment(runtime.dynamodb(), tables.MERCHANTS).faults_until_ms
    assert [*until] == [MERCHANT]
    assert 50_000 < until[MERCHANT] - runtime.wall_now().timestamp() * 1_000 < 61_000


def test_the_answer_waits_until_no_execution_environment_has_what_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[tuple[int, list[str]]] = []

    def note(milliseconds: int) -> None:
        waited.append((milliseconds, [*read_environment(runtime.dynamodb(), tables.MERCHANTS).faults_until_ms]))

    monkeypatch.setattr(environment_item, "pause", note)
    send(CREATE_FAULT, key=None, body={"fault": "slow"})
    assert waited == [(250, [MERCHANT])]


def test_merchants_whose_rules_have_ended_are_forgotten() -> None:
    """The item that every function reads does not grow with all merchants that ever had a rule."""
    key, ended = {"merchant": {"S": "#clock"}}, {f":{n}": {"N": "1"} for n in range(3)}
    names = {f"#{n}": f"faults:ended-{n}" for n in range(3)}
    runtime.dynamodb().update_item(
        TableName=tables.MERCHANTS,
        Key=key,
        UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in range(3)),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=ended,
    )
    for merchant in (OTHER_MERCHANT, MERCHANT):
        send(CREATE_FAULT, key=None, body={"fault": "slow"}, api_key=api_key(merchant))
    kept = read_environment(runtime.dynamodb(), tables.MERCHANTS).faults_until_ms
    assert kept.keys() == {MERCHANT, OTHER_MERCHANT}


def test_rules_are_listed_in_their_order() -> None:
    made = [send(CREATE_FAULT, key=None, body={"fault": f"slow;ms={n}"}).json["fault_id"] for n in range(1, 4)]
    assert [rule["fault_id"] for rule in send(LIST_FAULTS).json["data"]] == made


def test_a_merchant_has_a_limited_number_of_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fault_rules.create_fault.MAX_RULES", 2)
    statuses = [send(CREATE_FAULT, key=None, body={"fault": "slow"}).status for _ in range(3)]
    assert statuses == [200, 200, 409]
    assert send(CREATE_FAULT, key=None, body={"fault": "slow"}).code == Code.FAULT_LIMIT_REACHED
    assert send(CREATE_FAULT, key=None, body={"fault": "slow"}, api_key=api_key(OTHER_MERCHANT)).status == 200
    assert checking.MAX_RULES == 100


def test_every_operation_of_a_merchant_can_be_named() -> None:
    assert {*FAULTED} == {route.name for route in ROUTES + stripe_api.ROUTES if route.takes_faults}


def test_a_repeated_request_creates_one_rule() -> None:
    first, again = (send(CREATE_FAULT, body={"fault": "slow"}, key="once") for _ in range(2))
    assert (again.text, first.replayed, again.replayed) == (first.text, False, True)
    assert len(send(LIST_FAULTS).json["data"]) == 1
    assert send(CREATE_FAULT, body={"fault": "throttle"}, key="once").code == Code.IDEMPOTENCY_KEY_REUSED
