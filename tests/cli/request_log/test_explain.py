"""`paysandbox requests explain`: the reasons that a record of the log gives, and what to do."""

import json
from typing import Any

import pytest

from cli.request_log.explain import explained
from paysandbox.core.errors import Code
from paysandbox.http.faults.kinds import KINDS
from paysandbox.payments.bank.decline_codes import REASONS
from paysandbox.request_log.schemas import LoggedRequest
from tests.support.clients.program import KEY_FROM_STDIN, Ran, paysandbox
from tests.support.fakes.wire import Reply, Request, served

LOGGED: dict[str, Any] = {
    "request_id": "5f2c9d0e-0000-4000-8000-000000000001", "created_at": "2030-01-07T09:00:00.250000Z", "method": "POST",
    "route": "capture_payment", "status": 200, "outcome": "captured", "duration_ms": 12, "replayed": False,
}  # fmt: skip
REFUSED = {"status": 409, "outcome": "refused", "code": "capture_exceeds_authorized", "param": "amount",
           "detail": "2.50 USD remains."}  # fmt: skip
STRIPE_DECLINE = '{"error":{"code":"card_declined","decline_code":"lost_card"}}'
NATIVE_DECLINE = '{"status":"declined","decline":{"decline_code": "insufficient_funds"}}'
MISSING = Reply(404, {"title": "Not found", "status": 404, "code": "resource_not_found"})


def reasons(changes: dict[str, Any]) -> tuple[str, str]:
    facts = explained(LOGGED | changes)
    return " ".join(facts["reasons"]), facts["what_to_do"]


def test_the_record_is_one_of_the_contract() -> None:
    assert LoggedRequest.model_validate(LOGGED | REFUSED).status == 409


@pytest.mark.parametrize("changes, why, remedy", [
    ({}, "It succeeded: captured.", ""),
    (REFUSED, "2.50 USD remains.", "Retry: No."),
    ({"status": 400, "code": "not_a_code", "detail": "d"}, "not_a_code: d", ""),
    ({"status": 502, "detail": "The gateway."}, "The gateway.", ""),
    ({"status": 402, "code": "card_declined", "answer": STRIPE_DECLINE}, "lost_card, lost card", "Do not try"),
    ({"outcome": "declined", "answer": NATIVE_DECLINE}, "insufficient funds. It is a valid", "new idempotency"),
    ({"replayed": True}, "Nothing was done.", ""),
    ({"fault": "commit_then_reset"}, "A fault was injected: commit_then_reset.", "same idempotency key: it returns"),
    ({"fault": "fail_before_commit;status=500"}, "status=500. Nothing is done.", "Nothing was done. Send"),
    ({"fault": "slow;ms=5"}, "A fault was injected: slow;ms=5.", ""),
    ({"fault": "of_another_version"}, "of_another_version", ""),
])  # fmt: skip
def test_reasons(changes: dict[str, Any], why: str, remedy: str) -> None:
    found, what_to_do = reasons(changes)
    assert why in found
    assert remedy in what_to_do
    assert bool(remedy) is bool(what_to_do)


def test_every_code_decline_and_fault_is_explained() -> None:
    for code in Code:
        assert reasons({"status": 400, "code": str(code)})[1], code
    for reason in REASONS:
        answer = json.dumps({"decline_code": reason.decline_code})
        assert reasons({"status": 402, "answer": answer})[1], reason.decline_code
    for kind in KINDS:
        assert kind.does in reasons({"fault": kind.name})[0]


def run(answers: list[Reply], *words: str) -> tuple[Ran, list[Request]]:
    left = iter(answers)
    with served(lambda _: next(left)) as wire:
        said = paysandbox(
            "requests", "explain", "req_1", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x"
        )
    return said, wire.requests


def test_it_waits_for_the_log() -> None:
    said, requests = run([MISSING, Reply(body=LOGGED | REFUSED)], "--json")
    assert json.loads(said.stdout)["request"]["code"] == "capture_exceeds_authorized"
    assert [request.path for request in requests] == ["/requests/req_1"] * 2


def test_as_text() -> None:
    said, _ = run([Reply(body=LOGGED | REFUSED)])
    assert said.stdout.startswith("409  POST capture_payment\n")
    assert "2.50 USD remains." in said.stdout
    assert "what to do" in said.stdout


def test_what_is_not_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.request_log.explain._APPEARS_S", -1)
    said, _ = run([MISSING], "--json")
    assert said.problem["code"] == "resource_not_found"
