"""GET /sandbox/settings: return the merchant's settings."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.merchant_settings import get_simulation_mode
from paysandbox.payments.simulation_settings import merchant_settings
from paysandbox.simulate.answers import render_settings
from paysandbox.simulate.routes import GET_SETTINGS


@endpoint(GET_SETTINGS)
def handler(call: Call[None, None]) -> Answer:
    """Make one consistent read."""
    mode = get_simulation_mode(merchant_settings(), call.merchant)
    return Answer(render_settings(call.merchant, mode), outcome="shown")
