"""POST /v1/transfers: funds go from the platform to a connected account, in one transaction."""

from typing import Any

import pytest

from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.clients.transfers import PLATFORM, connected, funded, funds_of, sent

INVALID = (400, "invalid_request_error")


def test_what_it_shows() -> None:
    funded()
    account = connected()
    made = sent(account, description="May", metadata={"a": "1"}, transfer_group="ORDER_1")
    assert done(PLATFORM.get(RESOURCE["get_transfer"], made["id"])) == made
    name = made.pop("id")
    assert name.startswith("tr_")
    assert made.pop("created") > 0
    assert made == {
        "object": "transfer", "amount": 40_00, "amount_reversed": 0, "balance_transaction": f"txn_{name[3:]}t",
        "currency": "usd",
        "description": "May", "destination": account, "destination_payment": f"py_{name[3:]}", "livemode": False,
        "metadata": {"a": "1"}, "reversed": False, "source_transaction": None, "source_type": "card",
        "transfer_group": "ORDER_1",
        "reversals": {"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{name}/reversals"},
    }  # fmt: skip


def test_its_amount_moves() -> None:
    funded(100_00)
    funded(5_000, "JPY")
    account = connected()
    sent(account, 40_00)
    sent(account, 60_00)
    sent(account, 2_000, currency="jpy")
    assert funds_of(MERCHANT) == {"USD": 0, "JPY": 3_000}
    assert funds_of(account) == {"USD": 100_00, "JPY": 2_000}


def test_a_replay_is_the_first_answer_and_moves_nothing() -> None:
    funded(40_00)
    account = connected()
    params = {"amount": 40_00, "currency": "usd", "destination": account, "key": "k"}
    first = PLATFORM.post(RESOURCE["create_transfer"], **params)
    _delete(account)
    again = PLATFORM.post(RESOURCE["create_transfer"], **params)
    assert (again.text, again.replayed) == (first.text, True)
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 0}, {"USD": 40_00})


@pytest.mark.parametrize("amount, currency", [(40_01, "usd"), (1, "eur")])
def test_funds_that_do_not_cover_it(amount: int, currency: str) -> None:
    funded(40_00)
    account = connected()
    reply = PLATFORM.post(RESOURCE["create_transfer"], amount=amount, currency=currency, destination=account, key="k")
    assert wrong(reply) == (*INVALID, "balance_insufficient", None)
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 40_00}, {})
    funded(1_00, currency.upper())
    assert (
        PLATFORM.post(
            RESOURCE["create_transfer"], amount=amount, currency=currency, destination=account, key="k"
        ).status
        == 200
    )


def test_accounts_that_are_not_there() -> None:
    funded()
    gone = connected()
    _delete(gone)
    for name in (gone, connected(OTHER_MERCHANT), "acct_1", "x"):
        reply = PLATFORM.post(RESOURCE["create_transfer"], amount=1, currency="usd", destination=name)
        assert wrong(reply) == missing("destination")
        assert reply.error["message"] == f"No such destination: '{name}'"
    assert funds_of(MERCHANT) == {"USD": 100_00}


@pytest.mark.parametrize("sent, refusal", [
    ({"amount": None}, ("parameter_missing", "amount")), ({"amount": 0}, ("parameter_invalid_integer", "amount")),
    ({"amount": "1.5"}, ("parameter_invalid_integer", "amount")),
    ({"currency": None}, ("parameter_missing", "currency")),
    ({"currency": "xyz"}, (None, "currency")), ({"destination": None}, ("parameter_missing", "destination")),
    ({"destination": ""}, ("parameter_invalid_empty", "destination")),
    ({"source_type": "fpx"}, (None, "source_type")),
    ({"currency": "kwd", "amount": 11}, ("parameter_invalid_integer", "amount")),
    ({"currency": "isk", "amount": 150}, ("invalid_charge_amount_no_decimal_compatible", "amount")),
    ({"fee": 1}, ("parameter_unknown", "fee")),
])  # fmt: skip
def test_what_is_refused(sent: Any, refusal: Any) -> None:
    whole = {"amount": 1_00, "currency": "usd", "destination": connected()} | sent
    params = {name: value for name, value in whole.items() if value is not None}
    assert wrong(PLATFORM.post(RESOURCE["create_transfer"], **params)) == (*INVALID, *refusal)


@pytest.mark.parametrize("params", [
    {"type": "express"}, {"metadata": {"sandbox_outcome": "transfers=pending"}},
    {"metadata": {"sandbox_outcome": "onboarding"}},
])  # fmt: skip
def test_accounts_that_cannot_receive_it(params: Any) -> None:
    funded()
    reply = PLATFORM.post(RESOURCE["create_transfer"], amount=1, currency="usd", destination=connected(**params))
    assert wrong(reply) == (*INVALID, "insufficient_capabilities_for_transfer", "destination")


def test_its_account_is_expanded() -> None:
    funded()
    account = connected()
    made = sent(account, expand=["destination", "source_transaction"])
    assert (made["destination"]["object"], made["destination"]["id"]) == ("account", account)
    shown = done(PLATFORM.get(RESOURCE["get_transfer"], made["id"], expand=["destination", "reversals"]))
    assert shown["destination"]["id"] == account


def _delete(account: str) -> None:
    done(PLATFORM.ask(RESOURCE["delete_account"], account))
