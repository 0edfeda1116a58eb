"""Creates subscriptions, with the payment of the first invoice."""

from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.routes import RESOURCE_ROUTES

handler = answer_resources("create_stripe_subscriptions", RESOURCE_ROUTES, resources=RESOURCES)
