"""GET /sandbox/simulate: the table of actions, and what waits to happen."""

from typing import Any

from paysandbox.aws import runtime
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.simulation.simulation import ACTIONS
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.timer import timers_of
from paysandbox.simulate import disbursement_actions
from paysandbox.simulate.routes import LIST_SIMULATIONS, SIMULATE_ACTION
from tests.support.builders import build
from tests.support.clients.call import Merchant, send


def test_every_action_is_listed_with_its_statuses_and_parameters() -> None:
    body = send(LIST_SIMULATIONS).json
    listed = [
        (each["kind"], each["action"], each["statuses"], [one["name"] for one in each["parameters"]])
        for each in body["data"]
    ]
    expected = [
        (str(one.kind), one.name, [*one.statuses], [parameter.name for parameter in one.parameters]) for one in ACTIONS
    ] + [
        ("disbursement", one.name, [*one.statuses], [parameter.name for parameter in one.parameters])
        for one in disbursement_actions.ACTIONS
    ]
    assert sorted(listed) == sorted(expected)
    assert body["next_cursor"] is None


# --- what waits -------------------------------------------------------------------------------------------------------


def stored(*payment_ids: str) -> None:
    """Store the timers of these payments, as the stream's subscriber does."""
    for payment_id in payment_ids:
        payment = get_payment(runtime.ledger(), payment_id)
        assert payment is not None
        timers.store_timers(timer_table.table(), timers_of(payment))


def waiting(merchant: str = "demo", **query: str) -> Any:
    return send(LIST_SIMULATIONS, query={"waiting": "true", **query}, api_key=build.api_key(merchant)).json


def test_due_steps_are_listed_earliest_first(demo: Merchant) -> None:
    later, sooner = (demo.asking(f"late:{seconds}").authorize().json["auth_id"] for seconds in (3600, 60))
    stored(later, sooner)
    body = waiting()
    assert [(each["id"], each["auth_id"], each["action"]) for each in body["data"]] == [
        (sooner, sooner, "approve"),
        (later, later, "approve"),
    ]
    assert body["data"][0]["due_at"] < body["data"][1]["due_at"]
    assert body["next_cursor"] is None


def test_a_page_at_a_time(demo: Merchant) -> None:
    payments = [demo.asking(f"late:{seconds}").authorize().json["auth_id"] for seconds in (60, 120, 180)]
    stored(*payments)
    first = waiting(limit="2")
    second = waiting(limit="2", cursor=first["next_cursor"])
    assert [each["auth_id"] for each in first["data"] + second["data"]] == payments
    assert second["next_cursor"] is None


def test_due_steps_belong_to_their_merchant(demo: Merchant) -> None:
    stored(demo.asking("late:60").authorize().json["auth_id"])
    assert waiting("globex") == {"data": [], "next_cursor": None}


def test_a_refund_waits_under_its_own_id(demo: Merchant) -> None:
    capture_id = demo.captured()
    refund_id = demo.asking("refund=pending:60").refunded(capture_id, 4_00)
    stored(demo.payment(capture_id).json["auth_id"])
    assert [(each["id"], each["action"]) for each in waiting()["data"]] == [(refund_id, "succeed")]


def test_a_planned_dispute_waits_and_then_the_time_to_answer_it(demo: Merchant) -> None:
    auth_id = demo.asking("dispute=duplicate").authorize(capture_method="automatic").json["auth_id"]
    stored(auth_id)
    assert [(each["id"], each["action"], each["value"]) for each in waiting()["data"]] == [
        (auth_id, "dispute", "duplicate")
    ]
    answer = send(SIMULATE_ACTION, path={"object_id": auth_id, "action": "dispute"}, key=None).json
    stored(auth_id)
    dispute_id = answer["dispute"]["dispute_id"]
    assert [(each["id"], each["action"]) for each in waiting()["data"]] == [
        (auth_id, "dispute"),
        (dispute_id, "expire"),
    ]
