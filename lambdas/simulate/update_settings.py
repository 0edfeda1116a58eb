"""PATCH /sandbox/settings: change the merchant's settings."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.merchant_settings import SimulationMode, set_simulation_mode
from paysandbox.payments.simulation_settings import merchant_settings
from paysandbox.simulate.answers import render_settings
from paysandbox.simulate.requests import UpdateSettings
from paysandbox.simulate.routes import UPDATE_SETTINGS


@endpoint(UPDATE_SETTINGS)
def handler(call: Call[UpdateSettings, None]) -> Answer:
    """Make one update, which returns what is set then."""
    changed = SimulationMode(call.body.simulation) if call.body.simulation else None
    mode = set_simulation_mode(merchant_settings(), call.merchant, changed)
    return Answer(render_settings(call.merchant, mode), outcome="changed")
