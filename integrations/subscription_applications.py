"""The calls of applications that sell subscriptions: what each sends, and the fields that it reads in the answers.

Names and values are facts, read in the sources that integrations.toml pins; no code is theirs.
"""

from typing import Final

from integrations.calls import Replay, Sdk, Step
from integrations.flow import FlowStep
from integrations.source_lines import Lines
from integrations.steps import (
    PRICE,
    PRODUCT,
    READ_PAID_SESSION,
    SUBSCRIBE,
    create_customer,
    create_session,
    open_portal,
    owners_plan,
)

_SESSIONS: Final = "/v1/checkout/sessions"
_ACCOUNT_URL: Final = "https://app.example/settings/billing"
_WITH_ITS_CUSTOMER: Final = "only of a workspace with a customer"

_PLAN: Final = owners_plan(**{"recurring[interval]": "month", "lookup_key": "pro_monthly_{run}"})

_SAAS_STARTER: Final = "lib/payments/stripe.ts"
_SEED: Final = "lib/db/seed.ts"

SAAS_STARTER: Final = Replay(
    "nextjs/saas-starter",
    sdk=Sdk("Node", "18.1.0"),
    version="2025-04-30.basil",
    steps=(
        Step(
            "createStripeProducts",
            "POST",
            "/v1/products",
            {"name": "Base", "description": "Base subscription plan"},
            PRODUCT,
            saved_as="product",
            source=(Lines(_SEED, "10-11"),),
        ),
        Step(
            "createStripeProducts: its price",
            "POST",
            "/v1/prices",
            {
                "product": "{product[id]}",
                "unit_amount": "800",
                "currency": "usd",
                "recurring[interval]": "month",
                "recurring[trial_period_days]": "7",
            },
            PRICE,
            saved_as="price",
            source=(Lines(_SEED, "15-21"),),
        ),
        create_session(
            "createCheckoutSession",
            {
                "payment_method_types[0]": "card",
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "mode": "subscription",
                "success_url": "https://app.example/api/stripe/checkout?session_id={{CHECKOUT_SESSION_ID}}",
                "cancel_url": "https://app.example/pricing",
                "client_reference_id": "1",
                "allow_promotion_codes": True,
                "subscription_data[trial_period_days]": "14",
            },
            {"id": ..., "url": ...},
            source=(Lines(_SAAS_STARTER, "28-43", {"customer": "undefined, until the team has one"}),),
        ),
        SUBSCRIBE,
        Step(
            "GET api/stripe/checkout",
            "GET",
            _SESSIONS + "/{session[id]}",
            {"expand[0]": "customer", "expand[1]": "subscription"},
            {"customer.id": ..., "subscription.id": ...},
            saved_as="paid",
            source=(Lines("app/api/stripe/checkout/route.ts", "19-19"),),
        ),
        Step(
            "GET api/stripe/checkout: its subscription",
            "GET",
            "/v1/subscriptions/{paid[subscription][id]}",
            {"expand[0]": "items.data.price.product"},
            {"items.data.0.price.product.id": "{product[id]}"},
            source=(Lines("app/api/stripe/checkout/route.ts", "37-37"),),
        ),
        Step(
            "createCustomerPortalSession: its configurations",
            "GET",
            "/v1/billing_portal/configurations",
            {},
            {"data": ...},
        ),
        Step(
            "createCustomerPortalSession: a configuration",
            "POST",
            "/v1/billing_portal/configurations",
            {
                "business_profile[headline]": "Manage your subscription",
                "features[subscription_update][enabled]": True,
                "features[subscription_update][default_allowed_updates][0]": "price",
                "features[subscription_update][default_allowed_updates][1]": "quantity",
                "features[subscription_update][default_allowed_updates][2]": "promotion_code",
                "features[subscription_update][proration_behavior]": "create_prorations",
                "features[subscription_update][products][0][product]": "{product[id]}",
                "features[subscription_update][products][0][prices][0]": "{price[id]}",
                "features[subscription_cancel][enabled]": True,
                "features[subscription_cancel][mode]": "at_period_end",
                "features[subscription_cancel][cancellation_reason][enabled]": True,
                "features[subscription_cancel][cancellation_reason][options][0]": "too_expensive",
                "features[payment_method_update][enabled]": True,
            },
            {"id": ...},
            saved_as="configuration",
            source=(Lines(_SAAS_STARTER, "74-105"),),
        ),
        open_portal(
            "createCustomerPortalSession",
            {
                "customer": "{paid[customer][id]}",
                "return_url": "https://app.example/dashboard",
                "configuration": "{configuration[id]}",
            },
            source=(Lines(_SAAS_STARTER, "111-113"),),
        ),
    ),
)

