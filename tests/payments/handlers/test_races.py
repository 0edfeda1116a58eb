"""Concurrent requests in one process: the first wins, none wins twice, and the loser gets the reason.

The wire holds the first writes of all requests until each has arrived, so that each has decided before any has acted:
the worst interleaving between the calls of two requests. Within one call the wire delivers one request at a time, as
DynamoDB does per item (see wire.py). The same races run against the deployed API in tests/e2e.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import Refused
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.payments.ledger.store import step_payment
from paysandbox.payments.payment import SIMULATED
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation.simulation import step
from tests.support.builders import build
from tests.support.builders.build import DAY
from tests.support.clients.call import Merchant, Reply
from tests.support.tools.ledger_audit import audit
from tests.support.worlds.aws_transport import Wire

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

KEY = "the-key"
MANY = 50


@pytest.fixture
def at_once(wire: Wire) -> Callable[..., list[Reply]]:
    """Send all requests at once, each on its own thread; the named operations wait for one another."""

    def send(asks: Sequence[Callable[[], Reply]], *operations: str) -> list[Reply]:
        hashing_keys()
        with wire.meeting(len(asks), *operations), ThreadPoolExecutor(len(asks)) as pool:
            return [answer.result() for answer in [pool.submit(ask) for ask in asks]]

    return send


AtOnce = Callable[..., list[Reply]]


@pytest.fixture
def demo() -> Merchant:
    """The merchant `demo`, at a fixed time and without the log line: a Lambda process writes one at a time."""
    return Merchant(now=runtime.now())


def _outcomes(replies: Sequence[Reply]) -> Counter[str]:
    return Counter(reply.says for reply in replies)


def _one_first_answer(replies: Sequence[Reply]) -> str:
    """Assert that all got the same answer, and that exactly one was not a replay."""
    assert {reply.status for reply in replies} == {200}
    assert len({reply.text for reply in replies}) == 1
    assert sum(not reply.replayed for reply in replies) == 1
    return replies[0].json["transaction_id"]


# --- one key ----------------------------------------------------------------------------------------------------------


def test_fifty_authorizations_under_one_key(demo: Merchant, at_once: AtOnce) -> None:
    replies = at_once([lambda: demo.authorize(KEY)] * MANY, "PutItem")
    auth_id = _one_first_answer(replies)
    assert [payment["auth_id"] for payment in demo.payments().json["data"]] == [auth_id]


@pytest.mark.full
def test_fifty_uses_of_an_expired_key(demo: Merchant, at_once: AtOnce) -> None:
    """All meet yesterday's payment and claim the key; one claim holds, and one payment is made."""
    yesterday = demo.authorize(KEY)
    today = demo.at(parse_timestamp(yesterday.json["created_at"]) + DAY)
    auth_id = _one_first_answer(at_once([lambda: today.authorize(KEY)] * MANY, "PutItem"))
    assert auth_id != yesterday.json["auth_id"]
    assert len(demo.payments().json["data"]) == 2


@pytest.mark.full
def test_fifty_captures_under_one_key(demo: Merchant, at_once: AtOnce) -> None:
    auth_id = demo.authorized(10_00)
    capture_id = _one_first_answer(
        at_once([lambda: demo.capture(auth_id, KEY, amount=3_00)] * MANY, "PutItem", "UpdateItem")
    )
    assert demo.payment(auth_id).json["captures"] == [{"transaction_id": capture_id, "amount": 3_00, "refunded": 0}]


@pytest.mark.full
def test_fifty_voids_under_one_key(demo: Merchant, at_once: AtOnce) -> None:
    auth_id = demo.authorized(10_00)
    _one_first_answer(at_once([lambda: demo.void(auth_id, KEY)] * MANY, "PutItem", "UpdateItem"))
    assert demo.payment(auth_id).json["released"] == 10_00


@pytest.mark.full
@pytest.mark.parametrize("amount", [3_00, None])
def test_fifty_refunds_under_one_key(amount: int | None, demo: Merchant, at_once: AtOnce) -> None:
    capture_id = demo.captured(10_00)
    _one_first_answer(at_once([lambda: demo.refund(capture_id, KEY, amount=amount)] * MANY, "PutItem", "UpdateItem"))
    assert demo.payment(capture_id).json["refunded"] == amount or 10_00


def test_two_bodies_under_one_key(demo: Merchant, at_once: AtOnce) -> None:
    """One of them is bound to the key; every sender of the other gets an error."""
    asks = [lambda: demo.authorize(KEY, amount=1_00), lambda: demo.authorize(KEY, amount=2_00)] * 20
    replies = at_once(asks, "PutItem")
    assert _outcomes(replies) == {"approved": 20, "idempotency_key_reused": 20}
    _one_first_answer([reply for reply in replies if reply.status == 200])


