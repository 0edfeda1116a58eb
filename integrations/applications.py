"""The calls of applications that are replayed: what each sends, and the fields that it reads in the answers.

Names and values are facts, read in the sources that integrations.toml pins; no code is theirs.
"""

from typing import Final

from integrations.calls import Replay, Sdk, Step, on_checkouts_page
from integrations.flow import FlowStep
from integrations.source_lines import Lines
from integrations.steps import (
    CUSTOMER,
    PRICE,
    PRODUCT,
    RETURN_URL,
    SUBSCRIBE,
    VISA,
    create_customer,
    create_intent,
    create_session,
    open_portal,
    owners_plan,
)

_NIL: Final = "nil, which the SDK leaves out"


_NEXTJS: Final = "utils/stripe/server.ts"
_NEXTJS_CUSTOMERS: Final = "utils/supabase/admin.ts"

NEXTJS: Final = Replay(
    "nextjs-subscription-payments",
    sdk=Sdk("Node", "14.25.0"),
    steps=(
        Step(
            "createOrRetrieveCustomer",
            "GET",
            "/v1/customers",
            {"email": "jenny-{run}@example.com"},
            {"data": []},
            source=(Lines(_NEXTJS_CUSTOMERS, "142-142"),),
        ),
        create_customer(
            "createCustomerInStripe",
            {"metadata[supabaseUUID]": "{run}", "email": "jenny-{run}@example.com"},
            source=(Lines(_NEXTJS_CUSTOMERS, "107-107"),),
        ),
        *owners_plan(**{"recurring[interval]": "month"}),
        create_session(
            "checkoutWithStripe",
            {
                "allow_promotion_codes": True,
                "billing_address_collection": "required",
                "customer": "{customer[id]}",
                "customer_update[address]": "auto",
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "cancel_url": "https://shop.example",
                "success_url": "https://shop.example/account",
                "mode": "subscription",
            },
            {"id": ..., "url": ...},
            source=(
                Lines(_NEXTJS, "50-65"),
                Lines(
                    _NEXTJS,
                    "71-78",
                    {"subscription_data": "empty without a trial", "trial_end": "only with a trial"},
                ),
            ),
        ),
        SUBSCRIBE,
        open_portal(
            "createStripePortal",
            {"customer": "{customer[id]}", "return_url": "https://shop.example/account"},
            source=(Lines(_NEXTJS, "153-156"),),
        ),
    ),
)

# The account is the one that a calendar's owner connected.
_OWNER: Final = {"Stripe-Account": "{account[id]}"}

_CAL: Final = "packages/app-store/stripepayment/lib/PaymentService.ts"
_CAL_METADATA: Final = {
    "metadata[identifier]": "cal.com",
    "metadata[bookingId]": "6735",
    "metadata[calAccountId]": "1",
    "metadata[calUsername]": "owner",
    "metadata[bookerName]": "Jenny Rosen",
    "metadata[bookerEmail]": "jenny@example.com",
    "metadata[bookerPhoneNumber]": "",
    "metadata[eventTitle]": "Half an hour",
    "metadata[bookingTitle]": "Half an hour with Jenny Rosen",
}
_CAL_METADATA_LINES: Final = Lines(_CAL, "476-484")

