"""Simulation of disbursements: a provider or a recipient does something to one, once, and it stays."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.schema import CUSTOMERS
from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.methods import CHANGE_CODES
from paysandbox.disbursements.steps import ACTIONS, Step, possible_actions
from paysandbox.disbursements.store import disbursements_table, tables
from paysandbox.disbursements.store.items import disbursement_item
from paysandbox.simulate.routes import GET_SIMULATION, SIMULATE_ACTION
from tests.disbursements.test_steps import AFTER
from tests.support.builders import build
from tests.support.builders.disbursements import BANK_ACCOUNT, EMAIL
from tests.support.builders.disbursements_each import in_status
from tests.support.clients.call import Reply, send
from tests.support.clients.disbursement_requests import Payer, books
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    CONNECTION_GONE,
    EVERY_ANSWER_LOST,
    KILLED_AFTER,
    KILLED_BEFORE,
    failures,
)

NAMES: Final = [*map(str, ACTIONS)]


def simulate(object_id: str, action: str, *, key: str | None = None, merchant: str = "demo", **body: Any) -> Reply:
    return send(
        SIMULATE_ACTION,
        path={"object_id": object_id, "action": action},
        body=body or None,
        key=key,
        api_key=build.api_key(merchant),
    )


def shown(object_id: str, merchant: str = "demo") -> Reply:
    return send(GET_SIMULATION, path={"object_id": object_id}, api_key=build.api_key(merchant))


def put(one: Disbursement) -> Disbursement:
    """Store a disbursement as it is, without funds: for steps that take no money back."""
    table = tables.disbursements()
    table.client.put_item(TableName=table.table, Item=disbursement_item(one))
    return one


def stored(one: Disbursement) -> Disbursement:
    found = disbursements_table.find(tables.disbursements(), one.merchant, one.customer_id, one.id)
    assert found is not None
    return found


@pytest.fixture
def payer() -> Payer:
    """Return the merchant `demo`, with 100 dollars and a customer."""
    return Payer().ready()


# --- what can happen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.PENDING, Status.UNCLAIMED, Status.PAID])
def test_actions_in_a_status(status: Status) -> None:
    one = put(in_status(status))
    body = shown(one.id).json
    assert (body["id"], body["kind"], body["status"], body["objects"]) == (one.id, "disbursement", status, [])
    assert "auth_id" not in body
    assert [each["action"] for each in body["actions"]] == [*map(str, possible_actions(one))]
    assert all(each["description"] for each in body["actions"])


def test_due_steps_and_times(payer: Payer) -> None:
    """An unclaimed one returns after 30 days, and a stalled one requires attention."""
    payment_id = payer.accepted()
    assert shown(payment_id).json["due"] == []
    unclaimed = simulate(payment_id, "unclaim").json
    (due,) = shown(payment_id).json["due"]
    assert (due["id"], due["action"]) == (payment_id, "return")
    assert due["due_at"][:10] > unclaimed["trail"][-1]["at"][:10]
    simulate(payment_id, "stall")
    assert [each | {"action": "return"} for each in shown(payment_id).json["due"]] == [due]
    assert shown(payment_id).json["due"][0]["action"] == "give_up"


@pytest.mark.parametrize("status", Status)
def test_every_action_in_every_status_happens_or_is_a_409(status: Status, payer: Payer) -> None:
    for number, name in enumerate(NAMES, 1):
        one = put(in_status(status, number))
        reply = simulate(one.id, name)
        if name in AFTER[status]:
            assert (reply.status, reply.json["status"]) == (200, AFTER[status][name]), name
            assert reply.json["trail"][-1]["source"] == "simulated"
        else:
            assert (reply.status, reply.code) == (409, "simulation_not_allowed"), name
            allowed = [*map(str, possible_actions(one))]
            assert (reply.json["current_status"], reply.json["allowed"]) == (status, allowed)
            assert stored(one) == one


PROGRAMS: Final[Mapping[str, tuple[str, int]]] = {
    "pay": ("paid", 87_50),
    "fail": ("failed", 100_00),
    "unclaim claim": ("paid", 87_50),
    "unclaim return": ("returned", 100_00),
    "hold release pay": ("paid", 87_50),
    "hold block return": ("returned", 100_00),
    "pay reverse": ("returned", 100_00),
    "stall pay": ("paid", 87_50),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_answer_is_the_disbursement_as_it_is_now_and_money_follows(program: str, payer: Payer) -> None:
    payment_id = payer.accepted()
    answers = [simulate(payment_id, action) for action in program.split()]
    assert answers[-1].text == payer.payment(payment_id).text
    assert (answers[-1].json["status"], payer.funds()["USD"]) == PROGRAMS[program]
    assert {entry["source"] for entry in answers[-1].json["trail"][1:]} == {"simulated"}
    books()


@pytest.mark.parametrize("action", ["fail", "return"])
def test_a_failure_has_the_providers_code(action: str, payer: Payer) -> None:
    payment_id = payer.accepted()
    body = simulate(payment_id, action, code="R01").json
    assert (body["code"], body["trail"][-1]["code"]) == ("R01", "R01")


@pytest.mark.parametrize(
    "steps, status, code",
    [
        ([("pay", {})], "paid", None),
        ([("fail", {"code": "ACCOUNT_CLOSED"})], "failed", "ACCOUNT_CLOSED"),
        ([("pay", {}), ("return", {"code": "NO_ACCOUNT"})], "returned", "NO_ACCOUNT"),
    ],
)
def test_a_disbursement_by_stripe(
    steps: list[tuple[str, dict[str, str]]], status: str, code: str | None, payer: Payer
) -> None:
    payer.create_customer("by-stripe", stripe_account="acct_1")
    payment_id = payer.pay(customer_id="by-stripe", payment_method="stripe").json["payment_id"]
    body = [simulate(payment_id, action, **arguments).json for action, arguments in steps][-1]
    assert (body["status"], body.get("code")) == (status, code)
    books()


def by_ach(payer: Payer, number: str = "000123456789") -> str:
    """Return the ID of a paid disbursement to a customer's bank account."""
    payer.create_customer("by-ach", bank_account=BANK_ACCOUNT | {"account_number": number})
    payment_id = payer.pay(customer_id="by-ach", payment_method="ach").json["payment_id"]
    assert simulate(payment_id, "pay").status == 200
    return payment_id