BOXYHQ: Final = Replay(
    "boxyhq/saas-starter-kit",
    sdk=Sdk("Node", "17.7.0"),
    version="2025-02-24.acacia",
    steps=(
        *_PLAN,
        create_customer(
            "getStripeCustomerId",
            {"metadata[teamId]": "{run}", "email": "jenny@example.com", "name": "Jenny Rosen"},
            source=(Lines("lib/stripe.ts", "14-23"),),
        ),
        create_session(
            "create-checkout-session",
            {
                "customer": "{customer[id]}",
                "mode": "subscription",
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "success_url": "https://app.example/teams/boxy/billing",
                "cancel_url": "https://app.example/teams/boxy/billing",
            },
            {"url": ...},
            source=(Lines("pages/api/teams/[slug]/payments/create-checkout-session.ts", "43-57"),),
        ),
        SUBSCRIBE,
        open_portal(
            "create-portal-link",
            {"customer": "{customer[id]}", "return_url": "https://app.example/teams/boxy/billing"},
            source=(Lines("pages/api/teams/[slug]/payments/create-portal-link.ts", "37-38"),),
        ),
    ),
)

_DOCUMENSO: Final = "packages/ee/server-only/stripe"

DOCUMENSO: Final = Replay(
    "Documenso",
    sdk=Sdk("Node", "12.18.0"),
    version="2022-11-15",
    steps=(
        *_PLAN,
        create_customer(
            "createCustomer",
            {"name": "Jenny Rosen", "email": "jenny@example.com"},
            source=(Lines(f"{_DOCUMENSO}/create-customer.ts", "10-11"),),
        ),
        Step(
            "getInternalClaimPlans",
            "GET",
            "/v1/prices/search",
            {"query": "active:'true' type:'recurring'", "expand[0]": "data.product", "limit": "100"},
            {"data": ...},
            source=(Lines(f"{_DOCUMENSO}/get-internal-claim-plans.ts", "27-29"),),
        ),
        create_session(
            "createCheckoutSession",
            {
                "customer": "{customer[id]}",
                "mode": "subscription",
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "success_url": f"{_ACCOUNT_URL}?success=true",
                "cancel_url": f"{_ACCOUNT_URL}?canceled=true",
                "billing_address_collection": "required",
            },
            {"url": ...},
            source=(Lines(f"{_DOCUMENSO}/create-checkout-session.ts", "12-22"),),
        ),
        SUBSCRIBE,
        open_portal(
            "getPortalSession",
            {"customer": "{customer[id]}", "return_url": _ACCOUNT_URL},
            source=(Lines(f"{_DOCUMENSO}/get-portal-session.ts", "10-11"),),
        ),
    ),
)

_PAPERMARK: Final = "pages/api/teams/[teamId]/billing"

PAPERMARK: Final = Replay(
    "Papermark",
    sdk=Sdk("Node", "16.12.0"),
    version="2024-06-20",
    steps=(
        *_PLAN,
        create_session(
            "upgrade",
            {
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "line_items[0][adjustable_quantity][enabled]": True,
                "line_items[0][adjustable_quantity][minimum]": "1",
                "line_items[0][adjustable_quantity][maximum]": "99",
                "billing_address_collection": "required",
                "success_url": f"{_ACCOUNT_URL}?success=true",
                "cancel_url": f"{_ACCOUNT_URL}?cancel=true",
                "automatic_tax[enabled]": True,
                "tax_id_collection[enabled]": True,
                "mode": "subscription",
                "client_reference_id": "{run}",
                "customer_email": "jenny@example.com",
                "allow_promotion_codes": True,
                "metadata[dubCustomerId]": "1",
            },
            {"id": ..., "url": ...},
            source=(
                Lines(f"{_PAPERMARK}/upgrade.ts", "115-122"),
                Lines(
                    f"{_PAPERMARK}/upgrade.ts",
                    "130-144",
                    {"discounts": "only with a discount", "coupon": "only with a discount"},
                ),
                Lines(f"{_PAPERMARK}/upgrade.ts", "159-163"),
            ),
        ),
        SUBSCRIBE,
        READ_PAID_SESSION,
        open_portal(
            "manage",
            {"customer": "{paid[customer]}", "return_url": f"{_ACCOUNT_URL}?cancel=true"},
            source=(Lines(f"{_PAPERMARK}/manage.ts", "137-138"),),
        ),
    ),
)

