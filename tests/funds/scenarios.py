"""A request to each route; tests/disbursements/handlers/test_disbursement_calls.py counts their calls."""

from paysandbox.funds.routes import FUND_MERCHANT, GET_FUNDS
from tests.support.builders.scenario import Scenario, with_key

SCENARIOS = (
    Scenario("with a key", FUND_MERCHANT, (), lambda *_: with_key({"amount": 100, "currency": "USD"}), counted=False),
    Scenario("none", GET_FUNDS, (), lambda *_: {}, counted=False),
)