@pytest.mark.full
def test_two_captures_under_one_key(demo: Merchant, at_once: AtOnce) -> None:
    auth_id = demo.authorized(10_00)
    asks = [lambda: demo.capture(auth_id, KEY, amount=1_00), lambda: demo.capture(auth_id, KEY, amount=2_00)] * 20
    replies = at_once(asks, "PutItem")
    assert _outcomes(replies) == {"completed": 20, "idempotency_key_reused": 20}
    assert len(demo.payment(auth_id).json["captures"]) == 1


@pytest.mark.full
def test_fifty_increments_under_one_key(demo: Merchant, at_once: AtOnce) -> None:
    auth_id = demo.authorized(10_00)
    _one_first_answer(at_once([lambda: demo.increment(auth_id, 3_00, KEY)] * MANY, "PutItem", "UpdateItem"))
    assert demo.payment(auth_id).json["remaining"] == 13_00


# --- many keys, one payment -------------------------------------------------------------------------------------------


def test_forty_captures_of_one_authorization(demo: Merchant, at_once: AtOnce) -> None:
    """3 of 70, forty times: 23 succeed, and 1 remains."""
    auth_id = demo.authorized(70)
    replies = at_once([lambda: demo.capture(auth_id, amount=3)] * 40, "PutItem", "UpdateItem")
    assert _outcomes(replies) == {"completed": 23, "capture_exceeds_authorized": 17}
    shown = demo.payment(auth_id).json
    assert (shown["captured"], shown["remaining"], len(shown["captures"])) == (69, 1, 23)
    assert sorted(r.json["remaining"] for r in replies if r.status == 200) == list(range(1, 70, 3))


@pytest.mark.parametrize("other", ["capture", "void"])
def test_increments_against_what_ends_the_hold(other: str, demo: Merchant, at_once: AtOnce) -> None:
    """What is captured or voided is what was authorized by then, and nothing is added afterwards."""
    auth_id = demo.authorized(10_00)
    ends = demo.capture if other == "capture" else demo.void
    asks: list[Callable[[], Reply]] = [lambda: demo.increment(auth_id, 1_00), lambda: ends(auth_id)] * 6
    replies = at_once(asks, "PutItem", "UpdateItem")
    added = [reply for reply in replies if reply.status == 200 and "authorized" in reply.json]
    (end,) = (reply for reply in replies if reply.status == 200 and "authorized" not in reply.json)
    assert end.json["amount"] == 10_00 + 1_00 * len(added)
    ended = {"capture": "already_captured", "void": "already_voided"}[other]
    assert {reply.code for reply in replies if reply.status != 200} <= {ended, "service_unavailable"}
    assert demo.payment(auth_id).json["remaining"] == 0


@pytest.mark.full
def test_more_increments_at_once_than_are_allowed(demo: Merchant, at_once: AtOnce) -> None:
    auth_id = demo.authorized(10_00)
    replies = at_once([lambda: demo.increment(auth_id, 1_00)] * 15, "PutItem", "UpdateItem")
    added = [reply for reply in replies if reply.status == 200]
    assert len(added) <= 10
    assert {reply.code for reply in replies if reply.status != 200} <= {"too_many_increments", "service_unavailable"}
    assert demo.payment(auth_id).json["remaining"] == 10_00 + 1_00 * len(added)


@pytest.mark.full
def test_forty_final_captures(demo: Merchant, at_once: AtOnce) -> None:
    auth_id = demo.authorized(70)
    replies = at_once([lambda: demo.capture(auth_id)] * 40, "PutItem", "UpdateItem")
    assert _outcomes(replies) == {"completed": 1, "already_captured": 39}
    assert demo.payment(auth_id).json["captured"] == 70


@pytest.mark.full
def test_final_captures_against_partial_ones(demo: Merchant, at_once: AtOnce) -> None:
    """The first final capture ends it: later ones find nothing left."""
    auth_id = demo.authorized(1_000)
    asks = [lambda: demo.capture(auth_id, amount=3), lambda: demo.capture(auth_id, amount=5, final=True)] * 20
    replies = at_once(asks, "PutItem", "UpdateItem")
    assert sum(r.status == 200 and r.json["final"] for r in replies) == 1
    shown = demo.payment(auth_id).json
    assert shown["captured"] + shown["released"] == 1_000
    assert {r.says for r in replies} <= {"completed", "already_captured"}