CAL_COM: Final = Replay(
    "cal.com",
    sdk=Sdk("Node", "9.16.0"),
    version="2020-08-27",
    steps=(
        Step(
            "the owner's account",
            "POST",
            "/v1/accounts",
            {"type": "standard", "country": "US", "email": "owner@example.com"},
            {"id": ..., "object": "account"},
            saved_as="account",
            buyers=True,
        ),
        Step(
            "retrieveOrCreateStripeCustomerByEmail",
            "GET",
            "/v1/customers",
            {"email": "jenny-{run}@example.com", "limit": "1"},
            {"data": []},
            headers=_OWNER,
        ),
        create_customer(
            "retrieveOrCreateStripeCustomerByEmail: create", {"email": "jenny-{run}@example.com"}, headers=_OWNER
        ),
        create_intent(
            "create",
            {
                "amount": "2000",
                "currency": "usd",
                "customer": "{customer[id]}",
                "automatic_payment_methods[enabled]": True,
                **_CAL_METADATA,
            },
            {"id": ..., "client_secret": ...},
            headers=_OWNER,
            source=(Lines(_CAL, "90-96"), _CAL_METADATA_LINES),
        ),
        Step(
            "the booker",
            "POST",
            "/v1/payment_intents/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": RETURN_URL},
            {"status": "succeeded"},
            headers=_OWNER,
            buyers=True,
            does=FlowStep.CONNECTED_ACCOUNT,
        ),
        Step(
            "refund",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}"},
            {"status": "succeeded"},
            headers=_OWNER,
            source=(Lines(_CAL, "352-352"),),
            does=FlowStep.REFUND,
        ),
        Step(
            "collectCard",
            "POST",
            "/v1/setup_intents",
            {
                "customer": "{customer[id]}",
                "payment_method_types[0]": "card",
                "metadata[bookingId]": "6735",
                "metadata[bookerPhoneNumber]": "",
            },
            {"id": ..., "client_secret": ...},
            headers=_OWNER,
            saved_as="setup",
            source=(Lines(_CAL, "172-177"),),
        ),
        Step(
            "the booker saves a card",
            "POST",
            "/v1/setup_intents/{setup[id]}/confirm",
            {"payment_method": VISA, "return_url": RETURN_URL},
            {"status": "succeeded", "payment_method": ...},
            headers=_OWNER,
            saved_as="setup",
            buyers=True,
            does=FlowStep.SAVE_CARD,
        ),
        Step("chargeCard: its customer", "GET", "/v1/customers/{customer[id]}", {}, {"id": ...}, headers=_OWNER),
        Step(
            "chargeCard: its card",
            "GET",
            "/v1/payment_methods/{setup[payment_method]}",
            {},
            {"customer": "{customer[id]}"},
            headers=_OWNER,
        ),
        Step(
            "chargeCard",
            "POST",
            "/v1/payment_intents",
            {
                "amount": "2000",
                "currency": "usd",
                "customer": "{customer[id]}",
                "payment_method": "{setup[payment_method]}",
                "off_session": True,
                "confirm": True,
                **_CAL_METADATA,
            },
            {"status": "succeeded"},
            headers=_OWNER,
            source=(Lines(_CAL, "264-270"), _CAL_METADATA_LINES),
            does=FlowStep.SAVED_CARD,
        ),
    ),
)

_LAGO: Final = "app/services/payment_provider_customers/stripe_service.rb"
_LAGO_PAYMENT: Final = "app/services/payment_providers/stripe/payments/create_service.rb"

LAGO: Final = Replay(
    "Lago",
    sdk=Sdk("Ruby", "6.5.0"),
    version="2025-04-30.basil",
    steps=(
        Step(
            "RegisterWebhookService",
            "POST",
            "/v1/webhook_endpoints",
            {
                "url": "{hooks_url}",
                "enabled_events[0]": "setup_intent.succeeded",
                "enabled_events[1]": "payment_intent.payment_failed",
                "enabled_events[2]": "payment_intent.succeeded",
                "enabled_events[3]": "payment_intent.canceled",
                "enabled_events[4]": "payment_method.detached",
                "enabled_events[5]": "charge.refund.updated",
                "enabled_events[6]": "customer.updated",
                "enabled_events[7]": "charge.dispute.closed",
                "api_version": "2025-04-30.basil",
            },
            {"id": ..., "secret": ...},
            saved_as="endpoint",
            source=(
                Lines("app/services/payment_providers/stripe/base_service.rb", "36-39"),
                Lines("app/services/payment_providers/stripe/register_webhook_service.rb", "14-15"),
            ),
        ),
        Step("its deletion", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}, buyers=True),
        create_customer(
            "create_stripe_customer",
            {
                "address[city]": "Berlin",
                "address[country]": "DE",
                "address[line1]": "Torstraße 1",
                "address[postal_code]": "10119",
                "email": "jenny@example.com",
                "name": "Jenny Rosen",
                "metadata[lago_customer_id]": "{run}",
                "metadata[customer_id]": "6735",
            },
            idempotency_key="{run}-1764000000",
            source=(Lines(_LAGO, "178-194", {"line2": _NIL, "state": _NIL, "phone": _NIL}),),
        ),
        create_session(
            "generate_checkout_url",
            {
                "success_url": "https://shop.example/success",
                "mode": "setup",
                "payment_method_types[0]": "card",
                "customer": "{customer[id]}",
            },
            {"url": ...},
            source=(
                Lines(
                    _LAGO,
                    "133-142",
                    {
                        "consent_collection": "only if the organization asks for it",
                        "terms_of_service": "only if the organization asks for it",
                    },
                ),
            ),
        ),
        on_checkouts_page("the customer saves a card", FlowStep.SAVE_CARD),
        Step("stripe_customer", "GET", "/v1/customers/{customer[id]}", {}, {"id": "{customer[id]}"}),
        Step(
            "customer_payment_methods",
            "GET",
            "/v1/customers/{customer[id]}/payment_methods",
            {},
            {"object": "list", "data.0.id": ...},
            saved_as="methods",
        ),
        Step(
            "create_payment_intent",
            "POST",
            "/v1/payment_intents",
            {
                "amount": "2000",
                "currency": "eur",
                "customer": "{customer[id]}",
                "payment_method_types[0]": "card",
                "confirm": True,
                "off_session": True,
                "return_url": RETURN_URL,
                "error_on_requires_action": True,
                "description": "Lago - Invoice 1",
                "metadata[lago_payment_id]": "{run}",
                "payment_method": "{methods[data][0][id]}",
            },
            {"status": "succeeded"},
            idempotency_key="payment-{run}",
            source=(
                Lines(_LAGO_PAYMENT, "159-170"),
                Lines(
                    _LAGO_PAYMENT,
                    "174-180",
                    {
                        "payment_method_data": "only with a shared payment token",
                        "shared_payment_granted_token": "only with a shared payment token",
                    },
                ),
            ),
            does=FlowStep.SAVED_CARD,
        ),
    ),
)

