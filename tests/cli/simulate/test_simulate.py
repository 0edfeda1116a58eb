"""`paysandbox simulate` and `settings`: requests, output, exit codes, and completion without a network."""

import json

import pytest
from typer import Context

from cli.main import whole_program
from cli.simulate.action_argument import complete_action, complete_argument
from paysandbox.core.errors import Code, problem
from paysandbox.payments.simulated_action import Kind
from paysandbox.payments.simulation.simulation import ACTIONS
from paysandbox.simulate import disbursement_actions, schemas
from tests.cli.disbursements.test_disbursements import FAILED, ID as DISBURSEMENT
from tests.cli.payments.test_pay import AUTH, CAP, SHOWN
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

REF = "ref_mzxw6ytboi2gk3tbnzswc3lqnmaaaaaaaaab"
DUE = {"id": AUTH, "auth_id": AUTH, "action": "approve", "due_at": "2030-01-07T10:00:00.000000Z"}
LATER = {"id": REF, "auth_id": AUTH, "action": "fail", "value": "declined", "due_at": "2030-01-08T09:00:00.000000Z"}
CODE = {"name": "code", "type": "string", "description": "A decline code.", "required": True, "choices": ["lost_card"]}
SIMULATION = {
    "id": AUTH, "kind": "payment", "status": "processing", "auth_id": AUTH, "due": [DUE],
    "actions": [
        {"action": "approve", "description": "The bank approves.", "parameters": []},
        {"action": "decline", "description": "The bank declines.", "parameters": [CODE]},
    ],
    "objects": [{"id": CAP, "kind": "capture", "status": "captured", "actions": ["fail", "present_late"]}],
}  # fmt: skip
OVER = {"id": REF, "kind": "refund", "status": "canceled", "auth_id": AUTH, "due": [], "actions": [], "objects": []}
OF_DISBURSEMENT = {
    "id": DISBURSEMENT, "kind": "disbursement", "status": "unclaimed", "objects": [],
    "due": [{"id": DISBURSEMENT, "action": "return", "due_at": "2030-01-07T10:00:00.000000Z"}],
    "actions": [{"action": "claim", "description": "The recipient opens an account.", "parameters": []}],
}  # fmt: skip
WAITING = {"data": [DUE, LATER], "next_cursor": "next"}
SETTINGS = {"merchant": "demo", "simulation": "manual", "payout_destination": "balance"}