@pytest.mark.parametrize("code", [None, *CHANGE_CODES])
def test_a_correction_is_also_made_to_the_customers_bank_account(code: str | None, payer: Payer) -> None:
    """The disbursement stays paid, and so do the funds. A repeated request corrects once."""
    payment_id = by_ach(payer)
    before = payer.customer("by-ach").json["bank_account"]
    arguments = {} if code is None else {"code": code}
    first = simulate(payment_id, "correct", key="k", **arguments)
    assert (first.status, first.json["status"], first.json["correction_code"]) == (200, "paid", code or "C01")
    after = payer.customer("by-ach").json["bank_account"]
    assert (after == before) is (code in (None, "C01"))  # it has the bank's own account number already
    again = simulate(payment_id, "correct", key="k", **arguments)
    assert (again.text, again.replayed) == (first.text, True)
    assert payer.customer("by-ach").json["bank_account"] == after
    assert payer.funds()["USD"] == 87_50
    books()


def test_a_correction_needs_these_rights_on_customers(payer: Payer, wire: Wire) -> None:
    payment_id = by_ach(payer)
    with wire.record() as sent:
        assert simulate(payment_id, "correct", code="C03").status == 200
    customers = [call.operation for call in sent if call.parameters.get("TableName", "").endswith(CUSTOMERS)]
    granted = {
        action for grant in SIMULATE_ACTION.grants if grant.resource.name == CUSTOMERS for action in grant.actions
    }
    assert {*customers} == granted


