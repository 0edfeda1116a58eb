"""POST /sandbox/simulate/{object_id}/{action}: an object does what its bank, network or cardholder would make it do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.payments.ledger.store import get_payment, put_payment
from paysandbox.payments.simulated_action import Kind
from paysandbox.payments.simulation.simulation import ACTIONS, allowed
from paysandbox.simulate.routes import SIMULATE_ACTION
from tests.simulate import simulated
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, send
from tests.support.worlds import tables

NAMES: Final = sorted({(action.kind, action.name) for action in ACTIONS})

Given = Callable[[Merchant], str]


def simulate(object_id: str, action: str, *, key: str | None = None, merchant: str = "demo", **arguments: Any) -> Reply:
    return send(
        SIMULATE_ACTION,
        path={"object_id": object_id, "action": action},
        body=arguments or None,
        key=key,
        api_key=build.api_key(merchant),
    )


def _asked(outcome: str) -> Given:
    return lambda demo: demo.asking(outcome).authorize().json["auth_id"]


def _refund(outcome: str | None = None) -> Given:
    def given(demo: Merchant) -> str:
        capture_id = demo.captured()
        return (demo.asking(outcome) if outcome else demo).refunded(capture_id, 4_00)

    return given


def _captured(demo: Merchant) -> str:
    auth_id: str = demo.payment(demo.captured()).json["auth_id"]
    return auth_id


def _disputed(**arguments: Any) -> Given:
    def given(demo: Merchant) -> str:
        dispute_id: str = simulate(_captured(demo), "dispute", **arguments).json["dispute"]["dispute_id"]
        return dispute_id

    return given


CASES: Final[list[tuple[Given, str, dict[str, Any], str]]] = [
    (_asked("pending:3600:approve"), "approve", {}, "approved"),
    (_asked("pending:3600:decline:lost_card"), "approve", {}, "approved"),
    (_asked("pending:3600:approve"), "decline", {"code": "stolen_card"}, "declined"),
    (_asked("late:60"), "approve", {}, "approved"),
    (_asked("decline:insufficient_funds"), "approve", {}, "approved"),
    (_asked("action:3ds"), "authenticate", {"result": "Y"}, "approved"),
    (_asked("action:3ds"), "authenticate", {"result": "N"}, "declined"),
    (_asked("action:3ds"), "expire", {}, "declined"),
    (_asked("approve"), "expire", {}, "expired"),
    (_asked("approve"), "reverse", {}, "reversed"),
    (_asked("approve"), "reverse", {"amount": 4_00}, "approved"),
    (_asked("approve"), "reverse", {"amount": "400"}, "approved"),
    (lambda demo: demo.captured(), "fail", {}, "approved"),
    (lambda demo: demo.captured(), "present_late", {"days": 3}, "captured"),
    (_refund("refund=pending"), "succeed", {}, "partially_refunded"),
    (_refund("refund=pending"), "fail", {"reason": "insufficient_funds"}, "captured"),
    (_refund("refund=pending"), "require_action", {}, "captured"),
    (_refund("refund=pending"), "expire", {}, "captured"),
    (_refund(), "fail", {}, "captured"),
    (_captured, "dispute", {}, "captured"),
    (_disputed(), "expire", {}, "captured"),
    (_disputed(reason="duplicate", amount="400", due_in=60), "withdraw", {}, "captured"),
    (_disputed(kind="inquiry"), "escalate", {}, "captured"),
    (_disputed(kind="inquiry"), "expire", {}, "captured"),
]


@pytest.mark.parametrize("given, action, arguments, status", CASES)
def test_the_answer_is_the_payment_as_it_is_now(
    given: Given, action: str, arguments: dict[str, Any], status: str, demo: Merchant
) -> None:
    object_id = given(demo)
    body = simulate(object_id, action, **arguments).json
    assert body["status"] == status
    assert body == demo.payment(body["auth_id"]).json
    assert body["operations"][-1]["source"] == "simulated"


@pytest.mark.parametrize("kind, status", simulated.ONE_OF_EACH_KIND)
def test_an_impossible_action_is_a_409_with_the_possible_ones(kind: Kind, status: str) -> None:
    """tests/simulate/test_table.py has every status."""
    payment, object_id = simulated.sample(kind, status)
    stored, _ = put_payment(runtime.ledger(), payment)
    names = [action.name for action in allowed(payment, object_id)]
    for of_kind, name in NAMES:
        if of_kind is kind and name not in names:
            row = next(action for action in ACTIONS if (action.kind, action.name) == (kind, name))
            reply = simulate(object_id, name, **simulated.arguments(row))
            assert (reply.status, reply.code) == (409, "simulation_not_allowed")
            assert (reply.json["current_status"], reply.json["allowed"]) == (status, names)
    assert get_payment(runtime.ledger(), payment.id) == stored


@pytest.mark.parametrize("prefix", ["auth", "pi", "ch"])
def test_a_payment_has_the_ids_of_both_apis(prefix: str, demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert simulate(auth_id.replace("auth_", f"{prefix}_"), "expire").json["auth_id"] == auth_id


@pytest.mark.parametrize("prefix", ["ref", "re"])
def test_a_refund_has_the_ids_of_both_apis(prefix: str, demo: Merchant) -> None:
    refund_id = _refund()(demo)
    assert simulate(refund_id.replace("ref_", f"{prefix}_"), "fail").json["status"] == "captured"


def test_a_dispute_is_of_one_merchants_payment(demo: Merchant) -> None:
    dispute_id = _disputed()(demo)
    assert simulate(dispute_id, "expire", merchant="globex").code == "resource_not_found"
    assert simulate(dispute_id, "expire").json["dispute"] == {"dispute_id": dispute_id, "status": "lost"}


# --- once -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, action, arguments",
    [
        (_asked("pending:3600:approve"), "decline", {"code": "stolen_card"}),
        (_asked("approve"), "reverse", {"amount": 4_00}),
        (lambda demo: demo.captured(), "present_late", {"days": 3}),
        (_refund("refund=pending"), "fail", {"reason": "insufficient_funds"}),
        (_captured, "dispute", {}),
        (_disputed(kind="inquiry"), "escalate", {}),
    ],
)
def test_a_repeated_request_gets_its_first_answer(
    given: Given, action: str, arguments: dict[str, Any], demo: Merchant
) -> None:
    object_id = given(demo)
    first = simulate(object_id, action, key="k", **arguments)
    again = simulate(object_id, action, key="k", **arguments)
    assert (first.status, first.replayed, again.replayed) == (200, False, True)
    assert again.text == first.text


def test_the_first_answer_stays_although_more_happens(demo: Merchant) -> None:
    auth_id = demo.authorized()
    first = simulate(auth_id, "reverse", key="k", amount=4_00)
    demo.captured(1_00, of=auth_id)
    assert simulate(auth_id, "reverse", key="k", amount=4_00).text == first.text


def test_a_key_is_of_one_request(demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert simulate(auth_id, "reverse", key="k", amount=4_00).status == 200
    assert simulate(auth_id, "reverse", key="k", amount=3_00).code == "idempotency_key_reused"
    assert simulate(auth_id, "expire", key="k").code == "idempotency_key_reused"


def test_a_409_does_not_consume_the_key(demo: Merchant) -> None:
    capture_id = demo.captured()
    auth_id = demo.payment(capture_id).json["auth_id"]
    assert simulate(auth_id, "expire", key="k").status == 409
    simulate(capture_id, "fail")
    assert simulate(auth_id, "expire", key="k").json["status"] == "expired"


def test_without_a_key_the_status_decides(demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert simulate(auth_id, "reverse", amount=4_00).json["released"] == 4_00
    assert simulate(auth_id, "reverse", amount=4_00).json["released"] == 8_00
    assert simulate(auth_id, "expire").json["status"] == "expired"
    assert simulate(auth_id, "expire").status == 409


@pytest.mark.parametrize(
    "given, action",
    [
        (_asked("pending:60:approve"), "approve"),
        (_asked("approve"), "expire"),
        (_refund(), "fail"),
        (_captured, "dispute"),
        (_disputed(), "expire"),
        (_disputed(), "withdraw"),
        (_disputed(kind="inquiry"), "escalate"),
    ],
)
def test_fifty_at_once_have_one_effect(given: Given, action: str, demo: Merchant) -> None:
    object_id = given(demo)
    payment_id = ids.payment_of(object_id) or ""
    before = len(demo.payment(payment_id).json["operations"])
    with ThreadPoolExecutor(50) as pool:
        replies = [*pool.map(lambda _: simulate(object_id, action), range(50))]
    assert sorted({reply.status for reply in replies}) == [200, 409]
    assert sum(reply.status == 200 for reply in replies) == 1
    assert len(demo.payment(payment_id).json["operations"]) == before + 1


@pytest.mark.full
def test_fifty_with_one_key_have_one_effect_and_one_answer(demo: Merchant) -> None:
    auth_id = demo.authorized()
    with ThreadPoolExecutor(50) as pool:
        replies = [*pool.map(lambda _: simulate(auth_id, "reverse", key="k", amount=1_00), range(50))]
    assert {(reply.status, reply.text) for reply in replies} == {(200, replies[0].text)}
    assert demo.payment(auth_id).json["released"] == 1_00


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action, arguments, code, param",
    [
        ("explode", {}, "parameter_invalid", "action"),
        ("reverse", {"amount": 0}, "parameter_invalid", "amount"),
        ("reverse", {"amount": 10_01}, "parameter_invalid", "amount"),
        ("reverse", {"currency": "USD"}, "parameter_unknown", "currency"),
        ("expire", {"amount": 1}, "parameter_unknown", "amount"),
    ],
)
def test_faults_are_named(
    action: str, arguments: dict[str, Any], code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    auth_id = demo.authorized()
    before = tables.items(ledger)
    reply = simulate(auth_id, action, **arguments)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == before


def test_another_merchants_objects_are_not_found(demo: Merchant) -> None:
    refund_id = _refund()(demo)
    payment = demo.payment(refund_id).json
    for object_id, action in ((payment["auth_id"], "fraud_warning"), (refund_id, "fail")):
        reply = simulate(object_id, action, merchant="globex")
        assert (reply.status, reply.code) == (404, "resource_not_found")
    assert demo.payment(refund_id).json == payment


@pytest.mark.full
def test_the_eleventh_dispute_is_refused(demo: Merchant) -> None:
    """Each was lost before the next, so that the payment has no open one."""
    auth_id = _captured(demo)
    for number in range(10):
        opened = simulate(auth_id, "dispute", amount=1)
        assert opened.status == 200, number
        simulate(opened.json["dispute"]["dispute_id"], "expire")
    assert simulate(auth_id, "dispute", amount=1).code == "simulation_not_allowed"


@pytest.mark.parametrize(
    "text",
    ["auth_" + "z" * 26, "x", "void_" + "a" * 36, "re_" + "a" * 36 + "c", "pi_", "du_", "du_" + "a" * 36],
)
def test_other_ids_are_not_found(text: str) -> None:
    assert simulate(text, "approve").code == "resource_not_found"


def test_an_empty_object_is_the_same_as_no_body(demo: Merchant) -> None:
    path = {"object_id": demo.authorized(), "action": "expire"}
    assert send(SIMULATE_ACTION, path=path, body={}, key=None).status == 200
