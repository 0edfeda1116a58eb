"""Changes of objects together with payments: updates of Checkout sessions, and refunds of application fees."""

from paysandbox.stripe_api.checkout.new_session import session_and_others
from paysandbox.stripe_api.checkout.session_resource import SESSION
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.routes import CHANGE_STRIPE_PAYMENTS, RESOURCE_ROUTES

handler = answer_resources(
    CHANGE_STRIPE_PAYMENTS, RESOURCE_ROUTES, resources=RESOURCES, together={SESSION.object: session_and_others}
)