@pytest.mark.full
def test_forty_refunds_of_one_capture(demo: Merchant, at_once: AtOnce) -> None:
    """3 of 70, forty times: 23 are refunded, exact to the unit."""
    capture_id = demo.captured(70)
    replies = at_once([lambda: demo.refund(capture_id, amount=3)] * 40, "PutItem", "UpdateItem")
    assert _outcomes(replies) == {"completed": 23, "refund_exceeds_captured": 17}
    assert demo.payment(capture_id).json["refunded"] == 69


@pytest.mark.full
def test_forty_full_refunds(demo: Merchant, at_once: AtOnce) -> None:
    capture_id = demo.captured(70)
    replies = at_once([lambda: demo.refund(capture_id)] * 40, "PutItem", "UpdateItem")
    assert _outcomes(replies) == {"completed": 1, "already_refunded": 39}
    assert demo.payment(capture_id).json["refunded"] == 70


@pytest.mark.full
def test_refunds_by_capture_and_authorization_id(demo: Merchant, at_once: AtOnce) -> None:
    """By the capture's id and the authorization's, in parts and in full: never more than was captured."""
    capture = demo.capture(demo.authorized(70)).json
    asks = [
        lambda: demo.refund(capture["transaction_id"], amount=3),
        lambda: demo.refund(capture["auth_id"], amount=3),
        lambda: demo.refund(capture["transaction_id"], amount=20),
        lambda: demo.refund(capture["auth_id"], amount=20),
    ] * 10
    replies = at_once(asks, "PutItem", "UpdateItem")
    given_back = sum(reply.json["amount"] for reply in replies if reply.status == 200)
    assert demo.payment(capture["auth_id"]).json["refunded"] == given_back
    assert 70 - 3 < given_back <= 70
    assert {r.says for r in replies} <= {"completed", "already_refunded", "refund_exceeds_captured"}


@pytest.mark.full
def test_fifty_pending_refunds_against_refunds(demo: Merchant, at_once: AtOnce) -> None:
    """Refunds that have succeeded and that are pending return no more than was captured."""
    capture_id = demo.captured(70)
    pending = demo.asking("refund=pending")
    asks = [lambda: demo.refund(capture_id, amount=3), lambda: pending.refund(capture_id, amount=3)] * 25
    outcomes = _outcomes(at_once(asks, "PutItem", "UpdateItem"))
    shown = demo.payment(capture_id).json
    assert shown["refunded"] == 3 * outcomes["completed"]
    assert shown.get("refund_pending", 0) == 3 * outcomes["pending"]
    assert shown["refunded"] + shown.get("refund_pending", 0) <= 70
    assert outcomes.keys() <= {"completed", "pending", "refund_exceeds_captured", "service_unavailable"}
    assert outcomes["service_unavailable"] or outcomes["completed"] + outcomes["pending"] == 23


def _steps(payment_id: str, refund_id: str, *actions: tuple[str, str | None]) -> Sequence[Callable[[], Reply]]:
    """Return the calls that let these things happen to a refund: simulated ones, and timers (source None)."""

    def happen(number: int, action: str, source: str | None) -> Reply:
        key = f"{action}-{number}"
        stamp = Stamp(key=key, request_id=key, at=runtime.now(), contract=1, validity_s=604_800, source=source)
        try:
            step_payment(runtime.ledger(), payment_id, lambda current: step(current, refund_id, action, {}, stamp))
        except Refused as refused:
            return Reply(409, {}, json.dumps({"code": str(refused.code)}))
        return Reply(200, {}, json.dumps({"status": action}))

    return [partial(happen, number, action, source) for number, (action, source) in enumerate(actions)]


@pytest.mark.full
@pytest.mark.parametrize(
    "outcome, actions",
    [
        ("refund=pending", [("succeed", SIMULATED), ("succeed", None)]),
        ("refund=pending", [("succeed", SIMULATED), ("expire", SIMULATED), ("succeed", None)]),
        ("refund=pending:60:fail", [("expire", SIMULATED), ("fail", None)]),
        ("refund=fail", [("fail", SIMULATED), ("fail", None)]),
    ],
)
def test_a_refund_ends_once(
    outcome: str, actions: list[tuple[str, str | None]], demo: Merchant, at_once: AtOnce
) -> None:
    """Fifty simulated steps and timers: one has an effect, and the others find that it happened."""
    refund = demo.asking(outcome).refund(demo.captured(70), amount=30).json
    asks = _steps(refund["auth_id"], refund["transaction_id"], *[actions[n % len(actions)] for n in range(MANY)])
    outcomes = _outcomes(at_once(asks, "GetItem", "UpdateItem"))

    assert outcomes["simulation_not_allowed"] == MANY - 1
    shown = demo.payment(refund["auth_id"]).json
    (line,) = shown["refunds"]
    effect = {"succeed": "succeeded", "fail": "failed", "expire": "canceled"}
    assert [line["status"]] == [effect[said] for said in outcomes if said in effect]
    assert [one["type"] for one in shown["operations"]].count("refund_update") == 1
    audit()


