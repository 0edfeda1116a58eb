"""Products and prices: every route that reads objects of a declared resource."""

from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.resource_kit.routes import READ_STRIPE_OBJECTS
from paysandbox.stripe_api.routes import RESOURCE_ROUTES

handler = answer_resources(READ_STRIPE_OBJECTS, RESOURCE_ROUTES)
