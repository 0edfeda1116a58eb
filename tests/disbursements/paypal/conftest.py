"""Fixtures: AWS on moto, PayPal over HTTP for each test, and the account's credentials in their parameter."""

from tests.support.handlers import *  # noqa: F403 - fixtures, by their names
from tests.support.paypal_server import paypal  # noqa: F401 - a fixture, by its name
