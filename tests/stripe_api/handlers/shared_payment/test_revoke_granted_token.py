"""POST /v1/test_helpers/shared_payment/granted_tokens/{id}/revoke: a token ends once, by what comes first."""

from datetime import timedelta

import pytest

from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.sweep import do_what_is_due
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

NAMED = "shared_payment_granted_token"
REFUSED = "The shared payment granted token cannot be revoked because it is already in a deactivated state."


def granted(expires_in: int | None = None) -> str:
    limits = {"currency": "usd", "max_amount": 10_00}
    shop = StripeMerchant()
    token = done(shop.post(RESOURCE["create_granted_token"], payment_method=VISA, usage_limits=limits))
    if expires_in is not None:
        limits |= {"expires_at": token["created"] + expires_in}
        token = done(shop.post(RESOURCE["create_granted_token"], payment_method=VISA, usage_limits=limits))
    return token["id"]


def reason(token: str) -> str | None:
    return done(StripeMerchant().get(RESOURCE["get_shared_payment_granted_token"], token))["deactivated_reason"]


def test_a_revoked_token_pays_nothing_and_is_revoked_once() -> None:
    shop, token = StripeMerchant(), granted()
    replies = [shop.post(RESOURCE["revoke_granted_token"], token, key=key) for key in ("k", "k", "l")]
    assert [(reply.status, reply.replayed) for reply in replies] == [(200, False), (200, True), (400, False)]
    assert (replies[0].json["deactivated_reason"], replies[2].error["message"]) == ("revoked", REFUSED)
    assert shop.create(payment_method=None, confirm=True, **{NAMED: token}).error["param"] == NAMED
    assert reason(token) == "revoked"


def test_what_is_used_up_or_expired_is_not_revoked(clock: Clock) -> None:
    shop = StripeMerchant()
    used, late = granted(), granted(60)
    done(shop.create(payment_method=None, confirm=True, **{NAMED: used}))
    clock.advance(timedelta(seconds=60))
    for token, why in ((used, "consumed"), (late, "expired")):
        assert shop.post(RESOURCE["revoke_granted_token"], token).error["message"] == REFUSED
        assert reason(token) == why


def test_the_sweep_deactivates_what_has_expired(clock: Clock) -> None:
    late, later, revoked = granted(60), granted(120), granted(60)
    done(StripeMerchant().post(RESOURCE["revoke_granted_token"], revoked))
    clock.advance(timedelta(seconds=60))
    assert [do_what_is_due(RESOURCES, lambda: True).objects for _ in range(2)] == [1, 0]
    assert [reason(token) for token in (late, later, revoked)] == ["expired", None, "revoked"]


@pytest.mark.parametrize("merchant, name", [("demo", "spt_x"), (OTHER_MERCHANT, None)])
def test_unknown_and_other_merchants_tokens_are_not_found(merchant: str, name: str | None) -> None:
    assert wrong(StripeMerchant(merchant).post(RESOURCE["revoke_granted_token"], name or granted())) == missing("id")
