"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.balance.routes import GET_MERCHANT_BALANCE, LIST_MERCHANT_TRANSACTIONS
from paysandbox.core import ids
from paysandbox.core.errors import Code
from tests.support.builders.scenario import Parts, Refusal, Scenario, sending
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import told
from tests.support.worlds.handlers import Clock


def _entered(demo: Merchant, _: Clock) -> Parts:
    demo.captured(10_00)
    told()
    return {}


def _of_a_payment(demo: Merchant, _: Clock) -> Parts:
    payment_id = ids.payment_of(demo.captured(10_00))
    told()
    return {"query": {"payment_id": payment_id}}


SCENARIOS = (
    # The sums of the journal, and the funds.
    Scenario("a balance", GET_MERCHANT_BALANCE, ("Query",), _entered),
    # The journal's shards and its entries, and the payments of those.
    Scenario(
        "a page",
        LIST_MERCHANT_TRANSACTIONS,
        ("Query",) * INDEX_SHARDS + ("BatchGetItem", "BatchGetItem"),
        _entered,
    ),
    Scenario("nothing yet", LIST_MERCHANT_TRANSACTIONS, ("Query",) * INDEX_SHARDS, lambda *_: {}),
    Scenario("of a payment", LIST_MERCHANT_TRANSACTIONS, ("GetItem", "BatchGetItem", "BatchGetItem"), _of_a_payment),
)


REFUSALS = (
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
)
