"""A request to each route; tests/disbursements/handlers/test_disbursement_calls.py counts their calls."""

from collections.abc import Callable
from typing import Any

from paysandbox.customers.routes import CREATE_CUSTOMER, GET_CUSTOMER, LIST_CUSTOMERS, UPDATE_CUSTOMER
from tests.support.builders.disbursements import BANK_ACCOUNT, CUSTOMER_ID, EMAIL
from tests.support.builders.scenario import Parts, Scenario
from tests.support.clients.call import Merchant
from tests.support.clients.disbursement_requests import Payer
from tests.support.worlds.handlers import Clock


def _known(**parts: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a customer, and send a request with these parts."""

    def given(demo: Merchant, _: Clock) -> Parts:
        Payer(demo.name).ready()
        return parts

    return given


def _new_with_account(_: Merchant, __: Clock) -> Parts:
    return {"body": {"customer_id": CUSTOMER_ID, "email": EMAIL, "bank_account": BANK_ACCOUNT}}


_PATH = {"customer_id": CUSTOMER_ID}

SCENARIOS = (
    Scenario("known", CREATE_CUSTOMER, (), _known(body={"customer_id": CUSTOMER_ID, "email": EMAIL}), counted=False),
    Scenario("with an account", CREATE_CUSTOMER, (), _new_with_account, counted=False),
    Scenario("a page", LIST_CUSTOMERS, (), _known(), counted=False),
    Scenario("one", GET_CUSTOMER, (), _known(path=_PATH), counted=False),
    Scenario("one", UPDATE_CUSTOMER, (), _known(path=_PATH, body={"email": EMAIL}), counted=False),
    Scenario(
        "an account",
        UPDATE_CUSTOMER,
        (),
        _known(path=_PATH, body={"email": EMAIL, "bank_account": BANK_ACCOUNT}),
        counted=False,
    ),
)
