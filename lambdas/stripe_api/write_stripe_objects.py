"""Every route that creates, updates or deletes objects of declared resources, such as products."""

from paysandbox.stripe_api.customer_sessions import new_session
from paysandbox.stripe_api.payment_methods.customers import with_payment_method
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.resource_kit.routes import WRITE_STRIPE_OBJECTS
from paysandbox.stripe_api.resources.declared import RESOURCES
from paysandbox.stripe_api.routes import RESOURCE_ROUTES, ROUTES

handler = answer_resources(
    WRITE_STRIPE_OBJECTS,
    RESOURCE_ROUTES,
    resources=RESOURCES,
    together={"customer": with_payment_method, "customer_session": new_session},
    own=ROUTES,
)