def test_a_corrected_disbursement_can_still_be_returned(payer: Payer) -> None:
    payment_id = by_ach(payer)
    simulate(payment_id, "correct", code="C03")
    returned = simulate(payment_id, "return", code="R03").json
    assert (returned["status"], returned["code"], returned["correction_code"]) == ("returned", "R03", "C03")
    assert payer.funds()["USD"] == 100_00
    assert simulate(payment_id, "correct").code == "simulation_not_allowed"
    books()


def test_a_correction_leaves_another_account_as_it_is(payer: Payer) -> None:
    payment_id = by_ach(payer)
    payer.update_customer("by-ach", email=EMAIL, bank_account=BANK_ACCOUNT | {"account_number": "000111111116"})
    before = payer.customer("by-ach").json
    assert simulate(payment_id, "correct", code="C02").status == 200
    assert payer.customer("by-ach").json == before


@pytest.mark.parametrize(
    "action, code, status, refusal",
    [
        ("return", "R01", 400, "parameter_invalid"),
        ("return", "COMPLIANCE", 400, "parameter_invalid"),
        ("correct", "C08", 400, "parameter_invalid"),
        ("correct", "R03", 400, "parameter_invalid"),
        ("correct", "c01", 400, "parameter_invalid"),
        ("fail", "R03", 409, "simulation_not_allowed"),
    ],
)
def test_codes_that_no_bank_answers_a_credit_with(
    action: str, code: str, status: int, refusal: str, payer: Payer
) -> None:
    payment_id = by_ach(payer)
    before = payer.payment(payment_id, "by-ach").text
    reply = simulate(payment_id, action, code=code)
    assert (reply.status, reply.code) == (status, refusal)
    assert payer.payment(payment_id, "by-ach").text == before


def test_only_ach_has_corrections(payer: Payer) -> None:
    payment_id = payer.accepted()
    simulate(payment_id, "pay")
    reply = simulate(payment_id, "correct")
    assert (reply.status, reply.json["allowed"]) == (409, ["return", "reverse"])
    assert "correct" in [each["action"] for each in shown(by_ach(payer)).json["actions"]]


# --- once -------------------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("action", ["pay", "fail", "unclaim", "hold", "block", "return", "stall"])
def test_fifty_at_once_have_one_effect(action: str, payer: Payer) -> None:
    payment_id = payer.accepted()
    with ThreadPoolExecutor(50) as pool:
        replies = [*pool.map(lambda _: simulate(payment_id, action), range(50))]
    assert sorted(reply.status for reply in replies) == [200] + [409] * 49
    assert len(payer.payment(payment_id).json["trail"]) == 2
    books()


@pytest.mark.full
def test_fifty_with_one_key_have_one_effect_and_one_answer(payer: Payer, wire: Wire) -> None:
    wire.attach(runtime.dynamodb())
    payment_id = payer.accepted()
    # They meet at each write, so the request that binds the key is not the one that records the step.
    with wire.meeting(50, "PutItem", "TransactWriteItems"), ThreadPoolExecutor(50) as pool:
        replies = [*pool.map(lambda _: simulate(payment_id, "fail", key="k", code="R01"), range(50))]
    assert {(reply.status, reply.text) for reply in replies} == {(200, replies[0].text)}
    assert sum(not reply.replayed for reply in replies) == 1
    assert books()["USD"] == (100_00, 100_00, 0)


def test_a_repeated_request_does_it_once_and_shows_the_disbursement_as_it_is_now(payer: Payer) -> None:
    payment_id = payer.accepted()
    first = simulate(payment_id, "hold", key="k")
    assert simulate(payment_id, "hold", key="k").text == first.text
    simulate(payment_id, "release")
    again = simulate(payment_id, "hold", key="k")
    assert (again.json["status"], again.replayed, len(again.json["trail"])) == ("processing", True, 3)


def test_a_key_is_of_one_request(payer: Payer) -> None:
    payment_id = payer.accepted()
    assert simulate(payment_id, "fail", key="k", code="R01").status == 200
    assert simulate(payment_id, "fail", key="k", code="R02").code == "idempotency_key_reused"
    assert simulate(payer.accepted(), "fail", key="k", code="R01").code == "idempotency_key_reused"