_DISCOURSE: Final = "app/controllers/discourse_subscriptions/subscribe_controller.rb"
_DISCOURSE_ADMIN: Final = "app/controllers/discourse_subscriptions/admin"

DISCOURSE: Final = Replay(
    "discourse-subscriptions",
    sdk=Sdk("Ruby", "11.1.0"),
    version="2024-04-10",
    steps=(
        Step(
            "ProductsController#create",
            "POST",
            "/v1/products",
            {
                "name": "Membership",
                "active": "true",
                "metadata[description]": "Be a member",
                "metadata[repurchaseable]": "false",
                "type": "service",
            },
            PRODUCT,
            saved_as="product",
            source=(
                Lines(f"{_DISCOURSE_ADMIN}/products_controller.rb", "32-32"),
                Lines(f"{_DISCOURSE_ADMIN}/products_controller.rb", "83-90", {"statement_descriptor": "only if set"}),
            ),
        ),
        Step(
            "PlansController#create",
            "POST",
            "/v1/prices",
            {
                "nickname": "Monthly",
                "unit_amount": "1000",
                "product": "{product[id]}",
                "currency": "usd",
                "active": "true",
                "metadata[group_name]": "members",
                "metadata[trial_period_days]": "0",
                "recurring[interval]": "month",
            },
            PRICE,
            saved_as="price",
            source=(Lines(f"{_DISCOURSE_ADMIN}/plans_controller.rb", "24-36"),),
        ),
        create_customer(
            "find_or_create_customer",
            {
                "email": "jenny@example.com",
                "source": "tok_visa",
                "name": "Jenny Rosen",
                "address[line1]": "510 Townsend St",
                "address[city]": "San Francisco",
                "address[state]": "CA",
                "address[country]": "US",
                "address[postal_code]": "94103",
            },
            source=(Lines(_DISCOURSE, "217-223"), Lines(_DISCOURSE, "232-237")),
        ),
        Step("create: its price", "GET", "/v1/prices/{price[id]}", {}, {"type": "recurring"}),
        Step(
            "create",
            "POST",
            "/v1/subscriptions",
            {
                "customer": "{customer[id]}",
                "items[0][price]": "{price[id]}",
                "metadata[user_id]": "1",
                "metadata[username]": "jenny",
                "trial_period_days": "0",
            },
            {"status": "active"},
            source=(
                Lines(_DISCOURSE, "88-94", {"promotion_code": "only with a code"}),
                Lines(_DISCOURSE, "260-260"),
            ),
            does=FlowStep.SUBSCRIPTION,
        ),
    ),
)

_SPREE: Final = "app/presenters/spree_stripe/payment_intent_presenter.rb"
_SPREE_GATEWAY: Final = "app/models/spree_stripe/gateway.rb"