_INBOX_ZERO: Final = "apps/web/utils/actions/premium.ts"

# It names no version, so its SDK's own is sent.
INBOX_ZERO: Final = Replay(
    "inbox-zero",
    sdk=Sdk("Node", "22.4.0"),
    steps=(
        *_PLAN,
        create_customer(
            "generateCheckoutSessionAction: its customer",
            {"email": "jenny@example.com", "metadata[userId]": "{run}"},
            idempotency_key="{run}",
            source=(Lines(_INBOX_ZERO, "600-601"),),
        ),
        create_session(
            "generateCheckoutSessionAction",
            {
                "customer": "{customer[id]}",
                "success_url": "https://app.example/api/stripe/success?session_id={{CHECKOUT_SESSION_ID}}",
                "cancel_url": "https://app.example/premium",
                "mode": "subscription",
                "subscription_data[trial_period_days]": "7",
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "allow_promotion_codes": True,
                "payment_method_collection": "always",
                "metadata[dubCustomerId]": "{run}",
            },
            {"id": ..., "url": ...},
            idempotency_key="checkout:{run}",
            source=(Lines(_INBOX_ZERO, "642-659"),),
        ),
        SUBSCRIBE,
        open_portal(
            "getBillingPortalUrlAction",
            {"customer": "{customer[id]}", "return_url": "https://app.example/premium"},
            source=(Lines(_INBOX_ZERO, "473-474"),),
        ),
    ),
)

_FORMBRICKS: Final = "apps/web/modules/ee/billing/lib/organization-billing.ts"

FORMBRICKS: Final = Replay(
    "Formbricks",
    sdk=Sdk("Node", "20.4.1"),
    version="2026-02-25.clover",
    steps=(
        *_PLAN,
        create_customer(
            "ensureStripeCustomerForOrganization",
            {
                "name": "Jenny Rosen",
                "email": "jenny@example.com",
                "metadata[organizationId]": "{run}",
                "metadata[organizationName]": "Roses",
            },
            idempotency_key="ensure-customer-{run}",
            source=(Lines(_FORMBRICKS, "1377-1379"),),
        ),
        Step(
            "resolveCurrentSubscription",
            "GET",
            "/v1/subscriptions",
            {"customer": "{customer[id]}", "status": "all", "limit": "20", "expand[0]": "data.schedule"},
            {"data": []},
            source=(Lines(_FORMBRICKS, "407-410"),),
        ),
        Step(
            "listAllActivePrices",
            "GET",
            "/v1/prices",
            {"active": True, "limit": "100", "expand[0]": "data.product", "expand[1]": "data.tiers"},
            {"data.0.product.id": ...},
            source=(
                Lines(
                    "apps/web/modules/ee/billing/lib/stripe-billing-catalog.ts",
                    "178-181",
                    {"starting_after": "only of a further page"},
                ),
            ),
        ),
        create_session(
            "createPaidPlanCheckoutSession",
            {
                "mode": "subscription",
                "customer": "{customer[id]}",
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "client_reference_id": "{run}",
                "billing_address_collection": "required",
                "tax_id_collection[enabled]": True,
                "tax_id_collection[required]": "if_supported",
                "customer_update[address]": "auto",
                "customer_update[name]": "auto",
                "success_url": "https://app.example/billing-confirmation?checkout_success=1",
                "cancel_url": _ACCOUNT_URL,
                "metadata[organizationId]": "{run}",
                "metadata[targetPlan]": "pro",
                "metadata[targetInterval]": "monthly",
                "subscription_data[metadata][organizationId]": "{run}",
            },
            {"url": ...},
            source=(Lines(_FORMBRICKS, "600-626"),),
        ),
        SUBSCRIBE,
        open_portal(
            "createCustomerPortalSession",
            {"customer": "{customer[id]}", "return_url": _ACCOUNT_URL},
            source=(Lines("apps/web/modules/ee/billing/api/lib/create-customer-portal-session.ts", "13-14"),),
        ),
    ),
)

_DUB: Final = "apps/web/app/api/workspaces/[idOrSlug]/billing"

