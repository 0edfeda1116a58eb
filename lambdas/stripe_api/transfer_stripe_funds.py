"""Every route that moves money between a platform and its accounts: transfers, and their reversals."""

from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.routes import RESOURCE_ROUTES

handler = answer_resources("transfer_stripe_funds", RESOURCE_ROUTES, resources=RESOURCES)
