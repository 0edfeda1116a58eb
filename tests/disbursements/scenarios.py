"""A request to each route; handlers/test_disbursement_calls.py counts their calls."""

from paysandbox.disbursements.routes import (
    CANCEL_DISBURSEMENT,
    CREATE_DISBURSEMENT,
    GET_DISBURSEMENT,
    LIST_DISBURSEMENTS,
    LIST_MERCHANT_DISBURSEMENTS,
)
from tests.support.builders.disbursements import BANK_ACCOUNT, CUSTOMER_ID, EMAIL
from tests.support.builders.scenario import Parts, Scenario, with_key
from tests.support.clients.call import Merchant
from tests.support.clients.disbursement_requests import Payer, payment_body
from tests.support.worlds.handlers import Clock


def _accepted(demo: Merchant, _: Clock) -> Parts:
    payment_id = Payer(demo.name).ready().accepted()
    return {"path": {"customer_id": CUSTOMER_ID, "payment_id": payment_id}}


def _new(demo: Merchant, _: Clock) -> Parts:
    Payer(demo.name).ready()
    return {"path": {"customer_id": CUSTOMER_ID}, **with_key(payment_body())}


def _new_by_ach(demo: Merchant, _: Clock) -> Parts:
    Payer(demo.name).ready().update_customer(email=EMAIL, bank_account=BANK_ACCOUNT)
    return {"path": {"customer_id": CUSTOMER_ID}, **with_key(payment_body(payment_method="ach"))}


def _new_by_stripe(demo: Merchant, _: Clock) -> Parts:
    Payer(demo.name).ready().update_customer(email=EMAIL, stripe_account="acct_1")
    return {"path": {"customer_id": CUSTOMER_ID}, **with_key(payment_body(payment_method="stripe"))}


SCENARIOS = (
    Scenario("with a key", CREATE_DISBURSEMENT, (), _new, status=202, counted=False),
    Scenario("by ach", CREATE_DISBURSEMENT, (), _new_by_ach, status=202, counted=False),
    Scenario("by stripe", CREATE_DISBURSEMENT, (), _new_by_stripe, status=202, counted=False),
    Scenario("a page", LIST_MERCHANT_DISBURSEMENTS, (), lambda *_: {}, counted=False),
    Scenario("a page", LIST_DISBURSEMENTS, (), _accepted, counted=False),
    Scenario("one", GET_DISBURSEMENT, (), _accepted, counted=False),
    Scenario("pending", CANCEL_DISBURSEMENT, (), _accepted, counted=False),
)
