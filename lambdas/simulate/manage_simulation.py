"""Routes that say what can be simulated, and the merchant's settings."""

from paysandbox.http.dispatch import dispatch
from paysandbox.simulate.routes import MANAGE_SIMULATION, ROUTES

handler = dispatch(MANAGE_SIMULATION, ROUTES)
