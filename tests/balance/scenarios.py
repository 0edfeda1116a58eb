"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.balance.routes import GET_MERCHANT_BALANCE, LIST_MERCHANT_TRANSACTIONS, ROUTES
from paysandbox.core import ids
from paysandbox.core.errors import Code
from tests.support.builders.scenario import Parts, Refusal, Scenario, sending
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import told
from tests.support.clients.transfers import connected, funded, sent
from tests.support.worlds.handlers import Clock


def _entered(demo: Merchant, _: Clock) -> Parts:
    demo.captured(10_00)
    told()
    return {}


def _of_an_account(demo: Merchant, _: Clock) -> Parts:
    funded(100_00, merchant=demo.name)
    account = connected(demo.name)
    sent(account)
    return {"query": {"account": account}}


def _of_a_payment(demo: Merchant, _: Clock) -> Parts:
    payment_id = ids.payment_of(demo.captured(10_00))
    told()
    return {"query": {"payment_id": payment_id}}


SCENARIOS = (
    # The sums of the journal, and the funds.
    Scenario("a balance", GET_MERCHANT_BALANCE, ("Query",), _entered),
    # Whose account it is, first.
    Scenario("of an account", GET_MERCHANT_BALANCE, ("GetItem", "Query"), _of_an_account),
    # The journal's shards and its entries, and the payments of those.
    Scenario(
        "a page",
        LIST_MERCHANT_TRANSACTIONS,
        ("Query",) * INDEX_SHARDS + ("BatchGetItem", "BatchGetItem"),
        _entered,
    ),
    Scenario("nothing yet", LIST_MERCHANT_TRANSACTIONS, ("Query",) * INDEX_SHARDS, lambda *_: {}),
    Scenario("of a payment", LIST_MERCHANT_TRANSACTIONS, ("GetItem", "BatchGetItem", "BatchGetItem"), _of_a_payment),
    # Whose account it is; its transfer is of no payment.
    Scenario(
        "of an account",
        LIST_MERCHANT_TRANSACTIONS,
        ("GetItem", *("Query",) * INDEX_SHARDS, "BatchGetItem"),
        _of_an_account,
    ),
)


REFUSALS = (
    *(
        Refusal(route, code, sending(query={"account": account}), "account")
        for route in ROUTES
        for code, account in ((Code.RESOURCE_NOT_FOUND, f"acct_{'a' * 16}"), (Code.PARAMETER_INVALID, "acct_1"))
    ),
    Refusal(LIST_MERCHANT_TRANSACTIONS, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(
        LIST_MERCHANT_TRANSACTIONS,
        Code.CURSOR_INVALID,
        lambda demo, clock: {"query": {**_of_a_payment(demo, clock)["query"], "cursor": "x"}},
        "cursor",
    ),
    Refusal(LIST_MERCHANT_TRANSACTIONS, Code.PARAMETER_INVALID, sending(query={"limit": "x"}), "limit"),
    Refusal(LIST_MERCHANT_TRANSACTIONS, Code.PARAMETER_INVALID, sending(query={"type": "charge"}), "type"),
    Refusal(LIST_MERCHANT_TRANSACTIONS, Code.PARAMETER_INVALID, sending(query={"payment_id": "ch_1"}), "payment_id"),
    Refusal(LIST_MERCHANT_TRANSACTIONS, Code.CURRENCY_UNSUPPORTED, sending(query={"currency": "XXX"}), "currency"),
)
