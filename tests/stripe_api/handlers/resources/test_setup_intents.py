"""Setup intents: the list, which is what the kit answers of this resource, with a real table."""

from datetime import timedelta
from typing import Any

from tests.stripe_api.handlers.setup_intents.setups import customer, saved
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock


def test_setup_intents_are_listed(clock: Clock) -> None:
    jenny, setups = customer(), list[dict[str, Any]]()
    for params in ({}, {"customer": jenny}, {"customer": jenny}):
        setups.append(saved(**params))
        clock.advance(timedelta(seconds=1))

    def numbers(**params: Any) -> list[int]:
        found = done(StripeMerchant().get(RESOURCE["list_setup_intents"], **params))["data"]
        return [setups.index(each) for each in found]

    assert numbers() == [2, 1, 0]
    assert numbers(limit=1, starting_after=setups[2]["id"]) == [1]
    assert numbers(customer=jenny) == [2, 1]
    assert numbers(payment_method=setups[1]["payment_method"]) == [1]
    assert numbers(created={"lt": setups[1]["created"]}) == [0]
    refused = StripeMerchant().get(RESOURCE["list_setup_intents"], customer="cus_unknown")
    assert wrong(refused) == missing("customer")
