"""POST /v1/setup_intents/{id}/cancel: cancel a setup intent that is open."""

import pytest

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.setup_intents.setups import (
    SETUP_UNEXPECTED_STATE,
    challenged,
    complete,
    create,
    opened,
    page_of,
    saved,
    shown,
)
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong


@pytest.mark.parametrize("reason", [None, "abandoned"])
def test_an_open_setup_intent_is_canceled(reason: str | None) -> None:
    for setup in (done(create()), opened(), challenged()):
        sent = {"cancellation_reason": reason} if reason else {}
        canceled = done(StripeMerchant().post(RESOURCE["cancel_setup_intent"], setup["id"], key=setup["id"], **sent))
        expected = {"status": "canceled", "cancellation_reason": reason, "next_action": None}
        assert canceled == shown(setup["id"]) == setup | expected
        again = StripeMerchant().post(RESOURCE["cancel_setup_intent"], setup["id"], key=setup["id"], **sent)
        assert (again.json, again.replayed) == (canceled, True)


def test_a_challenge_of_a_canceled_one_cannot_be_answered() -> None:
    setup = challenged()
    done(StripeMerchant().post(RESOURCE["cancel_setup_intent"], setup["id"]))
    assert complete(page_of(setup)).status == 409
    assert shown(setup["id"])["status"] == "canceled"


def test_one_that_has_ended_is_not_canceled() -> None:
    canceled = opened()["id"]
    done(StripeMerchant().post(RESOURCE["cancel_setup_intent"], canceled))
    for name, reason in ((saved()["id"], "it has a status of succeeded."), (canceled, "it is already canceled.")):
        reply = StripeMerchant().post(RESOURCE["cancel_setup_intent"], name)
        assert wrong(reply) == (400, "invalid_request_error", SETUP_UNEXPECTED_STATE, None)
        assert reply.error["message"].startswith(f"You cannot cancel this SetupIntent because {reason}")