DUB: Final = Replay(
    "Dub",
    sdk=Sdk("Node", "18.2.0"),
    version="2025-05-28.basil",
    steps=(
        *_PLAN,
        Step(
            "upgrade: its price",
            "GET",
            "/v1/prices",
            {"lookup_keys[0]": "pro_monthly_{run}"},
            {"data.0.id": "{price[id]}"},
            source=(Lines(f"{_DUB}/upgrade/route.ts", "33-33"),),
        ),
        create_session(
            "upgrade",
            {
                "customer_email": "jenny@example.com",
                "billing_address_collection": "required",
                "success_url": "https://app.example/roses?upgraded=true&plan=pro&period=monthly",
                "cancel_url": "https://app.example/roses",
                "line_items[0][price]": "{price[id]}",
                "line_items[0][quantity]": "1",
                "allow_promotion_codes": True,
                "automatic_tax[enabled]": True,
                "tax_id_collection[enabled]": True,
                "mode": "subscription",
                "subscription_data[trial_period_days]": "14",
                "client_reference_id": "{run}",
                "metadata[dubCustomerId]": "1",
            },
            {"id": ..., "url": ...},
            source=(
                Lines(
                    f"{_DUB}/upgrade/route.ts",
                    "137-185",
                    {
                        "customer": _WITH_ITS_CUSTOMER,
                        "customer_update": _WITH_ITS_CUSTOMER,
                        "name": _WITH_ITS_CUSTOMER,
                        "address": _WITH_ITS_CUSTOMER,
                        "discounts": "only with a discount",
                        "coupon": "only with a discount",
                    },
                ),
            ),
        ),
        SUBSCRIBE,
        READ_PAID_SESSION,
        open_portal(
            "manage",
            {"customer": "{paid[customer]}", "return_url": _ACCOUNT_URL},
            source=(Lines(f"{_DUB}/manage/route.ts", "24-25"),),
        ),
        Step(
            "createPaymentIntent: its card",
            "GET",
            "/v1/payment_methods",
            {"customer": "{paid[customer]}", "type": "card"},
            {"data.0.id": ...},
            saved_as="cards",
            source=(Lines("apps/web/lib/stripe/create-payment-intent.ts", "21-22"),),
        ),
        Step(
            "createPaymentIntent",
            "POST",
            "/v1/payment_intents",
            {
                "amount": "2000",
                "customer": "{paid[customer]}",
                "transfer_group": "inv_{run}",
                "payment_method_types[0]": "card",
                "payment_method_types[1]": "link",
                "payment_method": "{cards[data][0][id]}",
                "currency": "usd",
                "confirmation_method": "automatic",
                "confirm": True,
                "statement_descriptor_suffix": "Dub Partners",
                "description": "Dub Partners payout invoice",
            },
            {"id": ..., "status": "succeeded", "latest_charge": ...},
            saved_as="funded",
            idempotency_key="{run}-funds",
            source=(Lines("apps/web/lib/stripe/create-payment-intent.ts", "46-56"),),
            does=FlowStep.SAVED_CARD,
        ),
        Step(
            "createConnectedAccount",
            "POST",
            "/v1/accounts",
            {
                "type": "express",
                "business_type": "individual",
                "country": "US",
                "capabilities[transfers][requested]": True,
                "capabilities[card_payments][requested]": True,
                "settings[payouts][schedule][interval]": "manual",
            },
            {"id": ...},
            saved_as="account",
            source=(
                Lines(
                    "apps/web/lib/stripe/create-connected-account.ts",
                    "14-45",
                    {
                        "business_profile": "only of a company",
                        "name": "only of a company",
                        "individual": "an empty object has no text",
                        "tos_acceptance": "only outside the United States",
                        "service_agreement": "only outside the United States",
                    },
                ),
            ),
        ),
        Step(
            "createStripeTransfer",
            "POST",
            "/v1/transfers",
            {
                "amount": "1500",
                "currency": "usd",
                "transfer_group": "inv_{run}",
                "destination": "{account[id]}",
                "description": "Dub Partners payout transfer (Roses)",
                "source_transaction": "{funded[latest_charge]}",
            },
            {"id": ...},
            idempotency_key="{run}-transfer",
            source=(Lines("apps/web/lib/partners/create-stripe-transfer.ts", "205-217"),),
            does=FlowStep.TRANSFER,
        ),
    ),
)

SUBSCRIPTION_APPLICATIONS: Final = (SAAS_STARTER, BOXYHQ, DOCUMENSO, PAPERMARK, INBOX_ZERO, FORMBRICKS, DUB)
"""The applications that sell subscriptions, and whose calls are replayed."""
