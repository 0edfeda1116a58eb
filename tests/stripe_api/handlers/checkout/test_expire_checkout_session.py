"""POST /v1/checkout/sessions/{id}/expire, and sessions that expire by themselves."""

import time
from datetime import timedelta
from typing import Any

import pytest

from payments import expire_payments
from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT, GET_SETUP_INTENT
from tests.stripe_api.handlers.checkout.sessions import (
    CHALLENGED,
    DECLINED,
    create,
    expire,
    opened,
    page,
    pay,
    saving,
    shown,
    submit,
    typed,
)
from tests.support.clients.challenges import BROWSER, complete
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds.handlers import Clock
from tests.support.worlds.webhook_workers import LONG

SHOP = StripeMerchant()


def sweep() -> int:
    return expire_payments.handler({}, LONG)["objects"]


def test_a_session_expires() -> None:
    session = opened(cancel_url="https://shop.example/cart")
    assert done(expire(session["id"])).items() >= {"status": "expired", "url": None, "payment_intent": None}.items()
    reply = submit(session["url"], typed())
    assert (reply.status, "This page has expired" in reply.text, "shop.example/cart" in reply.text) == (200, True, True)
    assert pay(session["url"]).json["code"] == "simulation_not_allowed"
    assert shown(session["id"])["payment_intent"] is None


def test_its_payment_intent_is_canceled() -> None:
    session = opened()
    pay(session["url"], DECLINED)
    intent = done(expire(session["id"]))["payment_intent"]
    canceled = done(SHOP.get(GET_PAYMENT_INTENT, intent))
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", None)


def test_an_open_challenge_ends_with_its_session() -> None:
    session = opened()
    challenge = submit(session["url"], typed(CHALLENGED)).headers["Location"]
    done(expire(session["id"]))
    assert complete(challenge, accept=BROWSER).status == 409
    assert shown(session["id"])["status"] == "expired"


def test_its_setup_intent_is_canceled() -> None:
    session = saving()
    done(expire(session["id"]))
    assert done(SHOP.get(GET_SETUP_INTENT, session["setup_intent"]))["status"] == "canceled"
    assert pay(session["url"]).status == 409


@pytest.mark.parametrize("ended", ["complete", "expired"])
def test_only_an_open_session_is_expired(ended: str) -> None:
    session = opened()
    assert pay(session["url"]).status == 303 if ended == "complete" else expire(session["id"]).status == 200
    refused = expire(session["id"])
    assert refused.status == 400
    assert refused.error["message"] == (
        f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
        f"`{ended}`."
    )


def test_the_same_key_expires_it_once() -> None:
    session = opened()
    first, again = (done(expire(session["id"], key="k")) for _ in range(2))
    assert first == again


def test_another_merchants_session_is_not_expired() -> None:
    session = opened()
    assert expire(session["id"], StripeMerchant("shop-2")).status == 404
    assert shown(session["id"])["status"] == "open"


# --- by itself --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("params, after", [({}, 24 * 3600), ({"expires_at": 1800}, 1800)])
def test_the_sweep_expires_it_when_its_time_is_over(params: Any, after: int, clock: Clock) -> None:
    """Nobody can pay from that moment on, whenever the sweep comes."""
    if params:
        params = {"expires_at": int(time.time()) + 1830}
    session = opened(**params)
    clock.advance(timedelta(seconds=after - 30))
    assert (sweep(), shown(session["id"])["status"]) == (0, "open")
    clock.advance(timedelta(seconds=61))
    assert pay(session["url"]).status == 409
    assert (sweep(), sweep()) == (1, 0)
    assert shown(session["id"])["status"] == "expired"


def test_a_session_that_has_ended_is_not_due(clock: Clock) -> None:
    paid, ended = opened(), opened()
    pay(paid["url"])
    expire(ended["id"])
    clock.advance(timedelta(days=2))
    assert sweep() == 0
    assert shown(paid["id"])["status"] == "complete"


def test_a_payer_who_was_faster_than_the_sweep_has_paid(clock: Clock) -> None:
    """The function of the page was killed after the bank's approval: the sweep completes the session."""
    session = opened()
    challenge = submit(session["url"], typed(CHALLENGED)).headers["Location"]
    complete(challenge)
    assert shown(session["id"])["status"] == "open"
    clock.advance(timedelta(days=1, seconds=1))
    assert sweep() == 1
    assert shown(session["id"]).items() >= {"status": "complete", "payment_status": "paid"}.items()


def test_an_expiry_that_comes_after_the_payment_is_refused() -> None:
    session = opened()
    complete(submit(session["url"], typed(CHALLENGED)).headers["Location"])
    refused = expire(session["id"])
    assert (refused.status, "`complete`" in refused.error["message"]) == (400, True)
    assert page(session["url"]).status == 200
    assert shown(session["id"])["payment_status"] == "paid"


def test_a_session_can_be_created_for_a_short_time() -> None:
    at = int(time.time()) + 1830
    assert done(create(expires_at=at))["expires_at"] == at
