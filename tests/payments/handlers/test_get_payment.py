"""GET /payments/{transaction_id}: a payment, by its own id or the id of one of its operations."""

import pytest

from paysandbox.payments.routes import GET_PAYMENT
from tests.support.builders import build
from tests.support.builders.build import DAY
from tests.support.clients.call import Merchant, send
from tests.support.worlds.handlers import Clock


def test_a_payment_with_its_operations_and_running_totals(demo: Merchant) -> None:
    authorized = demo.authorize(amount=10_00, reference="order-1").json
    auth_id = authorized["auth_id"]
    first = demo.capture(auth_id, amount=4_00).json
    second = demo.capture(auth_id, amount=5_00, final=True).json
    refunded = demo.refund(first["transaction_id"], amount=1_00, reason="late").json
    shown = demo.payment(auth_id).json
    requests = [operation.pop("request_id") for operation in shown["operations"]]
    assert len(set(requests)) == 4
    assert shown == authorized | {
        "status": "partially_refunded",
        "captured": 9_00,
        "released": 1_00,
        "refunded": 1_00,
        "remaining": 0,
        "captures": [
            {"transaction_id": first["transaction_id"], "amount": 4_00, "refunded": 1_00},
            {"transaction_id": second["transaction_id"], "amount": 5_00, "refunded": 0},
        ],
        "refunds": [
            {
                "transaction_id": refunded["transaction_id"],
                "capture_id": first["transaction_id"],
                "amount": 1_00,
                "status": "succeeded",
            }
        ],
        "operations": [
            {
                "type": "authorization",
                "transaction_id": auth_id,
                "amount": 10_00,
                "created_at": authorized["created_at"],
            },
            {
                "type": "capture",
                "transaction_id": first["transaction_id"],
                "amount": 4_00,
                "created_at": first["created_at"],
                "final": False,
            },
            {
                "type": "capture",
                "transaction_id": second["transaction_id"],
                "amount": 5_00,
                "created_at": second["created_at"],
                "final": True,
            },
            {
                "type": "refund",
                "transaction_id": refunded["transaction_id"],
                "amount": 1_00,
                "created_at": refunded["created_at"],
                "capture_id": first["transaction_id"],
                "reason": "late",
            },
        ],
    }


def test_every_id_of_a_payment_returns_it(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    capture_id = demo.captured(4_00, of=auth_id)
    refund_id = demo.refunded(auth_id, 1_00)
    void_id = demo.void(auth_id).json["transaction_id"]
    assert len({demo.payment(i).text for i in (auth_id, capture_id, refund_id, void_id)}) == 1


@pytest.mark.full
@pytest.mark.parametrize(
    "steps, status, captured, released, refunded, remaining",
    [
        ((), "approved", 0, 0, 0, 10_00),
        (("capture",), "captured", 10_00, 0, 0, 0),
        (("part",), "partially_captured", 4_00, 0, 0, 6_00),
        (("final part",), "captured", 4_00, 6_00, 0, 0),
        (("void",), "voided", 0, 10_00, 0, 0),
        (("part", "void"), "captured", 4_00, 6_00, 0, 0),
        (("part", "refund"), "refunded", 4_00, 0, 4_00, 6_00),
        (("capture", "part of refund"), "partially_refunded", 10_00, 0, 1_00, 0),
        (("capture", "part of refund", "refund"), "refunded", 10_00, 0, 10_00, 0),
    ],
)
def test_status_of_a_payment(
    steps: tuple[str, ...],
    status: str,
    captured: int,
    released: int,
    refunded: int,
    remaining: int,
    demo: Merchant,
) -> None:
    auth_id = demo.authorized(10_00)
    does = {
        "capture": lambda: demo.capture(auth_id),
        "part": lambda: demo.capture(auth_id, amount=4_00),
        "final part": lambda: demo.capture(auth_id, amount=4_00, final=True),
        "void": lambda: demo.void(auth_id),
        "refund": lambda: demo.refund(auth_id),
        "part of refund": lambda: demo.refund(auth_id, amount=1_00),
    }
    assert all(does[step]().status == 200 for step in steps)
    shown = demo.payment(auth_id).json
    assert shown["status"] == status
    assert (shown["captured"], shown["released"]) == (captured, released)
    assert (shown["refunded"], shown["remaining"]) == (refunded, remaining)


def test_reads_change_nothing_and_need_no_idempotency_key(demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert demo.payment(auth_id).text == demo.payment(auth_id).text
    assert not demo.payment(auth_id).replayed


def test_expired_payments_are_readable(demo: Merchant, clock: Clock) -> None:
    """Until the sweep records the expiry, the hold is shown as it is in the books."""
    auth_id = demo.authorized()
    clock.advance(30 * DAY)
    assert demo.payment(auth_id).status == 200


@pytest.mark.parametrize(
    "transaction_id",
    [
        build.PAYMENT_ID,
        build.operation_id("cap"),
        build.operation_id("exp"),
        "",
        "authorize",
        "x" * 10_000,
    ],
)
def test_unknown_id(transaction_id: str, demo: Merchant) -> None:
    reply = demo.payment(transaction_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_unknown_operation_of_a_known_payment(demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert demo.payment(build.operation_id("cap", payment_id=auth_id)).code == "resource_not_found"


def test_missing_id(demo: Merchant) -> None:
    assert send(GET_PAYMENT, path=None).code == "resource_not_found"


def test_unknown_malformed_and_foreign_ids_get_the_same_response(demo: Merchant, globex: Merchant) -> None:
    """The answer does not reveal which ids exist."""
    foreign = globex.authorized()
    replies = [demo.payment(i).json for i in (build.PAYMENT_ID, "no-id", foreign, globex.captured(1, of=foreign))]
    for reply in replies:
        del reply["request_id"]
    assert replies == [replies[0]] * 4
