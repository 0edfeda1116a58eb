"""`paysandbox disputes`: requests, output, exit codes, and completion without a network."""

import json

import pytest

from api_reference.examples import EXAMPLES
from cli.disputes.disputes import _complete_field, _complete_reason, _complete_status
from paysandbox.core.errors import Code, problem
from paysandbox.disputes import schemas
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

PAGE = EXAMPLES["list_disputes"].answers["last page"]
SHOWN = EXAMPLES["get_dispute"].answers["with a draft of evidence"]
DRAFT, SUBMITTED = (EXAMPLES["submit_evidence"].answers[name] for name in ("draft", "submission"))
LOST = EXAMPLES["accept_dispute"].answers["lost"]
DU = SHOWN["dispute_id"]
AUTH = SHOWN["auth_id"]


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(words, reply):
    with served(lambda _: reply) as wire:
        said = paysandbox("disputes", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n")
    return said, wire.requests


def test_responses_match_the_contract():
    for shape, body in [(schemas.DisputeList, PAGE), (schemas.DisputeDetails, SHOWN), (schemas.EvidenceSaved, DRAFT)]:
        shape.model_validate_json(json.dumps(body))


@pytest.mark.parametrize("words, reply, method, path, query, body", [
    (["list"], PAGE, "GET", "/disputes", {"limit": "20"}, None),
    (["list", "--status", "won", "--reason", "general", "--payment", AUTH, "--since", "2026-11-20T00:00:00Z"], PAGE,
     "GET", "/disputes", {"status": "won", "reason": "general", "auth_id": AUTH,
                          "created_from": "2026-11-20T00:00:00.000000Z", "limit": "20"}, None),
    (["show", DU], SHOWN, "GET", f"/disputes/{DU}", {}, None),
    (["evidence", DU, "--field", "receipt=a=b", "--field", "customer_name="], DRAFT, "POST", f"/disputes/{DU}/evidence",
     {}, {"evidence": {"receipt": "a=b", "customer_name": ""}}),
    (["evidence", DU, "--submit"], SUBMITTED, "POST", f"/disputes/{DU}/evidence", {}, {"submit": True}),
    (["evidence", DU, "--field", "receipt=x", "--submit"], SUBMITTED, "POST", f"/disputes/{DU}/evidence", {},
     {"evidence": {"receipt": "x"}, "submit": True}),
    (["accept", DU], LOST, "POST", f"/disputes/{DU}/accept", {}, None),
])  # fmt: skip
def test_requests(words, reply, method, path, query, body):
    said, [request] = run(words, Reply(body=reply))
    assert said.exit_code == 0, said.stderr
    assert (request.method, request.path, request.query, request.body) == (method, path, query, body)
    assert ("x-idempotency-key" in request.headers) is (method == "POST")


@pytest.mark.parametrize("words, reply", [
    (["list"], PAGE), (["show", DU], SHOWN), (["evidence", DU, "--submit"], SUBMITTED), (["accept", DU], LOST),
])  # fmt: skip
def test_json_is_the_apis(words, reply):
    said, _ = run([*words, "--json"], Reply(body=reply))
    assert json.loads(said.stdout) == reply


@pytest.mark.parametrize("words, reply, shown", [
    (["list"], PAGE, ["needs_response", DU, "product_not_received", "12.50 USD"]),
    (["show", DU], SHOWN, ["needs_response", AUTH, "15.00 USD", "evidence by 2026-11-27", "shipping_carrier=UPS"]),
    (["show", DU], SHOWN | {"past_due": True}, ["that has passed"]),
    (["show", DU], SHOWN | {"evidence": {"receipt": "x" * 100}}, ["(100 characters)"]),
    (["show", DU], SHOWN | {"withdrawn": True}, ["submit evidence all the same"]),
    (["show", DU], SHOWN | {"withdrawn": True, "status": "under_review"}, ["the evidence was submitted"]),
    (["show", DU], SHOWN | {"withdrawn": True, "status": "won"}, ["by the cardholder"]),
    (["evidence", DU, "--field", "receipt=x"], DRAFT, ["Saved as a draft", "shipping_carrier"]),
    (["evidence", DU, "--submit"], SUBMITTED, ["Evidence submitted.", "under_review", DU]),
    (["accept", DU], LOST, ["lost", "accepted"]),
])  # fmt: skip
def test_text(words, reply, shown):
    said, _ = run(words, Reply(body=reply))
    assert [text for text in shown if text not in said.stdout] == []


def test_an_empty_page_says_so():
    said, _ = run(["list"], Reply(body={"data": [], "next_cursor": None}))
    assert (said.exit_code, said.stdout, said.stderr) == (0, "", "No matching disputes.\n")


def test_a_file_of_evidence(tmp_path):
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps({"receipt": "file_1", "service_date": "2026-11-20"}))
    _, [request] = run(["evidence", DU, "--file", str(file), "--field", "receipt=file_2"], Reply(body=DRAFT))
    assert request.body == {"evidence": {"receipt": "file_2", "service_date": "2026-11-20"}}


@pytest.mark.parametrize("words, text", [
    ([], None), (["--field", "receipt"], None), (["--field", "=x"], None), (["--file", "FILE"], "[]"),
    (["--file", "FILE"], "{"), (["--file", "FILE"], '{"receipt": 1}'), (["--file", "no such file"], None),
])  # fmt: skip
def test_misuse_exits_with_2(words, text, tmp_path):
    file = tmp_path / "evidence.json"
    file.write_text(text or "")
    said = paysandbox("disputes", "evidence", DU, *[str(file) if word == "FILE" else word for word in words])
    assert said.exit_code == 2


def test_a_409_exits_with_1():
    refused = problem(Code.DISPUTE_STATE_UNEXPECTED, request_id="req-1", possible={"current_status": "won"})
    said, _ = run(["accept", DU], Reply(409, refused))
    assert said.exit_code == 1
    assert "won" in said.stderr


def test_completion():
    assert _complete_field("shipping_d") == ["shipping_date=", "shipping_documentation="]
    assert _complete_status("warning_c") == ["warning_closed"]
    assert _complete_reason("frau") == ["fraudulent"]
