"""POST /v1/setup_intents/{id}: update a setup intent."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.setup_intents.setups import (
    SETUP_UNEXPECTED_STATE,
    challenged,
    create,
    customer,
    opened,
    page_of,
    saved,
    show,
    shown,
)
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, missing, wrong


def update(of: str, **params: Any) -> StripeReply:
    return StripeMerchant().post(RESOURCE["update_setup_intent"], of, **params)


def test_an_update_changes_what_it_names() -> None:
    setup = opened(metadata={"a": "1", "b": "2"}, description="Card")
    changed = done(update(setup["id"], metadata={"a": "", "c": "3"}, description="", customer=(jenny := customer())))
    assert changed == setup | {"metadata": {"b": "2", "c": "3"}, "description": None, "customer": jenny}
    assert shown(setup["id"]) == changed


def test_another_card_can_be_confirmed() -> None:
    declined = create(payment_method="pm_card_chargeDeclined", confirm=True).error["setup_intent"]
    changed = done(update(declined["id"], payment_method=VISA))
    assert (changed["status"], changed["last_setup_error"]) == ("requires_confirmation", None)
    assert changed["latest_attempt"] == declined["latest_attempt"]


def test_another_card_ends_an_open_challenge() -> None:
    setup = challenged()
    changed = done(update(setup["id"], payment_method=VISA))
    assert (changed["status"], changed["next_action"]) == ("requires_confirmation", None)
    assert "This has ended" in show(page_of(setup)).text


@pytest.mark.parametrize(
    "sent, refused",
    [
        ({"payment_method": VISA}, (400, "invalid_request_error", SETUP_UNEXPECTED_STATE, None)),
        ({"customer": "cus_unknown"}, missing("customer")),
        ({"usage": "on_session"}, (400, "invalid_request_error", "parameter_unknown", "usage")),
    ],
)
def test_an_update_that_is_refused(sent: Any, refused: Any) -> None:
    """One that has succeeded keeps its card. Its texts can still be changed."""
    setup = saved()
    reply = update(setup["id"], **sent)
    assert wrong(reply) == refused
    if "payment_method" in sent:
        assert reply.error["setup_intent"] == setup
    assert done(update(setup["id"], description="Card"))["status"] == "succeeded"


def test_a_replay_is_the_answer_of_then() -> None:
    setup = opened()["id"]
    first = update(setup, key="k", description="Card")
    update(setup, description="Another")
    again = update(setup, key="k", description="Card")
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