SPREE: Final = Replay(
    "spree_stripe",
    sdk=Sdk("Ruby", "18.0.0"),
    version="2023-10-16",
    steps=(
        Step(
            "validate_secret_key",
            "GET",
            "/v1/refunds",
            {"limit": "0"},
            {"object": "list", "data": []},
            source=(Lines(_SPREE_GATEWAY, "311-311"),),
        ),
        Step("CreateGatewayWebhooks", "GET", "/v1/webhook_endpoints", {}, {"object": "list"}),
        Step(
            "create_webhook_endpoint",
            "POST",
            "/v1/webhook_endpoints",
            {
                "url": "{hooks_url}",
                "enabled_events[0]": "payment_intent.amount_capturable_updated",
                "enabled_events[1]": "payment_intent.payment_failed",
                "enabled_events[2]": "payment_intent.succeeded",
                "enabled_events[3]": "setup_intent.succeeded",
                "connect": False,
            },
            {"id": ..., "secret": ...},
            saved_as="endpoint",
            source=(Lines("app/services/spree_stripe/create_gateway_webhooks.rb", "48-52"),),
        ),
        Step("its deletion", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}, buyers=True),
        create_intent(
            "create_payment_intent, of a guest",
            {
                "payment_method_options[card][setup_future_usage]": "off_session",
                "payment_method_options[sepa_debit][setup_future_usage]": "off_session",
                "amount": "2000",
                "currency": "USD",
                "statement_descriptor_suffix": "R123456789 SPREE",
                "automatic_payment_methods[enabled]": True,
                "transfer_group": "R123456789",
                "metadata[spree_order_id]": "1",
                "shipping[address][city]": "San Francisco",
                "shipping[address][country]": "US",
                "shipping[address][line1]": "510 Townsend St",
                "shipping[address][postal_code]": "94103",
                "shipping[address][state]": "CA",
                "shipping[name]": "Jenny Rosen",
            },
            {"id": ..., "client_secret": ...},
            source=(
                Lines(_SPREE, "37-49", {"line2": _NIL}),
                Lines(_SPREE, "61-73", {"customer": _NIL}),
                Lines(_SPREE, "81-90"),
            ),
        ),
        Step(
            "the storefront",
            "POST",
            "/v1/payment_intents/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": RETURN_URL},
            {"status": "succeeded"},
            buyers=True,
            does=FlowStep.PAY,
        ),
        Step(
            "retrieve_payment_intent",
            "GET",
            "/v1/payment_intents/{intent[id]}",
            {"expand[0]": "payment_method"},
            {"status": "succeeded", "payment_method.card.last4": "4242"},
            source=(Lines("app/models/spree_stripe/gateway/payment_intents.rb", "88-88", {"id": "it is in the path"}),),
        ),
        Step(
            "credit",
            "POST",
            "/v1/refunds",
            {"amount": "500", "payment_intent": "{intent[id]}"},
            {"id": ..., "status": "succeeded"},
            source=(Lines(_SPREE_GATEWAY, "97-100"),),
            does=FlowStep.REFUND,
        ),
        create_customer(
            "create_customer",
            {
                "address[city]": "San Francisco",
                "address[line1]": "510 Townsend St",
                "address[postal_code]": "94103",
                "address[country]": "United States of America",
                "address[state]": "California",
                "email": "jenny@example.com",
                "name": "Jenny Rosen",
            },
            source=(
                Lines("app/presenters/spree_stripe/customer_presenter.rb", "11-13"),
                Lines("app/presenters/spree_stripe/customer_presenter.rb", "25-32", {"line2": _NIL}),
            ),
        ),
    ),
)

_WOO: Final = "includes/class-wc-stripe-intent-controller.php"
_WOO_CUSTOMER: Final = "includes/class-wc-stripe-customer.php"

_WOO_ORDER: Final = "includes/class-wc-stripe-order-handler.php"
_WOO_GATEWAY: Final = "includes/abstracts/abstract-wc-stripe-payment-gateway.php"
_WOO_PAYMENT: Final = {
    "capture_method": "automatic",
    "payment_method": VISA,
    "shipping[name]": "Jenny Rosen",
    "shipping[address][line1]": "510 Townsend St",
    "shipping[address][country]": "US",
    "amount": "2000",
    "confirm": "true",
    "currency": "usd",
    "customer": "{customer[id]}",
    "description": "Shop - Order 6735",
    "metadata[order_id]": "6735",
    "payment_method_types[0]": "card",
    "payment_method_types[1]": "link",
    "mandate_data[customer_acceptance][type]": "online",
    "mandate_data[customer_acceptance][online][ip_address]": "127.0.0.1",
    "mandate_data[customer_acceptance][online][user_agent]": "WooCommerce Stripe Gateway; https://shop.example",
}
_WOO_PAYMENT_LINES: Final = (
    Lines(_WOO, "709-718"),
    Lines(_WOO, "770-778"),
    Lines(
        _WOO,
        "897-914",
        {
            "return_url": "only for methods that redirect",
            "setup_future_usage": "only if the buyer saves the card",
        },
    ),
)
_WOO_CAPTURE: Final = {"amount": "2000", "expand[]": "charges.data.balance_transaction"}
_WOO_CAPTURE_LINES: Final = Lines(_WOO_ORDER, "261-262")

