"""Products and prices: every route that creates, updates or deletes objects of a declared resource."""

from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.resource_kit.routes import WRITE_STRIPE_OBJECTS
from paysandbox.stripe_api.routes import RESOURCE_ROUTES

handler = answer_resources(WRITE_STRIPE_OBJECTS, RESOURCE_ROUTES)
