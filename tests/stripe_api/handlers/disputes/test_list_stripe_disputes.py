"""GET /v1/disputes: newest first, by charge, by intent or all."""

from datetime import timedelta

import pytest

from paysandbox.disputes.evidence import FIELDS
from paysandbox.stripe_api.routes import (
    LIST_STRIPE_DISPUTES,
)
from tests.stripe_api.handlers.disputes.stripe_disputes import (
    SHOP,
    close,
    disputed,
    shown,
    update,
)
from tests.stripe_api.handlers.pages import ids_of, listed, made_apart, walked
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock


@pytest.mark.full
def test_disputes_are_listed_newest_first_with_their_evidence(clock: Clock) -> None:
    made = made_apart(3, clock, disputed)
    done(update(made[1]["id"], evidence={"customer_name": "Rosa"}))
    now = [shown(one["id"]) for one in made]

    assert listed(LIST_STRIPE_DISPUTES) == now
    assert walked(LIST_STRIPE_DISPUTES, limit=2) == ids_of(made)
    assert walked(LIST_STRIPE_DISPUTES, limit=1, backwards_from=made[2]["id"]) == ids_of(made[:2])
    assert ids_of(listed(LIST_STRIPE_DISPUTES, created={"gt": made[1]["created"]})) == ids_of(made[:1])
    assert ids_of(listed(LIST_STRIPE_DISPUTES, created={"lte": made[1]["created"]})) == ids_of(made[1:])
    expanded = listed(LIST_STRIPE_DISPUTES, expand=["data.charge"])
    assert [one["charge"]["id"] for one in expanded] == [one["charge"] for one in made]


def test_the_disputes_of_one_payment(clock: Clock) -> None:
    first = disputed(amount=2_00)
    done(close(first["id"]))
    clock.advance(timedelta(seconds=10))
    assert simulate(first["payment_intent"], "dispute").status == 200
    disputed()
    for params in ({"charge": first["charge"]}, {"payment_intent": first["payment_intent"]}):
        both = listed(LIST_STRIPE_DISPUTES, **params)
        assert [(one["amount"], one["status"]) for one in both] == [(8_00, "needs_response"), (2_00, "lost")]
        assert walked(LIST_STRIPE_DISPUTES, limit=1, **params) == ids_of(both)
        old = listed(LIST_STRIPE_DISPUTES, **params, created={"lte": first["created"]})
        assert ids_of(old) == [first["id"]]
    declined = SHOP.declined()["latest_charge"]
    assert listed(LIST_STRIPE_DISPUTES, charge=declined) == []


@pytest.mark.full
def test_a_page_with_too_much_evidence_is_shorter() -> None:
    long = dict.fromkeys(FIELDS[:7], '"' * 20_000)
    every = [disputed()["id"] for _ in range(12)]
    for one in every:
        done(update(one, submit=False, evidence=long))
    page = done(SHOP.get(LIST_STRIPE_DISPUTES, limit=100))
    assert (0 < len(page["data"]) < 12, page["has_more"]) == (True, True)
    newest = walked(LIST_STRIPE_DISPUTES, limit=100)
    assert sorted(newest) == sorted(every)
    assert walked(LIST_STRIPE_DISPUTES, limit=100, backwards_from=newest[-1]) == newest[:-1]


def test_another_merchants_are_not_there() -> None:
    dispute = disputed()
    other = StripeMerchant(OTHER_MERCHANT)
    assert listed(LIST_STRIPE_DISPUTES, shop=other) == []
    for name in ("charge", "payment_intent"):
        assert wrong(other.get(LIST_STRIPE_DISPUTES, **{name: dispute[name]})) == missing(name)
    assert wrong(other.get(LIST_STRIPE_DISPUTES, starting_after=dispute["id"])) == missing("starting_after")
