"""GET /sandbox/simulate/{object_id}: what can happen to an object now, by its ID in either API."""

import pytest

from paysandbox.aws import runtime
from paysandbox.payments.ledger.store import put_payment
from paysandbox.payments.simulated_action import Kind
from paysandbox.payments.simulation.simulation import allowed
from paysandbox.simulate.routes import GET_SIMULATION
from tests.simulate import simulated
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, send


def shown(object_id: str, merchant: str = build.MERCHANT) -> Reply:
    return send(GET_SIMULATION, path={"object_id": object_id}, api_key=build.api_key(merchant))


@pytest.mark.parametrize("kind, status", simulated.ONE_OF_EACH_KIND)
def test_every_kind_of_object(kind: Kind, status: str) -> None:
    """tests/simulate/test_table.py has every status."""
    payment, object_id = simulated.sample(kind, status)
    put_payment(runtime.ledger(), payment)
    body = shown(object_id).json
    assert (body["id"], body["kind"], body["status"], body["auth_id"]) == (object_id, kind, status, payment.id)
    assert [each["action"] for each in body["actions"]] == [one.name for one in allowed(payment, object_id)]


def test_a_payment_shows_its_captures_and_refunds() -> None:
    payment, refund_id = simulated.sample(Kind.REFUND, "pending")
    put_payment(runtime.ledger(), payment)
    objects = shown(payment.id).json["objects"]
    assert [(each["id"], each["kind"], each["status"]) for each in objects] == [
        (simulated.CAPTURE, "capture", "captured"),
        (refund_id, "refund", "pending"),
    ]
    assert shown(refund_id).json["objects"] == []


def test_a_disputed_payment_shows_its_dispute_and_deadline() -> None:
    payment, dispute_id = simulated.sample(Kind.DISPUTE, "needs_response")
    put_payment(runtime.ledger(), payment)
    body = shown(payment.id).json
    assert body["objects"][-1] == {
        "id": dispute_id,
        "kind": "dispute",
        "status": "needs_response",
        "actions": ["withdraw", "expire"],
    }
    due = {"id": dispute_id, "auth_id": payment.id, "action": "expire", "due_at": "2026-11-26T10:30:00.000000Z"}
    assert body["due"] == shown(dispute_id).json["due"] == [due]


def test_the_expiry_of_a_hold_is_due(demo: Merchant) -> None:
    authorized = demo.authorize().json
    auth_id = authorized["auth_id"]
    assert shown(auth_id).json["due"] == [
        {"id": auth_id, "auth_id": auth_id, "action": "expire", "due_at": authorized["expires_at"]}
    ]
    demo.void(auth_id)
    assert shown(auth_id).json["due"] == []


@pytest.mark.parametrize("prefix", ["auth", "pi", "ch"])
def test_a_payment_is_found_by_the_ids_of_both_apis(prefix: str, demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert shown(auth_id.replace("auth_", f"{prefix}_")).json["id"] == auth_id


def test_a_refund_is_found_by_the_ids_of_both_apis(demo: Merchant) -> None:
    refund_id = demo.refunded(demo.captured(), 1_00)
    for text in (refund_id, refund_id.replace("ref_", "re_")):
        body = shown(text).json
        assert (body["id"], body["kind"], body["status"]) == (refund_id, "refund", "succeeded")


@pytest.mark.parametrize(
    "text",
    [
        "auth_" + "z" * 26,
        "auth_1",
        "pi_1",
        "evt_" + "a" * 26,
        "x",
        " ",
        "%00",
        "void_" + "a" * 36,
        "re_" + "a" * 36 + "c",  # shown by Stripe for what a capture released
        "cap_" + "a" * 36,
        "ref_" + "a" * 36,
        "du_" + "a" * 36,
        "dop_" + "a" * 36,
    ],
)
def test_other_ids_are_not_found(text: str, demo: Merchant) -> None:
    demo.authorized()
    reply = shown(text)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_another_merchants_objects_are_not_found(demo: Merchant) -> None:
    capture_id = demo.captured()
    refund_id = demo.refunded(capture_id, 1_00)
    for text in (capture_id, refund_id, demo.payment(capture_id).json["auth_id"]):
        assert shown(text).status == 200
        assert shown(text, "globex").code == "resource_not_found"


def test_a_capture_of_another_payment_is_not_found(demo: Merchant) -> None:
    capture_id, other = demo.captured(), demo.authorized()
    made_up = f"cap_{other.removeprefix('auth_')}{capture_id[-10:]}"
    assert shown(made_up).code == "resource_not_found"


def test_a_release_that_stripe_shows_as_a_refund_is_not_stored_as_one(demo: Merchant) -> None:
    capture_id = demo.captured(4_00)
    assert shown(capture_id).status == 200
    assert shown(f"re_{capture_id.removeprefix('cap_')}c").code == "resource_not_found"