def test_a_409_does_not_consume_the_key(payer: Payer) -> None:
    payment_id = payer.accepted()
    assert simulate(payment_id, "release", key="k").status == 409
    simulate(payment_id, "hold")
    assert simulate(payment_id, "release", key="k").json["status"] == "processing"


@pytest.mark.full
@pytest.mark.parametrize("action", ["pay", "fail"])
def test_a_failure_at_any_call_and_a_retry_with_the_same_key(action: str, payer: Payer, wire: Wire) -> None:
    wire.attach(runtime.dynamodb())
    # A retry finds the ID in the index.
    with wire.record() as recorded:
        simulate(payer.accepted(), action, key="recorded")
    calls = failures(recorded, CONNECTION_GONE, ANSWER_LOST, EVERY_ANSWER_LOST, KILLED_BEFORE, KILLED_AFTER)
    for number, failure in enumerate(calls):
        payer.fund(20_00)
        payment_id = payer.accepted()
        with failure.happening(wire), suppress(Killed):
            simulate(payment_id, action, key=f"k{number}")
        reply = simulate(payment_id, action, key=f"k{number}")
        assert reply.status == 200, str(failure)
        assert [entry["source"] for entry in reply.json["trail"]] == ["api", "simulated"]
        books()


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action, arguments, code, param",
    [
        ("explode", {}, "parameter_invalid", "action"),
        ("send", {}, "parameter_invalid", "action"),
        ("give_up", {}, "parameter_invalid", "action"),
        ("cancel", {}, "parameter_invalid", "action"),
        ("%20", {}, "parameter_invalid", "action"),
        ("pay", {"code": "R01"}, "parameter_unknown", "code"),
        ("fail", {"amount": 1}, "parameter_unknown", "amount"),
        ("fail", {"code": ""}, "parameter_invalid", "code"),
        ("fail", {"code": "r01"}, "parameter_invalid", "code"),
        ("fail", {"code": "A" * 41}, "parameter_invalid", "code"),
        ("fail", {"code": "R01\n"}, "parameter_invalid", "code"),
        ("return", {"code": "Ä"}, "parameter_invalid", "code"),
        ("return", {"code": 1}, "parameter_invalid", "code"),
        ("return", {"code": None}, "parameter_invalid", "code"),
    ],
)
def test_faults_are_named(action: str, arguments: dict[str, Any], code: str, param: str) -> None:
    one = put(in_status(Status.PROCESSING))
    reply = simulate(one.id, action, **arguments)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert stored(one) == one


@pytest.mark.parametrize("text", ["20261116T093000.000000Z-aaaaaaaaaa", "20261116T093000.000000Z", "dsb_" + "a" * 26])
def test_other_ids_are_not_found(text: str) -> None:
    put(in_status(Status.PROCESSING))
    assert [reply.code for reply in (shown(text), simulate(text, "pay"))] == ["resource_not_found"] * 2


def test_another_merchants_disbursements_are_not_found() -> None:
    one = put(in_status(Status.PROCESSING))
    assert shown(one.id, "globex").code == "resource_not_found"
    assert simulate(one.id, "pay", merchant="globex").code == "resource_not_found"
    assert stored(one) == one


@pytest.mark.parametrize(
    "status, detail",
    [
        (Status.HELD, "The disbursement is held. Possible actions: pay, fail, unclaim, release, block, return."),
        (Status.REQUIRES_ATTENTION, "The disbursement requires attention. Possible actions: pay, fail, return."),
        (Status.FAILED, "The disbursement has failed. Nothing can be simulated."),
    ],
)
def test_an_impossible_action_is_refused_with_the_possible_ones(status: Status, detail: str) -> None:
    reply = simulate(put(in_status(status)).id, "claim")
    assert (reply.status, reply.code, reply.json["detail"]) == (409, "simulation_not_allowed", detail)


def test_every_action_is_named_where_an_unknown_one_is_refused() -> None:
    detail = simulate(put(in_status(Status.PAID)).id, "explode").json["detail"]
    assert [name for name in NAMES if name not in detail] == []
    assert Step.SEND not in detail.split()
