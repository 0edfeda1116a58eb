"""GET /sandbox/settings: return the merchant's settings."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.merchant_settings import get_choices
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.simulate.answers import render_settings
from paysandbox.simulate.routes import GET_SETTINGS


@endpoint(GET_SETTINGS)
def handler(call: Call[None, None]) -> Answer:
    """Make one consistent read."""
    choices = get_choices(merchant_settings(), call.merchant)
    return Answer(render_settings(call.merchant, choices.simulation, choices.payout_destination), outcome="shown")
