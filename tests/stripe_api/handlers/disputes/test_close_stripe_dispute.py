"""POST /v1/disputes/{dispute}/close: accept a dispute, which is then lost."""

import pytest

from paysandbox.stripe_api.routes import (
    CLOSE_STRIPE_DISPUTE,
)
from tests.stripe_api.handlers.disputes.stripe_disputes import (
    INVALID,
    NOT_THERE,
    SHOP,
    close,
    disputed,
    events,
)
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, missing, wrong


def test_a_dispute_that_is_closed_is_lost() -> None:
    dispute = disputed()["id"]
    first, again = (close(dispute, key="k", expand=["charge"]) for _ in range(2))
    assert (first.json["status"], first.json["charge"]["disputed"]) == ("lost", True)
    assert (again.text, first.replayed, again.replayed) == (first.text, False, True)
    refused = close(dispute, key="l")
    assert (wrong(refused), refused.error["message"]) == (INVALID, "The dispute has ended. You lost it.")
    assert events()[2:] == ["charge.dispute.closed"]


def test_a_refusal_stays_the_answer_under_its_key() -> None:
    """Although the inquiry has become a chargeback by the time of the retry: another key can close it, once."""
    dispute = disputed(kind="inquiry")["id"]
    refused = close(dispute, key="k")
    assert wrong(refused) == INVALID
    assert simulate(dispute, "escalate").status == 200
    again = close(dispute, key="k")
    assert (again.status, again.text, again.replayed) == (400, refused.text, True)
    answered = [(reply.status, reply.replayed) for reply in (close(dispute, key=key) for key in ("l", "m", "l", "m"))]
    assert answered == [(200, False), (400, False), (200, True), (400, True)]


def test_an_inquiry_cannot_be_closed() -> None:
    dispute = disputed(kind="inquiry")
    assert (dispute["status"], dispute["balance_transactions"]) == ("warning_needs_response", [])
    assert wrong(close(dispute["id"])) == INVALID


@pytest.mark.parametrize("name", NOT_THERE)
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(SHOP.ask(CLOSE_STRIPE_DISPUTE, name)) == missing("dispute")


def test_another_merchants_is_not_there() -> None:
    dispute = disputed()["id"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(CLOSE_STRIPE_DISPUTE, dispute)) == missing("dispute")
