"""PATCH /sandbox/settings: change the merchant's settings."""

from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.merchant_settings import SimulationMode, change_choices
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.simulate.answers import render_settings
from paysandbox.simulate.requests import UpdateSettings
from paysandbox.simulate.routes import UPDATE_SETTINGS


@endpoint(UPDATE_SETTINGS)
def handler(call: Call[UpdateSettings, None]) -> Answer:
    """Make one update, which returns all settings."""
    body = call.body
    choices = change_choices(
        merchant_settings(),
        call.merchant,
        simulation=SimulationMode(body.simulation) if body.simulation else None,
        payout_destination=PayoutDestination(body.payout_destination) if body.payout_destination else None,
    )
    return Answer(render_settings(call.merchant, choices.simulation, choices.payout_destination), outcome="changed")