def test_void_against_capture(demo: Merchant, at_once: AtOnce) -> None:
    """Amounts captured before the void stay captured; the void releases exactly the rest, once."""
    auth_id = demo.authorized(100)
    asks = [lambda: demo.capture(auth_id, amount=1), lambda: demo.void(auth_id)] * 20
    replies = at_once(asks, "PutItem", "UpdateItem")
    outcomes = _outcomes(replies)
    shown = demo.payment(auth_id).json
    assert shown["captured"] + shown["released"] == 100
    assert outcomes["completed"] == shown["captured"] + 1
    assert outcomes.keys() <= {"completed", "already_voided", "already_captured"}


@pytest.mark.full
def test_void_against_capture_of_all(demo: Merchant, at_once: AtOnce) -> None:
    """Exactly one of the two succeeds."""
    for _ in range(10):
        auth_id = demo.authorized(100)
        replies = at_once([lambda i=auth_id: demo.capture(i), lambda i=auth_id: demo.void(i)], "PutItem", "UpdateItem")
        assert sorted(reply.status for reply in replies) == [200, 409]
        assert demo.payment(auth_id).json["status"] in {"captured", "voided"}


@pytest.mark.full
def test_refunds_by_the_authorizations_id_against_a_second_capture(demo: Merchant, at_once: AtOnce) -> None:
    """Once there are two captures, such a refund is ambiguous; earlier refunds stay with the first."""
    for _ in range(3):
        auth_id = demo.authorized(200)
        first = demo.captured(100, of=auth_id)
        refunds = [lambda i=auth_id: demo.refund(i, amount=3)] * 10
        captures = [lambda i=auth_id: demo.capture(i, amount=50)]
        replies = at_once([*refunds[:5], *captures, *refunds[5:]], "PutItem", "UpdateItem")
        given_back = sum(reply.json["amount"] for reply in replies if reply.says == "completed" and _is_refund(reply))
        taken = dict.fromkeys([first], 100) | {
            reply.json["transaction_id"]: 50 for reply in replies if reply.says == "completed" and not _is_refund(reply)
        }
        shown = demo.payment(auth_id).json
        assert {c["transaction_id"]: c["amount"] for c in shown["captures"]} == taken
        assert [c["refunded"] for c in shown["captures"]] == [given_back, 0][: len(taken)]
        assert {reply.says for reply in replies} <= {"completed", "capture_ambiguous", "service_unavailable"}


def _is_refund(reply: Reply) -> bool:
    return reply.json["transaction_id"].startswith("ref_")


@pytest.mark.full
def test_everything_at_once(demo: Merchant, at_once: AtOnce) -> None:
    """Captures, refunds and voids of one payment, each sent three times, then checked by the audit."""
    auth_id = demo.authorized(500)
    capture_id = demo.captured(100, of=auth_id)
    wishes: list[Callable[[], Reply]] = [
        *(lambda n=n: demo.capture(auth_id, f"c{n}", amount=20) for n in range(5)),
        *(lambda n=n: demo.refund(capture_id, f"r{n}", amount=9) for n in range(5)),
        lambda: demo.refund(capture_id, "all"),
        lambda: demo.refund(auth_id, "by authorization", amount=1),
        lambda: demo.void(auth_id, "v"),
        lambda: demo.capture(auth_id, "final", amount=1, final=True),
    ]
    replies = at_once(wishes * 3, "PutItem")
    done: dict[str, str] = {}
    for number, reply in enumerate(replies):
        if reply.status == 200:
            name = str(number % len(wishes))
            assert done.setdefault(name, reply.text) == reply.text
    assert {reply.status for reply in replies} <= {200, 409, 503}
    shown = demo.payment(auth_id).json
    assert shown["captured"] + shown["released"] + shown["remaining"] == 500
    assert len(shown["operations"]) == 2 + len(done)


def test_requests_start_together(demo: Merchant) -> None:
    """The races use one fixed time, so that the clock decides none of them."""
    assert isinstance(demo.now, datetime)
    assert demo.authorize().json["created_at"] == demo.authorize().json["created_at"]
    assert demo.name == build.MERCHANT
