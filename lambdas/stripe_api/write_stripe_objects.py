"""Every route that creates, updates or deletes objects of declared resources, such as products."""

from paysandbox.stripe_api.billing.invoice_items.new_invoice_item import item_and_others
from paysandbox.stripe_api.billing.new_invoice import invoice_and_others
from paysandbox.stripe_api.checkout.new_session import session_and_others
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.payment_methods.customer_sessions import new_session
from paysandbox.stripe_api.resource_kit.handlers import answer_resources
from paysandbox.stripe_api.resource_kit.routes import WRITE_STRIPE_OBJECTS
from paysandbox.stripe_api.resources.products.default_price_actions import with_default_price
from paysandbox.stripe_api.resources.products.product_resource import PRODUCT
from paysandbox.stripe_api.routes import RESOURCE_ROUTES, ROUTES
from paysandbox.stripe_api.tax_ids.of_customers import with_all_it_names

handler = answer_resources(
    WRITE_STRIPE_OBJECTS,
    RESOURCE_ROUTES,
    resources=RESOURCES,
    together={
        "checkout.session": session_and_others,
        "customer": with_all_it_names,
        "customer_session": new_session,
        "invoice": invoice_and_others,
        "invoiceitem": item_and_others,
        PRODUCT.object: with_default_price,
    },
    own=ROUTES,
)
