"""Retrieving and listing Checkout sessions, transfers and application fees: payments can be expanded in them."""

from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.routes import READ_STRIPE_PAYMENTS, RESOURCE_ROUTES

handler = answer_resources(READ_STRIPE_PAYMENTS, RESOURCE_ROUTES, resources=RESOURCES)
