"""POST /v1/transfers/{id}/reversals: funds of a transfer come back, in one transaction with it."""

from typing import Any

import pytest

from paysandbox.funds.funds_table import take
from paysandbox.funds.store import transact
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.ids import merchant_of_account
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.clients.transfers import PLATFORM, connected, funded, funds_of, sent, taken_back

INVALID = (400, "invalid_request_error")


@pytest.fixture
def account() -> str:
    """A connected account of a platform with 100.00 USD."""
    funded(100_00)
    return connected()


def shown(transfer: str) -> dict[str, Any]:
    return done(PLATFORM.get(RESOURCE["get_transfer"], transfer))


def test_what_it_shows(account: str) -> None:
    transfer = sent(account)["id"]
    made = taken_back(transfer, amount=15_00, metadata={"a": "1"}, description="Too much")
    name = made["id"]
    assert name.startswith("trr_")
    assert shown(transfer)["reversals"]["data"] == [made]
    assert {name: value for name, value in made.items() if name not in ("id", "created")} == {
        "object": "transfer_reversal", "amount": 15_00, "balance_transaction": f"txn_{name[4:]}r", "currency": "usd",
        "destination_payment_refund": f"pyr_{name[4:]}", "metadata": {"a": "1"}, "source_refund": None,
        "transfer": transfer,
    }  # fmt: skip


def test_it_takes_back_what_is_left(account: str) -> None:
    transfer = sent(account)["id"]
    assert taken_back(transfer, amount=15_00)["amount"] == 15_00
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 75_00}, {"USD": 25_00})
    half = shown(transfer)
    assert (half["amount_reversed"], half["reversed"]) == (15_00, False)
    assert taken_back(transfer)["amount"] == 25_00
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 100_00}, {"USD": 0})
    whole = shown(transfer)
    assert (whole["amount_reversed"], whole["reversed"]) == (40_00, True)
    assert [each["amount"] for each in whole["reversals"]["data"]] == [25_00, 15_00]


def test_never_more_than_the_transfer(account: str) -> None:
    first, second = sent(account)["id"], sent(account)["id"]
    taken_back(first, amount=30_00)
    assert wrong(PLATFORM.post(RESOURCE["create_transfer_reversal"], first, amount=10_01)) == (
        *INVALID,
        None,
        "amount",
    )
    taken_back(first)
    reply = PLATFORM.post(RESOURCE["create_transfer_reversal"], first)
    assert wrong(reply) == (*INVALID, None, None)
    assert reply.error["message"] == f"The transfer {first} is already fully reversed."
    assert shown(second)["amount_reversed"] == 0
    assert funds_of(account) == {"USD": 40_00}


def test_funds_of_the_account_that_do_not_cover_it(account: str) -> None:
    transfer = sent(account)["id"]
    other = sent(account, 1_00)["id"]
    merchant = merchant_of_account(account)
    assert merchant is not None
    assert transact(funds().client, [take(funds(), merchant, "USD", 20_00)]) == []
    reply = PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer)
    assert wrong(reply) == (*INVALID, "balance_insufficient", None)
    assert (shown(transfer)["amount_reversed"], shown(other)["amount_reversed"]) == (0, 0)


def test_a_replay_is_the_first_answer_and_moves_nothing(account: str) -> None:
    transfer = sent(account)["id"]
    first = PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer, amount=10_00, key="k")
    taken_back(transfer)
    again = PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer, amount=10_00, key="k")
    assert (again.text, again.replayed) == (first.text, True)
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 100_00}, {"USD": 0})


@pytest.mark.parametrize("params, refusal", [
    ({"amount": 0}, ("parameter_invalid_integer", "amount")),
    ({"amount": "x"}, ("parameter_invalid_integer", "amount")),
    ({"refund_application_fee": True}, (None, "refund_application_fee")), ({"fee": 1}, ("parameter_unknown", "fee")),
])  # fmt: skip
def test_what_is_refused(params: Any, refusal: Any, account: str) -> None:
    transfer = sent(account)["id"]
    assert wrong(PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer, **params)) == (*INVALID, *refusal)


def test_transfers_that_are_not_there(account: str) -> None:
    transfer = sent(account)["id"]
    assert wrong(PLATFORM.post(RESOURCE["create_transfer_reversal"], "tr_1")) == missing("id")
    assert wrong(StripeMerchant(OTHER_MERCHANT).post(RESOURCE["create_transfer_reversal"], transfer)) == missing("id")