@pytest.mark.parametrize("shape, body", [
    (schemas.Simulation, SIMULATION), (schemas.Simulation, OVER), (schemas.Simulation, OF_DISBURSEMENT),
    (schemas.SimulationList, WAITING),
    (schemas.SettingsBody, SETTINGS),
])  # fmt: skip
def test_responses_match_the_contract(shape, body):
    shape.model_validate_json(json.dumps(body))


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(words, reply):
    with served(lambda _: reply) as wire:
        said = paysandbox(*words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n")
    return said, wire.requests


@pytest.mark.parametrize("words, reply, method, path, query, body", [
    ([AUTH], SIMULATION, "GET", f"/sandbox/simulate/{AUTH}", {}, None),
    (["pi_x"], SIMULATION, "GET", "/sandbox/simulate/pi_x", {}, None),
    ([AUTH, "approve"], SHOWN, "POST", f"/sandbox/simulate/{AUTH}/approve", {}, None),
    ([DISBURSEMENT, "fail", "code=X"], FAILED, "POST", f"/sandbox/simulate/{DISBURSEMENT}/fail", {}, {"code": "X"}),
    ([AUTH, "decline", "code=lost_card"], SHOWN, "POST", f"/sandbox/simulate/{AUTH}/decline", {},
     {"code": "lost_card"}),
    ([AUTH, "dispute", "reason=duplicate", "amount=400", "kind=inquiry", "due_in=60"], SHOWN, "POST",
     f"/sandbox/simulate/{AUTH}/dispute", {},
     {"reason": "duplicate", "amount": "400", "kind": "inquiry", "due_in": "60"}),
    (["du_x", "withdraw"], SHOWN, "POST", "/sandbox/simulate/du_x/withdraw", {}, None),
    ([AUTH, "reverse", "amount=400"], SHOWN, "POST", f"/sandbox/simulate/{AUTH}/reverse", {}, {"amount": "400"}),
    ([AUTH, "x", "a=b=c"], SHOWN, "POST", f"/sandbox/simulate/{AUTH}/x", {}, {"a": "b=c"}),
    (["--waiting", "--limit", "2", "--cursor", "c"], WAITING, "GET", "/sandbox/simulate",
     {"waiting": "true", "limit": "2", "cursor": "c"}, None),
])  # fmt: skip
def test_requests(words, reply, method, path, query, body):
    said, [request] = run(["simulate", *words], Reply(body=reply))
    assert said.exit_code == 0, said.stderr
    assert (request.method, request.path, request.query, request.body) == (method, path, query, body)
    assert ("x-idempotency-key" in request.headers) is (method == "POST")


@pytest.mark.parametrize(
    "words, reply", [([AUTH], SIMULATION), ([AUTH, "approve"], SHOWN), (["--waiting", "--limit", "2"], WAITING)]
)
def test_json_is_the_apis(words, reply):
    said, _ = run(["simulate", *words, "--json"], Reply(body=reply))
    assert json.loads(said.stdout) == reply


@pytest.mark.parametrize("words, reply, shown", [
    ([AUTH], SIMULATION, ["processing", AUTH, "approve", "The bank declines.", "code=", "2030-01-07 10:00:00", CAP,
                          "fail, present_late"]),
    ([REF], OVER, ["canceled", REF, AUTH, "Nothing can be simulated now."]),
    ([AUTH, "approve"], SHOWN, ["partially_captured", AUTH]),
    ([DISBURSEMENT], OF_DISBURSEMENT,
     ["unclaimed  disbursement", DISBURSEMENT, "claim", "return", "2030-01-07 10:00:00"]),
    ([DISBURSEMENT, "fail"], FAILED, ["failed", DISBURSEMENT, "RECEIVER_UNREGISTERED"]),
    (["--waiting", "--limit", "2"], WAITING, ["2030-01-07 10:00:00", "2030-01-08 09:00:00", "declined", REF]),
    (["--waiting"], {"data": [], "next_cursor": None}, []),
])  # fmt: skip
def test_text(words, reply, shown):
    said, _ = run(["simulate", *words], Reply(body=reply))
    assert [text for text in shown if text not in said.stdout] == []


def test_a_409_lists_the_possible_actions():
    possible = {"current_status": "captured", "allowed": ["fraud_warning", "expire"]}
    refused = problem(Code.SIMULATION_NOT_ALLOWED, request_id="req-1", instance="/sandbox/simulate", possible=possible)
    said, _ = run(["simulate", AUTH, "approve"], Reply(409, refused))
    assert said.exit_code == 1
    assert "captured" in said.stderr
    assert "fraud_warning, expire" in said.stderr


@pytest.mark.parametrize("words", [
    ["simulate", AUTH, "decline", "lost_card"], ["simulate", AUTH, "decline", "=x"],
    ["simulate", AUTH, "decline", "code=a", "code=b"], ["simulate", AUTH, "--waiting"],
    ["settings", "--simulation", "sometimes"],
])  # fmt: skip
def test_misuse_sends_nothing(words):
    said, requests = run(words, Reply(500))
    assert (said.exit_code, requests) == (2, [])


def test_all_actions_need_no_sandbox():
    listed = json.loads(paysandbox("simulate", "--json").stdout)
    schemas.SimulationList.model_validate_json(json.dumps(listed))
    of_disbursements = {("disbursement", action.name) for action in disbursement_actions.ACTIONS}
    assert {(each["kind"], each["action"]) for each in listed["data"]} == {
        *((action.kind, action.name) for action in ACTIONS),
        *of_disbursements,
    }
    text = paysandbox("simulate").stdout
    assert [action.name for action in ACTIONS if action.name not in text] == []


@pytest.mark.parametrize("words, method, body", [
    ([], "GET", None),
    (["--simulation", "manual"], "PATCH", {"simulation": "manual"}),
    (["--simulation", "automatic"], "PATCH", {"simulation": "automatic"}),
    (["--payout-destination", "balance"], "PATCH", {"payout_destination": "balance"}),
    (["--payout-destination", "bank", "--simulation", "manual"],
     "PATCH", {"simulation": "manual", "payout_destination": "bank"}),
])  # fmt: skip
def test_settings(words, method, body):
    said, [request] = run(["settings", *words], Reply(body=SETTINGS))
    assert said.exit_code == 0, said.stderr
    assert (request.method, request.path, request.body) == (method, "/sandbox/settings", body)
    assert [line.split() for line in said.stdout.splitlines()] == [
        ["merchant", "demo"], ["simulation", "manual"], ["payouts", "to", "balance"]]  # fmt: skip


# --- completion -------------------------------------------------------------------------------------------------------


def typed(object_id, action=None, *arguments):
    context = Context(whole_program())
    context.params = {"object_id": object_id, "action": action, "arguments": arguments}
    return context


@pytest.mark.parametrize("object_id, kind", [
    (AUTH, Kind.PAYMENT), ("pi_x", Kind.PAYMENT), ("ch_x", Kind.PAYMENT), (CAP, Kind.CAPTURE), (REF, Kind.REFUND),
    ("re_x", Kind.REFUND), ("du_x", Kind.DISPUTE),
])  # fmt: skip
def test_actions_are_completed_by_the_kind_of_object(object_id, kind):
    offered = [name for name, _ in complete_action(typed(object_id), "")]
    assert offered == [action.name for action in ACTIONS if action.kind is kind]


def test_actions_of_a_disbursement_are_completed():
    offered = [name for name, _ in complete_action(typed(DISBURSEMENT), "")]
    assert offered == [*dict.fromkeys(action.name for action in disbursement_actions.ACTIONS)]
    assert complete_argument(typed(DISBURSEMENT, "fail"), "") == ["code="]
    assert complete_argument(typed(DISBURSEMENT, "correct"), "code=")[:2] == ["code=C01", "code=C02"]


def test_parameters_are_completed(subtests: pytest.Subtests) -> None:
    for action in ACTIONS:
        with subtests.test(str(f"{action.kind} {action.name}")):
            prefix = {Kind.PAYMENT: AUTH, Kind.CAPTURE: CAP, Kind.REFUND: REF, Kind.DISPUTE: "du_x"}[action.kind]
            context = typed(prefix, action.name)
            assert complete_argument(context, "") == [f"{parameter.name}=" for parameter in action.parameters]
            for parameter in action.parameters:
                start = f"{parameter.name}="
                expected = [f"{start}{choice}" for choice in parameter.choices] or [start]
                assert complete_argument(context, start) == expected
                assert complete_argument(typed(prefix, action.name, f"{start}x"), start) == []