WOOCOMMERCE: Final = Replay(
    "WooCommerce Stripe",
    version="2019-09-09",
    steps=(
        create_customer(
            "create_customer",
            {
                "email": "jenny@example.com",
                "description": "Name: Jenny Rosen, Guest",
                "name": "Jenny Rosen",
                "preferred_locales[0]": "en",
                "address[line1]": "510 Townsend St",
                "address[line2]": "",
                "address[postal_code]": "94103",
                "address[city]": "San Francisco",
                "address[state]": "CA",
                "address[country]": "US",
            },
            source=(
                Lines(_WOO_CUSTOMER, "128-135"),
                Lines(_WOO_CUSTOMER, "170-178"),
                Lines(_WOO_CUSTOMER, "181-192", {"metadata": "an empty list has no text"}),
            ),
        ),
        Step(
            "create_and_confirm_payment_intent",
            "POST",
            "/v1/payment_intents",
            _WOO_PAYMENT,
            {"status": "succeeded", "charges.data.0.id": ...},
            saved_as="paid",
            source=_WOO_PAYMENT_LINES,
            does=FlowStep.PAY,
        ),
        Step(
            "process_refund",
            "POST",
            "/v1/refunds",
            {"amount": "500", "metadata[reason]": "Too large", "charge": "{paid[charges][data][0][id]}"},
            {"id": ..., "amount": 500, "balance_transaction": ...},
            source=(Lines(_WOO_GATEWAY, "1072-1072"), Lines(_WOO_GATEWAY, "1088-1093")),
            does=FlowStep.REFUND,
        ),
        create_intent(
            "create_and_confirm_payment_intent, captured later",
            _WOO_PAYMENT | {"capture_method": "manual"},
            {"status": "requires_capture"},
            source=_WOO_PAYMENT_LINES,
            does=FlowStep.AUTHORIZE,
        ),
        Step(
            "get_intent",
            "GET",
            "/v1/payment_intents/{intent[id]}",
            {"expand[]": "payment_method"},
            {"status": "requires_capture"},
            source=(Lines(_WOO_GATEWAY, "1612-1612"),),
        ),
        # A store in the United States tries Level III data first. Stripe refuses it to accounts without access to it,
        # by its name, and the plugin captures without it (request_with_level3_data).
        Step(
            "capture_payment, with Level III data",
            "POST",
            "/v1/payment_intents/{intent[id]}/capture",
            {
                **_WOO_CAPTURE,
                "level3[merchant_reference]": "6735",
                "level3[shipping_amount]": "0",
                "level3[line_items][0][product_code]": "7",
                "level3[line_items][0][product_description]": "A poster",
                "level3[line_items][0][unit_cost]": "2000",
                "level3[line_items][0][quantity]": "1",
                "level3[line_items][0][tax_amount]": "0",
                "level3[line_items][0][discount_amount]": "0",
                "level3[shipping_address_zip]": "94103",
                "level3[shipping_from_zip]": "94103",
            },
            {"error.code": "parameter_unknown", "error.param": "level3"},
            status=400,
            source=(_WOO_CAPTURE_LINES, Lines(_WOO_GATEWAY, "1390-1397"), Lines(_WOO_GATEWAY, "1402-1418")),
        ),
        Step(
            "capture_payment",
            "POST",
            "/v1/payment_intents/{intent[id]}/capture",
            _WOO_CAPTURE,
            {"status": "succeeded", "charges.data.0.id": ..., "charges.data.0.balance_transaction.id": ...},
            saved_as="captured",
            source=(_WOO_CAPTURE_LINES,),
            does=FlowStep.CAPTURE,
        ),
        create_intent(
            "create_and_confirm_payment_intent, voided",
            _WOO_PAYMENT | {"capture_method": "manual"},
            {"status": "requires_capture"},
            source=_WOO_PAYMENT_LINES,
        ),
        Step(
            "process_refund, voided",
            "POST",
            "/v1/payment_intents/{intent[id]}/cancel",
            {},
            {"status": "canceled", "charges.data.0.refunds.data.0.amount": 2000},
            does=FlowStep.CANCEL,
        ),
        Step(
            "the buyer's card",
            "POST",
            "/v1/payment_methods",
            {"type": "card", "card[token]": "tok_visa", "billing_details[email]": "jenny@example.com"},
            {"id": ...},
            saved_as="card",
            buyers=True,
        ),
        Step(
            "create_and_confirm_setup_intent",
            "POST",
            "/v1/setup_intents",
            {
                "payment_method": "{card[id]}",
                "payment_method_types[0]": "card",
                "customer": "{customer[id]}",
                "confirm": "true",
                "return_url": RETURN_URL,
                "use_stripe_sdk": "true",
            },
            {"status": "succeeded", "id": ..., "client_secret": ..., "next_action": None},
            saved_as="setup",
            source=(Lines(_WOO, "954-958"), Lines(_WOO, "972-972")),
            does=FlowStep.SAVE_CARD,
        ),
        Step(
            "is_order_associated_to_setup_intent",
            "GET",
            "/v1/setup_intents/{setup[id]}",
            {"expand[]": "payment_method.billing_details"},
            {"payment_method.billing_details.email": "jenny@example.com"},
            source=(Lines("includes/payment-methods/class-wc-stripe-upe-payment-gateway.php", "1221-1221"),),
        ),
        Step(
            "update_fees",
            "GET",
            "/v1/balance/history/{captured[charges][data][0][balance_transaction][id]}",
            {},
            {"fee": ..., "net": ...},
        ),
    ),
)

