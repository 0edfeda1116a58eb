"""Fixtures: AWS on moto, PayPal over HTTP for each test, and the account's credentials in their parameter."""

from tests.support.fakes.paypal_server import paypal  # noqa: F401 - a fixture, by its name
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names
