"""`paysandbox faults`: the rule that is sent, and how rules and the log are shown."""

import json

import pytest

from paysandbox.fault_rules.schemas import FaultLog, FaultRule
from paysandbox.http.faults.kinds import KINDS
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

RULE = {
    "fault_id": "flt_1", "fault": "commit_then_reset", "count": 2, "percent": 100, "seed": 7, "after": 0,
    "match": {"route": "capture_payment", "outcome": None, "reference": "order-1", "card_last4": None,
              "event_type": None, "endpoint_id": None},
    "seen": 1, "fired": 1, "created_at": "2030-01-07T09:00:00.250000Z", "ends_at": "2030-01-07T09:10:00.250000Z",
}  # fmt: skip
FIRING = {
    "at": "2030-01-07T09:00:00.250000Z", "request_id": "r-1", "route": "capture_payment", "fault": "commit_then_reset",
    "fault_id": "flt_1", "status": 200, "transaction_id": "cap_1",
}  # fmt: skip


def run(words, body, status=200):
    with served(lambda _: Reply(status, body=body)) as wire:
        said = paysandbox("faults", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x")
    return said, wire.requests


def shown(said):
    return [line.split() for line in said.stdout.splitlines()]


def test_the_responses_match_the_contract():
    assert FaultRule.model_validate(RULE).model_dump(mode="json") == RULE
    assert FaultLog.model_validate({"data": [FIRING]}).model_dump(mode="json") == {"data": [FIRING]}


def test_a_rule_has_what_was_given():
    words = ["add", "slow;ms=5", "--route", "capture_payment", "--card", "4242", "--count", "9", "--seed", "7"]
    _, [request] = run([*words, "--after", "1", "--percent", "50", "--ttl", "1h"], RULE)
    assert (request.method, request.path) == ("POST", "/sandbox/faults")
    assert request.body == {
        "fault": "slow;ms=5", "match": {"route": "capture_payment", "card_last4": "4242"}, "count": 9, "seed": 7,
        "after": 1, "percent": 50, "ttl_s": 3_600,
    }  # fmt: skip


def test_a_rule_without_options_hits_one_request_of_the_next_ten_minutes():
    _, [request] = run(["add", "throttle"], RULE)
    assert request.body == {"fault": "throttle", "count": 1, "after": 0, "percent": 100, "ttl_s": 600}


def test_a_duration_is_checked_before_anything_is_sent():
    said = paysandbox("faults", "add", "slow", "--ttl", "soon")
    assert said.exit_code == 2
    assert "is not a duration" in said.stderr


@pytest.mark.parametrize("words, body", [(["add", "commit_then_reset"], RULE), (["list"], {"data": [RULE]})])
def test_rules_are_shown(words, body):
    assert shown(run(words, body)[0]) == [
        ["ID", "FAULT", "FOR", "HIT", "ENDS", "(UTC)"],
        ["flt_1", "commit_then_reset", "route=capture_payment", "reference=order-1", "1", "of", "2",
         "2030-01-07", "09:10:00"],
    ]  # fmt: skip
    assert json.loads(run([*words, "--json"], body)[0].stdout) == body


def test_a_rule_is_removed():
    said, [request] = run(["remove", "flt_1"], {"fault_id": "flt_1", "deleted": True})
    assert (request.method, request.path, said.stdout) == ("DELETE", "/sandbox/faults/flt_1", "Removed flt_1.\n")


def test_the_log_is_shown():
    handled, refused = FIRING, FIRING | {"status": None, "transaction_id": None, "fault": "throttle"}
    assert shown(run(["log"], {"data": [handled, refused]})[0])[1:] == [
        ["2030-01-07", "09:00:00", "commit_then_reset", "capture_payment", "200", "cap_1", "r-1"],
        ["2030-01-07", "09:00:00", "throttle", "capture_payment", "not", "handled", "r-1"],
    ]


@pytest.mark.parametrize("words, said", [("list", "No rules."), ("log", "No faults were injected")])
def test_what_is_empty_says_so(words, said):
    assert run([words], {"data": []})[0].stderr.startswith(said)


def test_every_kind_is_shown():
    rows = shown(paysandbox("faults", "kinds"))
    assert [row[0] for row in rows[1:]] == [kind.name for kind in KINDS]


def test_the_kinds_are_data_too():
    kinds = json.loads(paysandbox("faults", "kinds", "--json").stdout)
    (throttle,) = (kind for kind in kinds if kind["fault"] == "throttle")
    assert (throttle["moment"], throttle["parameters"]) == ("before", {"retry_after": "0 to 60"})


def test_a_refusal_says_what_is_known():
    problem = {
        "type": "about:blank", "title": "The fault is not supported", "status": 400, "code": "fault_unknown",
        "detail": "Did you mean commit_then_reset?", "param": "fault", "retryable": False,
    }  # fmt: skip
    said, _ = run(["add", "comit"], problem, 400)
    assert said.exit_code == 1
    assert "Did you mean commit_then_reset?" in said.stderr