_COLLECTIVE: Final = "server/paymentProviders/stripe/common.ts"
_COLLECTIVE_CARD: Final = "server/paymentProviders/stripe/creditcard.ts"

# The host is a connected account. The version is of 2015, where an intent has its charges.
OPEN_COLLECTIVE: Final = Replay(
    "Open Collective",
    sdk=Sdk("Node", "17.7.0"),
    version="2015-04-07",
    steps=(
        Step(
            "the host's account",
            "POST",
            "/v1/accounts",
            {"type": "standard", "country": "US", "email": "host@example.com"},
            {"id": ..., "object": "account"},
            saved_as="account",
            buyers=True,
        ),
        Step(
            "getOrCreateStripeCustomer",
            "POST",
            "/v1/customers",
            {"email": "jenny@example.com", "description": "https://collective.example/jenny"},
            CUSTOMER,
            saved_as="platform_customer",
            source=(Lines(_COLLECTIVE, "318-321"),),
        ),
        Step(
            "attachCardToPlatformCustomer",
            "POST",
            "/v1/payment_methods",
            {"type": "card", "card[token]": "tok_visa"},
            {"id": ...},
            saved_as="card",
            source=(Lines(_COLLECTIVE, "345-350"),),
        ),
        Step(
            "attachCardToPlatformCustomer: attach",
            "POST",
            "/v1/payment_methods/{card[id]}/attach",
            {"customer": "{platform_customer[id]}"},
            {"card.fingerprint": ...},
            source=(Lines(_COLLECTIVE, "352-354"),),
        ),
        create_customer(
            "getOrCreateStripeCustomer, of the host",
            {"email": "jenny@example.com", "description": "https://collective.example/jenny"},
            headers=_OWNER,
            source=(Lines(_COLLECTIVE, "318-321"),),
        ),
        Step(
            "getOrCloneCardPaymentMethod",
            "POST",
            "/v1/payment_methods",
            {"customer": "{platform_customer[id]}", "payment_method": "{card[id]}"},
            {"id": ...},
            headers=_OWNER,
            saved_as="clone",
            source=(Lines(_COLLECTIVE, "399-404"),),
        ),
        Step(
            "getOrCloneCardPaymentMethod: attach",
            "POST",
            "/v1/payment_methods/{clone[id]}/attach",
            {"customer": "{customer[id]}"},
            {"id": "{clone[id]}"},
            headers=_OWNER,
            source=(Lines(_COLLECTIVE, "413-415"),),
        ),
        create_intent(
            "processOrder",
            {
                "amount": "2000",
                "currency": "USD",
                "customer": "{customer[id]}",
                "description": "A contribution",
                "confirm": False,
                "confirmation_method": "manual",
                "metadata[from]": "https://collective.example/jenny",
                "metadata[to]": "https://collective.example/host",
                "metadata[orderId]": "6735",
                "application_fee_amount": "100",
                "payment_method": "{clone[id]}",
            },
            {"id": ...},
            headers=_OWNER,
            source=(
                Lines(_COLLECTIVE_CARD, "59-71"),
                Lines(
                    _COLLECTIVE_CARD,
                    "73-92",
                    {
                        "off_session": "only of a contribution that recurs",
                        "setup_future_usage": "only of one that recurs or saves the card",
                    },
                ),
            ),
        ),
        Step(
            "processOrder: confirm",
            "POST",
            "/v1/payment_intents/{intent[id]}/confirm",
            {"payment_method": "{clone[id]}", "expand[0]": "latest_charge"},
            {"status": "succeeded", "charges.data.0.id": ..., "charges.data.0.balance_transaction": ...},
            headers=_OWNER,
            saved_as="paid",
            source=(Lines(_COLLECTIVE_CARD, "105-105"),),
            does=FlowStep.CONNECTED_ACCOUNT,
        ),
        Step(
            "createChargeTransactions",
            "GET",
            "/v1/balance_transactions/{paid[charges][data][0][balance_transaction]}",
            {},
            {"currency": "usd", "amount": 2000, "fee": ..., "fee_details": ...},
            headers=_OWNER,
        ),
    ),
)

