"""The declared resources, and the types of their events."""

from typing import Final

from paysandbox.stripe_api.billing.customers.customer_resource import CUSTOMER
from paysandbox.stripe_api.billing.invoice_items.invoice_item_resource import INVOICE_ITEMS
from paysandbox.stripe_api.billing.invoice_resource import INVOICE_PAYMENTS, INVOICES
from paysandbox.stripe_api.billing.subscription_resource import SUBSCRIPTION_ITEMS, SUBSCRIPTIONS
from paysandbox.stripe_api.checkout.session_resource import SESSION
from paysandbox.stripe_api.resource_kit.declaration import Resources
from paysandbox.stripe_api.resources.accounts import ACCOUNT
from paysandbox.stripe_api.resources.application_fees.fee_resources import APPLICATION_FEES, FEE_REFUNDS
from paysandbox.stripe_api.resources.confirmation_tokens import CONFIRMATION_TOKENS
from paysandbox.stripe_api.resources.coupons import COUPON
from paysandbox.stripe_api.resources.customer_sessions import CUSTOMER_SESSION
from paysandbox.stripe_api.resources.domains.domain_resources import APPLE_PAY_DOMAIN, PAYMENT_METHOD_DOMAIN
from paysandbox.stripe_api.resources.ephemeral_keys.ephemeral_key_resource import EPHEMERAL_KEYS
from paysandbox.stripe_api.resources.granted_tokens import GRANTED_TOKENS
from paysandbox.stripe_api.resources.links_for_accounts import ACCOUNT_LINK, LOGIN_LINK
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT, CAPABILITY, CONNECTED_APPLICATION
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.resources.payouts.payout_resource import PAYOUTS
from paysandbox.stripe_api.resources.products.price_resource import PRICE
from paysandbox.stripe_api.resources.products.product_resource import PRODUCT
from paysandbox.stripe_api.resources.promotion_codes import PROMOTION_CODES
from paysandbox.stripe_api.resources.shipping_rates import SHIPPING_RATE
from paysandbox.stripe_api.resources.sources import SOURCE_OBJECTS, SOURCES
from paysandbox.stripe_api.resources.tax_ids import TAX_ID
from paysandbox.stripe_api.resources.tax_rates import TAX_RATE
from paysandbox.stripe_api.resources.tokens import TOKENS
from paysandbox.stripe_api.resources.transfers.transfer_resources import TRANSFER_REVERSALS, TRANSFERS
from paysandbox.stripe_api.setup_intents.setup_attempt_resource import SETUP_ATTEMPT
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT

RESOURCES: Final[Resources] = {
    each.object: each
    for each in (
        *(PRODUCT, PRICE, CUSTOMER, PAYMENT_METHODS, SOURCES, SOURCE_OBJECTS, TAX_ID, CUSTOMER_SESSION, EPHEMERAL_KEYS),
        *(SETUP_INTENT, SETUP_ATTEMPT, TOKENS, CONFIRMATION_TOKENS, GRANTED_TOKENS),
        *(SESSION, COUPON, PROMOTION_CODES, SHIPPING_RATE, TAX_RATE),
        *(SUBSCRIPTIONS, SUBSCRIPTION_ITEMS, INVOICES, INVOICE_ITEMS, INVOICE_PAYMENTS),
        *(ACCOUNT, BANK_ACCOUNT, CAPABILITY, CONNECTED_APPLICATION, ACCOUNT_LINK, LOGIN_LINK),
        *(PAYMENT_METHOD_DOMAIN, APPLE_PAY_DOMAIN),
        *(TRANSFERS, TRANSFER_REVERSALS, PAYOUTS, APPLICATION_FEES, FEE_REFUNDS),
    )
}

OBJECT_EVENT_TYPES: Final = tuple(kind for each in RESOURCES.values() for kind in each.event_types)
