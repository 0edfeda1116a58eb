"""`Prefer: wait=N`: a request waits for the provider's result, as long as a slot is free."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.disbursements.routes import CREATE_DISBURSEMENT, GATEWAY_TIMEOUT_S
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.store.waiting_slots import MAX_TRIES, Slot, free_slot, slots_to_try, take_slot
from paysandbox.funds.store import FundsTable
from paysandbox.funds.tables import funds
from paysandbox.http.prefer import MAX_WAIT_S
from tests.support.clients.call import Reply
from tests.support.clients.disbursement_requests import FUNDS, Payer, books, step, stored
from tests.support.tools.waiting import until
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Wire, refused_with
from tests.support.worlds.handlers import Lines, Told

APPLIED = "Preference-Applied"
SECOND = timedelta(seconds=1)


@pytest.fixture
def waiting(payer: Payer) -> Callable[..., Reply]:
    """Return a function that pays with `Prefer: wait=…`, and takes steps as soon as the disbursement is accepted."""

    def pay(wait: str, *steps: Step, key: str | None = None) -> Reply:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(payer.pay, wait=wait, key=key)
            [one] = until(stored, "the disbursement")
            step(one.id, *steps)
            return asked.result()

    return pay


@pytest.mark.parametrize(
    "steps, status",
    [
        ((Step.SEND, Step.PAY), "paid"),
        ((Step.SEND, Step.FAIL), "failed"),
        ((Step.SEND, Step.UNCLAIM), "unclaimed"),
        ((Step.SEND, Step.HOLD), "held"),
    ],
)
def test_the_answer_comes_with_the_result(
    payer: Payer, waiting: Callable[..., Reply], steps: tuple[Step, ...], status: str
) -> None:
    payer.ready()
    reply = waiting("wait=20", *steps)
    assert (reply.status, reply.json["status"], reply.headers[APPLIED]) == (202, status, "wait=20")


@pytest.mark.full
def test_no_result_in_time(payer: Payer, waiting: Callable[..., Reply]) -> None:
    payer.ready()
    reply = waiting("wait=1", Step.SEND)
    assert (reply.status, reply.json["status"], reply.headers[APPLIED]) == (202, "processing", "wait=1")


@pytest.mark.parametrize("wait", [None, "wait=0", "wait=soon", "respond-async", "return=minimal"])
def test_without_a_preference_to_wait(payer: Payer, wait: str | None) -> None:
    reply = payer.ready().pay(wait=wait)
    assert (reply.status, reply.json["status"], APPLIED in reply.headers) == (202, "pending", False)
    assert "#waiting" not in str(table_snapshot.items_of(FUNDS))


def test_a_replay_waits_too(payer: Payer, waiting: Callable[..., Reply]) -> None:
    payer.ready().pay(key="k")
    reply = waiting("wait=20", Step.SEND, Step.PAY, key="k")
    assert (reply.replayed, reply.json["status"], reply.headers[APPLIED]) == (True, "paid", "wait=20")
    again = payer.pay(key="k", wait="wait=20")
    assert (again.text, again.headers[APPLIED]) == (reply.text, "wait=20")


def test_a_refusal_does_not_wait(payer: Payer) -> None:
    payer.create_customer()
    reply = payer.pay(wait="wait=20")
    assert (reply.status, APPLIED in reply.headers) == (402, False)


@pytest.mark.full
def test_without_a_free_slot_the_answer_comes_at_once(payer: Payer, told: Told) -> None:
    told(waiting_requests_max=2)
    payer.ready()
    taken = [take(f"other-{number}") for number in range(2)]
    reply = payer.pay(wait="wait=20")
    assert (reply.status, reply.json["status"], APPLIED in reply.headers) == (202, "pending", False)
    assert taken[1] is not None
    free_slot(funds(), taken[1])
    assert payer.pay(wait="wait=1").headers[APPLIED] == "wait=1"
    assert take("next") is not None  # whoever waited has freed its slot


def test_no_slots_at_all(payer: Payer, told: Told) -> None:
    told(waiting_requests_max=0)
    assert APPLIED not in payer.ready().pay(wait="wait=20").headers


@pytest.mark.parametrize(
    "operation, applied", [("UpdateItem", False), ("GetItem", True)], ids=["the slot", "the reads"]
)
def test_aws_fails_while_waiting(payer: Payer, wire: Wire, lines: Lines, operation: str, applied: bool) -> None:
    """The disbursement is accepted, and the caller has no key: an error would invite a second payment."""
    payer.ready()
    accepted: list[bool] = []

    def is_later(call: object) -> bool:
        accepted.extend([True] * (getattr(call, "operation", "") == "TransactWriteItems"))
        return bool(accepted) and getattr(call, "operation", "") == operation

    with wire.broken(refused_with(500, "InternalServerError"), when=is_later):
        reply = payer.pay(wait="wait=5")
    assert (reply.status, reply.json["status"], APPLIED in reply.headers) == (202, "pending", applied)
    assert [line["transaction_id"] for line in lines() if line.get("message") == "not waited"] == [
        reply.json["payment_id"]
    ]
    assert books() == {"USD": (100_00, 87_50, 12_50)}


def test_the_gateway_waits_longer_than_the_function() -> None:
    assert MAX_WAIT_S + 5 < CREATE_DISBURSEMENT.timeout_s <= GATEWAY_TIMEOUT_S


# --- slots ------------------------------------------------------------------------------------------------------------


def take(holder: str, count: int = 2, *, at: timedelta = 0 * SECOND, table: FundsTable | None = None) -> Slot | None:
    """Take a slot for 25 seconds. `at` is counted from now."""
    now = runtime.wall_now() + at
    numbers = slots_to_try(count, runtime.random_bytes())
    return take_slot(table or funds(), numbers, holder, now=now, until=now + 25 * SECOND)


def test_only_as_many_slots_as_exist_are_taken() -> None:
    taken = [take(f"request-{number}") for number in range(3)]
    assert {slot.number for slot in taken if slot is not None} == {0, 1}
    assert taken[2] is None


def test_a_slot_of_a_killed_request_is_free_after_its_end() -> None:
    assert take("killed", 1) is not None
    assert take("next", 1, at=24 * SECOND) is None
    assert take("next", 1, at=26 * SECOND) == Slot(number=0, holder="next")


def test_a_late_request_does_not_free_the_slot_of_another() -> None:
    late = take("late", 1)
    assert late is not None
    assert take("next", 1, at=26 * SECOND) is not None
    free_slot(funds(), late)
    assert take("third", 1, at=27 * SECOND) is None


def test_a_few_slots_are_tried(wire: Wire) -> None:
    count = 3 * MAX_TRIES
    taken: set[int] = set()
    while len(taken) < count:
        slot = take("other", count)
        taken |= {slot.number} if slot is not None else set()
    with wire.record() as sent:
        assert take("next", count) is None
    assert len(sent) == MAX_TRIES


def test_two_of_fifty_concurrent_requests_get_a_slot() -> None:
    table = funds()
    with ThreadPoolExecutor(50) as pool:
        taken = [*pool.map(lambda number: take(f"request-{number}", table=table), range(50))]
    assert sum(slot is not None for slot in taken) == 2


def test_slots_are_not_counted_as_money(payer: Payer) -> None:
    assert take("request") is not None
    payer.ready()
    assert payer.funds() == {"USD": 100_00}
    assert books() == {"USD": (100_00, 100_00, 0)}
