"""GET /sandbox/settings: the defaults, and what was set."""

from paysandbox.simulate.routes import GET_SETTINGS, UPDATE_SETTINGS
from tests.support.clients.call import send


def test_defaults() -> None:
    assert send(GET_SETTINGS).json == {"merchant": "demo", "simulation": "automatic", "payout_destination": "bank"}


def test_stored_settings_are_shown() -> None:
    send(UPDATE_SETTINGS, body={"simulation": "manual"})
    assert send(GET_SETTINGS).json == {"merchant": "demo", "simulation": "manual", "payout_destination": "bank"}