_SAAS: Final = "template/app/src/payment/stripe"

_SAAS_LINES: Final = Lines(f"{_SAAS}/checkoutUtils.ts", "37-54")
_SAAS_SESSION: Final = {
    "customer": "{customer[id]}",
    "line_items[0][price]": "{price[id]}",
    "line_items[0][quantity]": "1",
    "mode": "subscription",
    "success_url": "https://saas.example/checkout?status=success",
    "cancel_url": "https://saas.example/checkout?status=canceled",
    "automatic_tax[enabled]": True,
    "allow_promotion_codes": True,
    "customer_update[address]": "auto",
}

OPEN_SAAS: Final = Replay(
    "open-saas",
    sdk=Sdk("Node", "18.1.0"),
    version="2025-04-30.basil",
    steps=(
        Step(
            "ensureStripeCustomer",
            "GET",
            "/v1/customers",
            {"email": "jenny-{run}@example.com"},
            {"data": []},
            source=(Lines(f"{_SAAS}/checkoutUtils.ts", "13-15"),),
        ),
        create_customer(
            "ensureStripeCustomer: create",
            {"email": "jenny-{run}@example.com"},
            source=(Lines(f"{_SAAS}/checkoutUtils.ts", "18-20"),),
        ),
        *owners_plan(),
        create_session(
            "createStripeCheckoutSession, of credits",
            _SAAS_SESSION | {"mode": "payment", "invoice_creation[enabled]": True},
            {"id": ..., "url": ...},
            source=(_SAAS_LINES, Lines(f"{_SAAS}/checkoutUtils.ts", "65-69")),
        ),
        on_checkouts_page("the buyer pays for credits", FlowStep.CHECKOUT),
        *owners_plan(**{"recurring[interval]": "month"}),
        create_session(
            "createStripeCheckoutSession",
            _SAAS_SESSION,
            {"id": ..., "url": ...},
            source=(
                Lines(
                    f"{_SAAS}/checkoutUtils.ts",
                    "37-54",
                    {"invoice_creation": "undefined, as invoices of subscriptions are automatic"},
                ),
            ),
        ),
        SUBSCRIBE,
        open_portal(
            "fetchCustomerPortalUrl",
            {"customer": "{customer[id]}", "return_url": "https://saas.example/account"},
            source=(Lines(f"{_SAAS}/paymentProcessor.ts", "70-73"),),
        ),
        Step(
            "fetchTotalRevenue",
            "GET",
            "/v1/balance_transactions",
            {"limit": "100", "type": "charge"},
            {"object": "list", "has_more": ...},
            source=(Lines(f"{_SAAS}/paymentProcessor.ts", "81-84"),),
        ),
    ),
)

_POLAR: Final = "server/polar"
_POLAR_STRIPE: Final = f"{_POLAR}/integrations/stripe/service.py"
_POLAR_ADDRESS: Final = {
    "line1": "510 Townsend St",
    "postal_code": "94103",
    "city": "San Francisco",
    "state": "CA",
    "country": "US",
}

