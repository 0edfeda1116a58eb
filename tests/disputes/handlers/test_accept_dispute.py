"""POST /disputes/{dispute_id}/accept: the dispute is lost, once."""

from collections.abc import Callable

import pytest

from tests.support.clients.call import Merchant
from tests.support.clients.disputed import accept, disputed, evidence, payment_of, show, simulate, steps_of


def test_an_accepted_dispute_is_lost(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    body = accept(dispute_id).json
    assert (body["status"], body["cause"], body["fee"]) == ("lost", "accepted", 15_00)
    shown = show(dispute_id).json
    assert body == {name: shown[name] for name in body if name in shown} | {
        "transaction_id": shown["operations"][-1]["transaction_id"]
    }
    assert payment_of(dispute_id).refundable == 0


def test_a_repeated_request_gets_its_first_answer(demo: Merchant) -> None:
    dispute_id = disputed(demo, amount=4_00)
    first = accept(dispute_id, key="k")
    disputed(demo, of=payment_of(dispute_id).id)
    again = accept(dispute_id, key="k")
    assert (first.replayed, again.replayed, again.text) == (False, True, first.text)
    assert steps_of(dispute_id) == ["dop", "dcs", "dop"]


def test_another_key_is_refused(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    accept(dispute_id)
    reply = accept(dispute_id)
    assert (reply.status, reply.code, reply.json["current_status"]) == (409, "dispute_state_unexpected", "lost")


def _submitted(dispute_id: str) -> None:
    evidence(dispute_id, {"receipt": "file_1"}, submit=True)


def _won(dispute_id: str) -> None:
    _submitted(dispute_id)
    simulate(dispute_id, "win")


@pytest.mark.parametrize("given, status", [(_submitted, "under_review"), (_won, "won")])
def test_only_a_dispute_that_waits_is_accepted(given: Callable[[str], None], status: str, demo: Merchant) -> None:
    dispute_id = disputed(demo)
    given(dispute_id)
    before = payment_of(dispute_id)
    assert accept(dispute_id).json["current_status"] == status
    assert payment_of(dispute_id) == before


def test_an_inquiry_cannot_be_accepted(demo: Merchant) -> None:
    assert accept(disputed(demo, kind="inquiry")).code == "dispute_state_unexpected"


def test_a_refused_request_does_not_use_up_the_key(demo: Merchant) -> None:
    """As with captures and refunds, a repeated request is evaluated again: here, after the inquiry was escalated."""
    dispute_id = disputed(demo, kind="inquiry")
    assert accept(dispute_id, key="k").status == 409
    simulate(dispute_id, "escalate")
    first, again = (accept(dispute_id, key="k") for _ in range(2))
    assert (first.status, first.replayed, again.text, again.replayed) == (200, False, first.text, True)


@pytest.mark.parametrize("text", ["du_" + "z" * 36, "x", "auth_" + "z" * 26])
def test_other_ids_are_not_found(text: str) -> None:
    assert accept(text).code == "resource_not_found"


def test_another_merchants_dispute_is_not_found(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    assert accept(dispute_id, merchant="globex").code == "resource_not_found"
    assert steps_of(dispute_id) == ["dop"]
