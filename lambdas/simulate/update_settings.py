"""PATCH /sandbox/settings: change the merchant's settings."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.merchant_settings import SimulationMode, get_simulation_mode, set_simulation_mode
from paysandbox.payments.simulation_settings import merchant_settings
from paysandbox.simulate.answers import render_settings
from paysandbox.simulate.requests import UpdateSettings
from paysandbox.simulate.routes import UPDATE_SETTINGS


@endpoint(UPDATE_SETTINGS)
def handler(call: Call[UpdateSettings, None]) -> Answer:
    """Make one update, or one read if nothing is to be changed."""
    settings = merchant_settings()
    if call.body.simulation is None:
        mode = get_simulation_mode(settings, call.merchant)
    else:
        mode = SimulationMode(call.body.simulation)
        set_simulation_mode(settings, call.merchant, mode)
    return Answer(render_settings(call.merchant, mode), outcome="changed")
