"""Every route that pays funds out: payouts, and their cancellation."""

from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.routes import RESOURCE_ROUTES

handler = answer_resources("move_stripe_funds", RESOURCE_ROUTES, resources=RESOURCES)
