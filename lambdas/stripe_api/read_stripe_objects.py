"""Every route that reads objects of declared resources, such as products."""

from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.resource_kit.routes import READ_STRIPE_OBJECTS
from paysandbox.stripe_api.routes import RESOURCE_ROUTES, ROUTES

handler = answer_resources(READ_STRIPE_OBJECTS, RESOURCE_ROUTES, resources=RESOURCES, own=ROUTES)