# A price is taxed by Stripe's calculation, unless another processor of taxes is configured (TAX_PROCESSORS).
POLAR: Final = Replay(
    "Polar",
    sdk=Sdk("Python", "14.4.1"),
    version="2026-01-28.clover",
    steps=(
        Step(
            "create_account",
            "POST",
            "/v1/accounts",
            {
                "country": "US",
                "type": "express",
                "capabilities[transfers][requested]": True,
                "settings[payouts][schedule][interval]": "manual",
                "business_profile[name]": "Roses",
            },
            {"id": ...},
            saved_as="account",
            source=(
                Lines(
                    _POLAR_STRIPE,
                    "92-105",
                    {
                        "tos_acceptance": "only outside the United States",
                        "service_agreement": "only outside the United States",
                    },
                ),
            ),
        ),
        create_customer(
            "create_customer",
            {
                "email": "jenny@example.com",
                "name": "Jenny Rosen",
                **{f"address[{name}]": value for name, value in _POLAR_ADDRESS.items()},
            },
            source=(Lines(f"{_POLAR}/checkout/service.py", "2953-2966", {"tax_id_data": "only with a tax ID"}),),
        ),
        Step(
            "create_tax_calculation",
            "POST",
            "/v1/tax/calculations",
            {
                "currency": "usd",
                "line_items[0][amount]": "2000",
                "line_items[0][tax_behavior]": "exclusive",
                "line_items[0][tax_code]": "txcd_10103000",
                "line_items[0][quantity]": "1",
                "line_items[0][reference]": "{run}",
                **{f"customer_details[address][{name}]": value for name, value in _POLAR_ADDRESS.items()},
                "customer_details[address_source]": "billing",
                "customer_details[taxability_override]": "none",
            },
            {"id": ..., "tax_amount_exclusive": ...},
            idempotency_key="{run}-tax",
            source=(
                Lines(
                    f"{_POLAR}/tax/calculation/stripe.py",
                    "136-151",
                    {"tax_ids": "an empty list has no text"},
                ),
            ),
        ),
        Step(
            "the buyer's confirmation token",
            "POST",
            "/v1/test_helpers/confirmation_tokens",
            # What this card pays is available at once, to be transferred.
            {"payment_method": "pm_card_bypassPending", "setup_future_usage": "off_session"},
            {"id": ...},
            saved_as="token",
            buyers=True,
        ),
        Step(
            "create_payment_intent",
            "POST",
            "/v1/payment_intents",
            {
                "amount": "2000",
                "currency": "usd",
                "automatic_payment_methods[enabled]": True,
                "confirm": True,
                "confirmation_token": "{token[id]}",
                "customer": "{customer[id]}",
                "statement_descriptor_suffix": "ROSES",
                "description": "Roses - A plan",
                "metadata[organization_id]": "{run}",
                "metadata[checkout_id]": "{run}",
                "metadata[type]": "product",
                "metadata[tax_amount]": "0",
                "metadata[tax_country]": "US",
                "metadata[tax_state]": "CA",
                "return_url": RETURN_URL,
                "expand[0]": "payment_method",
                "setup_future_usage": "off_session",
            },
            {"status": "succeeded", "client_secret": ..., "payment_method.id": ..., "latest_charge": ...},
            saved_as="paid",
            source=(
                Lines(
                    f"{_POLAR}/checkout/service.py",
                    "1259-1300",
                    {
                        "payment_method_options": "only of an organization that asks for 3-D Secure",
                        "card": "only of an organization that asks for 3-D Secure",
                        "request_three_d_secure": "only of an organization that asks for 3-D Secure",
                    },
                ),
            ),
            does=FlowStep.PAY,
        ),
        Step(
            "create_payment_intent, with a saved card",
            "POST",
            "/v1/payment_intents",
            {
                "amount": "2000",
                "currency": "usd",
                "payment_method": "{paid[payment_method][id]}",
                "customer": "{customer[id]}",
                "confirm": True,
                "automatic_payment_methods[enabled]": True,
                "automatic_payment_methods[allow_redirects]": "never",
                "statement_descriptor_suffix": "ROSES",
                "description": "Roses - A plan",
                "metadata[order_id]": "{run}",
            },
            {"status": "succeeded"},
            source=(Lines(f"{_POLAR}/order/service.py", "1991-2002"),),
            does=FlowStep.SAVED_CARD,
        ),
        Step(
            "create_refund",
            "POST",
            "/v1/refunds",
            {
                "charge": "{paid[latest_charge]}",
                "amount": "500",
                "reason": "requested_by_customer",
                "metadata[refund_id]": "{run}",
                "metadata[order_id]": "{run}",
                "metadata[charge_id]": "{paid[latest_charge]}",
                "metadata[amount]": "500",
                "metadata[refund_amount]": "500",
                "metadata[refund_tax_amount]": "0",
                "metadata[revoke_benefits]": "0",
            },
            {"id": ..., "status": "succeeded"},
            source=(
                Lines(_POLAR_STRIPE, "297-300"),
                Lines(f"{_POLAR}/refund/service.py", "259-267"),
            ),
            does=FlowStep.REFUND,
        ),
        Step(
            "transfer",
            "POST",
            "/v1/transfers",
            {
                "amount": "1000",
                "currency": "usd",
                "destination": "{account[id]}",
                "metadata[payout_id]": "{run}",
                "metadata[payout_transaction_id]": "{run}",
            },
            {"id": ...},
            idempotency_key="payout-{run}",
            source=(
                Lines(
                    _POLAR_STRIPE,
                    "204-214",
                    {
                        "source_transaction": "only of a payout of one payment",
                        "transfer_group": "only of a payout of one payment",
                    },
                ),
                Lines(f"{_POLAR}/payout/service.py", "528-529"),
            ),
            does=FlowStep.TRANSFER,
        ),
    ),
)

APPLICATIONS: Final = (NEXTJS, CAL_COM, LAGO, DISCOURSE, SPREE, WOOCOMMERCE, OPEN_COLLECTIVE, OPEN_SAAS, POLAR)
"""The applications whose calls are replayed."""
