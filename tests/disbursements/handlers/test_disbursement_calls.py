"""The AWS calls of the routes of customers, funds and disbursements, and the permissions that they need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.resources import Grant
from paysandbox.aws.schema import DISBURSEMENTS, MERCHANT_FUNDS
from paysandbox.customers import routes as customers
from paysandbox.customers.routes import CREATE_CUSTOMER, GET_CUSTOMER, LIST_CUSTOMERS, UPDATE_CUSTOMER
from paysandbox.disbursements.routes import (
    CANCEL_DISBURSEMENT,
    CREATE_DISBURSEMENT,
    GET_DISBURSEMENT,
    LIST_DISBURSEMENTS,
)
from paysandbox.disbursements.steps import Step
from paysandbox.funds import routes as funds
from paysandbox.funds.routes import FUND_MERCHANT, GET_FUNDS
from paysandbox.http.route import Route
from paysandbox.simulate.routes import GET_SIMULATION, SIMULATE_ACTION
from tests.support.clients.call import Reply, send
from tests.support.clients.disbursement_requests import Payer, step, stored
from tests.support.worlds.aws_transport import Sent, Wire, refused_with

ENTER: Final = "MerchantFunds PutItem"
ACCEPT: Final = ("MerchantFunds UpdateItem", "Disbursements PutItem", ENTER)
GIVE_BACK: Final = ("Disbursements PutItem", "MerchantFunds UpdateItem", ENTER)
FIND: Final = "Disbursements GetItem"
FIND_CUSTOMER: Final = "Customers GetItem"
BIND: Final = "PaymentsLedger PutItem"
SLOT: Final = "MerchantFunds UpdateItem"
ADD_FUNDING: Final = ("MerchantFunds PutItem", "MerchantFunds UpdateItem", ENTER)
BALANCE: Final = "MerchantFunds GetItem"
FIND_BY_ID: Final = ("Disbursements/by_payment_id Query", "Disbursements BatchGetItem")
RECORD: Final = "Disbursements PutItem"


@dataclass(frozen=True)
class Case:
    """A request after some steps of a disbursement that was accepted under the key `before`, and its calls in order.

    Each call is a table and an operation, those of a transaction one by one. A series of equal calls counts once.
    """

    name: str
    route: Route
    ask: Callable[[Payer], Reply]
    calls: tuple[str, ...]
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return f"{self.route.name}: {self.name}"


def first() -> str:
    return stored()[0].id


def simulate(action: str) -> Reply:
    return send(SIMULATE_ACTION, path={"object_id": first(), "action": action}, key=None)


CASES: Final = (
    Case("new", CREATE_CUSTOMER, lambda payer: payer.create_customer("other"), ("Customers PutItem",)),
    Case("known", CREATE_CUSTOMER, lambda payer: payer.create_customer(), ("Customers PutItem",)),
    Case(
        "a page",
        LIST_CUSTOMERS,
        lambda _: send(LIST_CUSTOMERS),
        ("Customers/by_merchant Query", "Customers BatchGetItem"),
    ),
    Case("one", GET_CUSTOMER, lambda payer: payer.customer(), (FIND_CUSTOMER,)),
    Case("one", UPDATE_CUSTOMER, lambda payer: payer.update_customer(email="a@b.example"), ("Customers UpdateItem",)),
    Case("without a key", FUND_MERCHANT, lambda payer: payer.fund(1), (*ADD_FUNDING, BALANCE)),
    Case("with a key", FUND_MERCHANT, lambda payer: payer.fund(1, key="k"), (BIND, *ADD_FUNDING, BALANCE)),
    Case("all", GET_FUNDS, lambda payer: payer.read_funds(), (BALANCE,)),
    Case("without a key", CREATE_DISBURSEMENT, lambda payer: payer.pay(), (FIND_CUSTOMER, *ACCEPT)),
    Case("with a key", CREATE_DISBURSEMENT, lambda payer: payer.pay(key="k"), (FIND_CUSTOMER, BIND, *ACCEPT)),
    Case("replayed", CREATE_DISBURSEMENT, lambda payer: payer.pay(key="before"), (FIND_CUSTOMER, BIND, *ACCEPT)),
    Case("refused", CREATE_DISBURSEMENT, lambda payer: payer.pay("50000"), (FIND_CUSTOMER, *ACCEPT)),
    Case(
        "without a bank account",
        CREATE_DISBURSEMENT,
        lambda payer: payer.pay(payment_method="ach"),
        (FIND_CUSTOMER, FIND),
    ),
    Case(
        "waiting",
        CREATE_DISBURSEMENT,
        lambda payer: payer.pay(wait="wait=1"),
        (FIND_CUSTOMER, *ACCEPT, SLOT, FIND, SLOT),
    ),
    Case(
        "nothing to wait for",
        CREATE_DISBURSEMENT,
        lambda payer: payer.pay(key="before", wait="wait=1"),
        (FIND_CUSTOMER, BIND, *ACCEPT),
        (Step.SEND, Step.PAY),
    ),
    Case("a page", LIST_DISBURSEMENTS, lambda payer: payer.payments(), ("Disbursements Query",)),
    Case("one", GET_DISBURSEMENT, lambda payer: payer.payment(first()), (FIND,)),
    Case("pending", CANCEL_DISBURSEMENT, lambda payer: payer.cancel(first()), (FIND, *GIVE_BACK)),
    Case(
        "unclaimed",
        CANCEL_DISBURSEMENT,
        lambda payer: payer.cancel(first()),
        (FIND, "Disbursements PutItem"),
        (Step.SEND, Step.UNCLAIM),
    ),
    Case("paid", CANCEL_DISBURSEMENT, lambda payer: payer.cancel(first()), (FIND,), (Step.SEND, Step.PAY)),
    Case(
        "a disbursement",
        GET_SIMULATION,
        lambda _: send(GET_SIMULATION, path={"object_id": first()}),
        FIND_BY_ID,
    ),
    Case("is paid", SIMULATE_ACTION, lambda _: simulate("pay"), (*FIND_BY_ID, RECORD), (Step.SEND,)),
    Case("fails", SIMULATE_ACTION, lambda _: simulate("fail"), (*FIND_BY_ID, *GIVE_BACK), (Step.SEND,)),
    Case("malformed", GET_DISBURSEMENT, lambda payer: payer.payment("x"), ()),
    Case("malformed", LIST_DISBURSEMENTS, lambda payer: payer.payments("a#b"), ()),
    Case("malformed", GET_CUSTOMER, lambda payer: payer.customer("a#b"), ()),
    Case("an amount with decimals", CREATE_DISBURSEMENT, lambda payer: payer.pay("12.50"), ()),
)


def calls_of(sent: list[Sent]) -> tuple[str, ...]:
    """Return table and operation of each call, without repeating equal ones of a series."""
    made = [one for call in sent for one in _parts(call)]
    return tuple(one for place, one in enumerate(made) if place == 0 or made[place - 1] != one)


def _parts(call: Sent) -> list[str]:
    if call.operation == "BatchGetItem":
        return [f"{_table({'TableName': name})} BatchGetItem" for name in call.parameters["RequestItems"]]
    if call.operation != "TransactWriteItems":
        return [f"{_table(call.parameters)} {call.operation}"]
    parts = [(kind, part) for one in call.parameters["TransactItems"] for kind, part in one.items()]
    return [f"{_table(part)} {kind}Item" for kind, part in parts]


def _table(parameters: dict[str, str]) -> str:
    name, index = parameters["TableName"].removeprefix("paysandbox-test-"), parameters.get("IndexName")
    return f"{name}/{index}" if index else name


@pytest.mark.parametrize("case", CASES, ids=str)
def test_calls_of_a_request(case: Case, payer: Payer, wire: Wire) -> None:
    payer.ready(100_00)
    payer.pay(key="before")
    step(first(), *case.steps)
    hashing_keys()
    with wire.record() as sent:
        assert case.ask(payer).status < 500
    assert calls_of(sent) == case.calls


@pytest.mark.parametrize(
    "route",
    [
        *customers.ROUTES,
        *funds.ROUTES,
        CREATE_DISBURSEMENT,
        LIST_DISBURSEMENTS,
        GET_DISBURSEMENT,
        CANCEL_DISBURSEMENT,
    ],
    ids=lambda route: route.name,
)
def test_functions_have_exactly_the_rights_they_use(route: Route) -> None:
    used = {call for case in CASES if case.route is route for call in case.calls}
    granted = {(_granted(grant), action) for grant in route.grants for action in grant.actions}
    tables = {f"{name.replace('IdempotencyRecords', 'PaymentsLedger')} {action}" for name, action in granted}
    assert used == {one for one in tables if not one.endswith("GetSecretValue")}


def _granted(grant: Grant) -> str:
    return f"{grant.resource.name}/{grant.index.name}" if grant.index else grant.resource.name


def test_rights_of_simulations_on_disbursements(payer: Payer, wire: Wire) -> None:
    payer.ready(100_00)
    payer.pay()
    step(first(), Step.SEND)
    hashing_keys()
    is_first = iter([True])
    overtaken = refused_with(400, "ConditionalCheckFailedException")
    with wire.broken(overtaken, when=lambda one: one.operation == "PutItem" and next(is_first, False)) as sent:
        assert simulate("pay").status == 200
    assert calls_of(sent) == (*FIND_BY_ID, RECORD, FIND, RECORD)

    used = {*calls_of(sent), *(call for case in CASES if case.route is SIMULATE_ACTION for call in case.calls)}
    assert used == granted_on_disbursements(SIMULATE_ACTION)
    assert {*FIND_BY_ID} == granted_on_disbursements(GET_SIMULATION)


def granted_on_disbursements(route: Route) -> set[str]:
    return {
        f"{grant.resource.name}{f'/{grant.index.name}' if grant.index else ''} {action}"
        for grant in route.grants
        if grant.resource.name in (DISBURSEMENTS, MERCHANT_FUNDS)
        for action in grant.actions
    }
