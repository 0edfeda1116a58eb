"""The calls of 13 libraries: what each sends, and the fields that it reads in the answers.

Names and values are facts, read in the sources that integrations.toml pins; no code is theirs. Every value of `reads`
is one that the library uses afterwards. How far each goes at the sandbox is in docs/reference/stripe-integrations.md.
"""

from collections.abc import Mapping
from typing import Any, Final

from integrations.calls import Form, Library, Reads, Step

VISA: Final = "pm_card_visa"
_RETURN: Final = "https://shop.example/return"
_INTENTS: Final = "/v1/payment_intents"


def _intent(operation: str, form: Form, reads: Reads, **parts: Any) -> Step:
    """Create an intent, which later steps know as `intent`."""
    return Step(operation, "POST", _INTENTS, form, reads, saved_as="intent", **parts)


def _customer(operation: str, form: Form, **parts: Any) -> Step:
    """Create a customer, which later steps know as `customer`."""
    reads = {"id": ..., "object": "customer"}
    return Step(operation, "POST", "/v1/customers", form, reads, saved_as="customer", **parts)


def _events(*types: str) -> dict[str, str]:
    """Return the types as SDKs send a list."""
    return {f"enabled_events[{index}]": name for index, name in enumerate(types)}


_ACTIVE_MERCHANT_EXPANDS: Final = {"expand[0]": "latest_charge", "expand[1]": "latest_charge.balance_transaction"}

ACTIVE_MERCHANT: Final = Library(
    "ActiveMerchant",
    version="2022-11-15",
    basic_auth=True,
    sends_card_numbers=True,
    steps=(
        Step(
            "create_payment_method",
            "POST",
            "/v1/payment_methods",
            {
                "type": "card",
                "card[exp_month]": "9",
                "card[exp_year]": "2040",
                "card[number]": "4242424242424242",
                "card[cvc]": "123",
                "billing_details[name]": "Longbob Longsen",
            },
            {"id": ..., "card.last4": "4242"},
            saved_as="method",
        ),
        _intent(
            "purchase",
            {
                "amount": "2000",
                "currency": "gbp",
                "capture_method": "automatic",
                "payment_method": "{method[id]}",
                "metadata[email]": "longbob@example.com",
                "metadata[order_id]": "6735",
                "confirm": "true",
                "shipping[address][city]": "San Diego",
                "shipping[address][country]": "US",
                "shipping[address][line1]": "block C",
                "shipping[address][postal_code]": "22400",
                "shipping[address][state]": "California",
                "shipping[name]": "John Adam",
                "shipping[phone]": "+0018313818368",
                "description": "Order 6735",
                "return_url": _RETURN,
                **_ACTIVE_MERCHANT_EXPANDS,
            },
            {
                "id": ...,
                "status": "succeeded",
                "livemode": False,
                "shipping.name": "John Adam",
                "latest_charge.captured": True,
                "latest_charge.payment_method_details.card.checks.cvc_check": "pass",
            },
            idempotency_key="{run}-purchase",
        ),
        Step(
            "refund: its intent",
            "GET",
            _INTENTS + "/{intent[id]}",
            {"expand[]": "latest_charge.balance_transaction"},
            {"latest_charge.id": "{intent[latest_charge][id]}"},
            saved_as="shown",
        ),
        _intent(
            "authorize",
            {
                "amount": "2000",
                "currency": "gbp",
                "capture_method": "manual",
                "confirmation_method": "manual",
                "payment_method": VISA,
                "confirm": "true",
                "return_url": _RETURN,
                **_ACTIVE_MERCHANT_EXPANDS,
            },
            {"status": "requires_capture", "latest_charge.captured": False},
        ),
        Step(
            "capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "1500", **_ACTIVE_MERCHANT_EXPANDS},
            {"status": "succeeded", "latest_charge.captured": True, "latest_charge.amount_captured": 1500},
            idempotency_key="{run}-capture",
        ),
        _intent(
            "authorize, declined",
            {
                "amount": "2000",
                "currency": "gbp",
                "capture_method": "manual",
                "payment_method": "pm_card_chargeDeclinedInsufficientFunds",
                "confirm": "true",
                "return_url": _RETURN,
                **_ACTIVE_MERCHANT_EXPANDS,
            },
            {
                "error.message": ...,
                "error.code": "card_declined",
                "error.decline_code": "insufficient_funds",
                "error.charge": ...,
                "error.payment_intent.id": ...,
            },
            status=402,
        ),
        Step(
            "void",
            "POST",
            _INTENTS + "/{intent[error][payment_intent][id]}/cancel",
            {"cancellation_reason": "requested_by_customer", **_ACTIVE_MERCHANT_EXPANDS},
            {"status": "canceled", "cancellation_reason": "requested_by_customer"},
        ),
        Step(
            "refund",
            "POST",
            "/v1/charges/{shown[latest_charge][id]}/refunds",
            {"amount": "500", "metadata[order_id]": "6735", "reason": "duplicate", "expand[0]": "charge"},
            {"id": ..., "object": "refund", "status": "succeeded", "charge.amount_refunded": 500},
            idempotency_key="{run}-refund",
        ),
    ),
)

_OWNER: Final = {"Stripe-Account": "{account[id]}"}

DJ_STRIPE: Final = Library(
    "dj-stripe",
    version="2020-08-27",
    steps=(
        _intent(
            "PaymentIntent._api_create",
            {
                "amount": "2000",
                "currency": "usd",
                "payment_method_types[0]": "card",
                "payment_method": VISA,
                "confirm": "true",
            },
            {"id": ..., "status": "succeeded", "customer": None, "on_behalf_of": None, "latest_charge": ...},
        ),
        Step(
            "Charge.api_retrieve",
            "GET",
            "/v1/charges/{intent[latest_charge]}",
            {"expand[0]": "balance_transaction"},
            {
                "amount": 2000,
                "amount_refunded": 0,
                "application_fee": None,
                "disputed": False,
                "fraud_details": {},
                "outcome.type": "authorized",
                "payment_intent": "{intent[id]}",
                "receipt_number": None,
                "refunded": False,
                "source_transfer": None,
                "transfer_data": None,
            },
            saved_as="charge",
        ),
        Step("Charge.api_list", "GET", "/v1/charges", {"limit": "100"}, {"data.0.object": "charge"}, saved_as="list"),
        Step("Event.api_list", "GET", "/v1/events", {"limit": "100"}, {"object": "list"}, saved_as="list"),
        # Every object is stored with the account that owns it.
        Step(
            "APIKey.refresh_account",
            "GET",
            "/v1/account",
            {},
            {"id": ..., "object": "account"},
            saved_as="account",
        ),
        # From then on, every call about a stored object names that account.
        Step(
            "Charge.refund: its charge",
            "GET",
            "/v1/charges/{charge[id]}",
            {"expand[0]": "balance_transaction"},
            {"id": "{charge[id]}"},
            headers=_OWNER,
        ),
        Step(
            "Charge.refund",
            "POST",
            "/v1/charges/{charge[id]}/refund",
            {"amount": "500"},
            {"object": "charge", "amount_refunded": 500, "refunded": False},
            headers=_OWNER,
        ),
    ),
)

_HYPERSWITCH_TERMS: Final = {
    "amount": "6000",
    "currency": "USD",
    "metadata[order_id]": "mti_{run}",
    "return_url": _RETURN,
    "confirm": "true",
    "description": "No 3DS",
    "shipping[address][city]": "Austin",
    "shipping[address][country]": "US",
    "shipping[address][line1]": "8628 Lake Dr",
    "shipping[address][line2]": "63 Lake St",
    "shipping[address][postal_code]": "95996",
    "shipping[address][state]": "CA",
    "shipping[name]": "Ethan Johnson",
    "shipping[phone]": "+911001378882",
    "payment_method_data[billing_details][email]": "casey@example.com",
    "payment_method_data[billing_details][address][country]": "US",
    "payment_method_data[billing_details][name]": "Emma Miller",
    "payment_method_data[billing_details][address][city]": "Chicago",
    "payment_method_data[billing_details][address][line1]": "7297 Market St",
    "payment_method_data[billing_details][address][line2]": "2736 Main Dr",
    "payment_method_data[billing_details][address][postal_code]": "83242",
    "payment_method_data[billing_details][address][state]": "CA",
    "payment_method_data[billing_details][phone]": "1001673800",
    "payment_method_data[type]": "card",
    "payment_method_data[card][exp_month]": "01",
    "payment_method_data[card][exp_year]": "35",
    "payment_method_data[card][cvc]": "123",
    "payment_method_options[card][request_three_d_secure]": "automatic",
    "setup_future_usage": "on_session",
    "off_session": "false",
    "payment_method_types[0]": "card",
    "expand[0]": "latest_charge",
}

HYPERSWITCH: Final = Library(
    "Hyperswitch",
    version="2022-11-15",
    sends_card_numbers=True,
    steps=(
        _intent(
            "Authorize",
            _HYPERSWITCH_TERMS
            | {"payment_method_data[card][number]": "4111111111111111", "capture_method": "automatic"},
            {
                "id": ...,
                "amount": 6000,
                "amount_received": 6000,
                "currency": "usd",
                "status": "succeeded",
                "client_secret": ...,
                "payment_method": ...,
                "next_action": None,
                "last_payment_error": None,
                "metadata.order_id": "mti_{run}",
                "latest_charge.payment_method_details.card.checks.cvc_check": "pass",
            },
        ),
        Step(
            "PSync",
            "GET",
            _INTENTS + "/{intent[id]}",
            {"expand[0]": "latest_charge"},
            {"status": "succeeded", "latest_charge.id": "{intent[latest_charge][id]}"},
        ),
        Step(
            "Refund",
            "POST",
            "/v1/refunds",
            {
                "amount": "6000",
                "payment_intent": "{intent[id]}",
                "metadata[order_id]": "mri_{run}",
                "metadata[is_refund_id_as_reference]": "true",
            },
            {"id": ..., "object": "refund", "status": "succeeded", "failure_reason": "absent"},
            saved_as="refund",
        ),
        Step("RSync", "GET", "/v1/refunds/{refund[id]}", {}, {"id": "{refund[id]}", "metadata.order_id": "mri_{run}"}),
        _intent(
            "Authorize, declined",
            _HYPERSWITCH_TERMS
            | {"payment_method_data[card][number]": "4000000000000002", "capture_method": "automatic"},
            {
                "error.code": "card_declined",
                "error.decline_code": "generic_decline",
                "error.message": "Your card was declined.",
                "error.payment_intent.id": ...,
                "error.network_decline_code": ...,
            },
            status=402,
        ),
        _intent(
            "Authorize, captured later",
            _HYPERSWITCH_TERMS | {"payment_method_data[card][number]": "4111111111111111", "capture_method": "manual"},
            {"status": "requires_capture", "amount_capturable": 6000},
        ),
        Step(
            "Capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "5000"},
            {"status": "succeeded", "amount_received": 5000},
        ),
        _intent(
            "Authorize, voided",
            _HYPERSWITCH_TERMS | {"payment_method_data[card][number]": "4111111111111111", "capture_method": "manual"},
            {"status": "requires_capture"},
        ),
        Step(
            "Void",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {"cancellation_reason": "requested_by_customer"},
            {"status": "canceled"},
        ),
    ),
)

LARAVEL_CASHIER: Final = Library(
    "Laravel Cashier",
    version="2023-10-16",
    steps=(
        _intent(
            "charge",
            {
                "confirmation_method": "automatic",
                "confirm": "true",
                "currency": "usd",
                "return_url": _RETURN,
                "payment_method": VISA,
                "amount": "1000",
            },
            {"id": ..., "status": "succeeded", "amount": 1000, "currency": "usd", "client_secret": ...},
        ),
        Step("findPayment", "GET", _INTENTS + "/{intent[id]}", {}, {"id": "{intent[id]}"}, saved_as="found"),
        Step(
            "refund",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}"},
            {"object": "refund", "amount": 1000, "payment_intent": "{intent[id]}"},
        ),
        _intent(
            "charge, declined",
            {
                "confirmation_method": "automatic",
                "confirm": "true",
                "currency": "usd",
                "return_url": _RETURN,
                "payment_method": "pm_card_chargeDeclined",
                "amount": "1000",
            },
            {"error.type": "card_error", "error.code": "card_declined", "error.payment_intent.id": ...},
            status=402,
        ),
        _intent(
            "pay",
            {"automatic_payment_methods[enabled]": "true", "currency": "usd", "amount": "1000"},
            {"status": "requires_payment_method", "automatic_payment_methods.enabled": True},
        ),
        _intent(
            "payWith",
            {
                "payment_method_types[0]": "card",
                "payment_method_types[1]": "link",
                "currency": "usd",
                "amount": "1000",
            },
            {"status": "requires_payment_method", "payment_method_types": ["card", "link"]},
        ),
        Step(
            "cashier:webhook",
            "POST",
            "/v1/webhook_endpoints",
            {
                **_events(
                    "customer.subscription.created",
                    "customer.subscription.updated",
                    "customer.subscription.deleted",
                    "customer.updated",
                    "customer.deleted",
                    "invoice.payment_action_required",
                    "invoice.payment_succeeded",
                ),
                "url": "{hooks_url}",
                "api_version": "2023-10-16",
            },
            {"id": ..., "secret": ..., "status": "enabled"},
            saved_as="endpoint",
        ),
        Step(
            "cashier:webhook --disabled",
            "POST",
            "/v1/webhook_endpoints/{endpoint[id]}",
            {"disabled": "true"},
            {"status": "disabled"},
        ),
        Step("its deletion", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}),
    ),
)

MEDUSA: Final = Library(
    "Medusa",
    steps=(
        _intent(
            "initiatePayment",
            {
                "amount": "2000",
                "currency": "eur",
                "metadata[session_id]": "payses_{run}",
                "description": "An order",
                "capture_method": "manual",
                "automatic_payment_methods[enabled]": "true",
            },
            {"id": ..., "status": "requires_payment_method", "amount": 2000, "currency": "eur", "client_secret": ...},
            idempotency_key="{run}-initiate",
        ),
        Step(
            "updatePayment",
            "POST",
            _INTENTS + "/{intent[id]}",
            {"amount": "1500"},
            {"amount": 1500, "status": "requires_payment_method"},
            idempotency_key="{run}-update",
        ),
        Step(
            "the storefront",
            "POST",
            _INTENTS + "/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": _RETURN},
            {"status": "requires_capture"},
        ),
        Step(
            "authorizePayment",
            "GET",
            _INTENTS + "/{intent[id]}",
            {},
            {"status": "requires_capture", "metadata.session_id": "payses_{run}"},
        ),
        Step(
            "capturePayment",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {},
            {"status": "succeeded", "amount_received": 1500},
            idempotency_key="{run}-capture",
        ),
        Step(
            "capturePayment, again",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {},
            {"error.code": "payment_intent_unexpected_state", "error.payment_intent.status": "succeeded"},
            status=400,
        ),
        Step(
            "refundPayment",
            "POST",
            "/v1/refunds",
            {"amount": "1500", "payment_intent": "{intent[id]}"},
            {"object": "refund", "status": "succeeded"},
            idempotency_key="{run}-refund",
        ),
        Step(
            "refundPayment, again",
            "POST",
            "/v1/refunds",
            {"amount": "1500", "payment_intent": "{intent[id]}"},
            {"error.code": "charge_already_refunded"},
            status=400,
        ),
        _intent(
            "initiatePayment, for another cart",
            {"amount": "2000", "currency": "eur", "capture_method": "manual"},
            {"status": "requires_payment_method"},
        ),
        Step("cancelPayment", "POST", _INTENTS + "/{intent[id]}/cancel", {}, {"status": "canceled"}),
        Step(
            "cancelPayment, again",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {},
            {"error.payment_intent.status": "canceled"},
            status=400,
        ),
    ),
)

ODOO: Final = Library(
    "Odoo",
    version="2019-05-16",
    steps=(
        Step(
            "action_stripe_create_webhook",
            "POST",
            "/v1/webhook_endpoints",
            {
                "url": "{hooks_url}",
                "enabled_events[]": (
                    "payment_intent.processing",
                    "payment_intent.amount_capturable_updated",
                    "payment_intent.succeeded",
                    "payment_intent.payment_failed",
                    "payment_intent.canceled",
                    "setup_intent.succeeded",
                    "charge.refunded",
                    "charge.refund.updated",
                ),
                "api_version": "2019-05-16",
            },
            {"secret": ...},
            saved_as="endpoint",
        ),
        Step("its deletion", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}),
        _customer(
            "_stripe_create_customer",
            {
                "address[city]": "Sin City",
                "description": "Odoo Partner: Norbert Buyer (id: 3)",
                "name": "Norbert Buyer",
            },
        ),
        _intent(
            "_stripe_create_intent",
            {
                "amount": "111111",
                "currency": "eur",
                "description": "S00001",
                "capture_method": "automatic",
                "payment_method_types[]": "card",
                "expand[]": "payment_method",
                "customer": "{customer[id]}",
            },
            {"id": ..., "client_secret": ..., "status": "requires_payment_method"},
        ),
    ),
)

# A purchase without `confirm` is not replayed: it sends off_session=false too, which Stripe documents for confirm=true.
OMNIPAY: Final = Library(
    "Omnipay",
    basic_auth=True,
    steps=(
        Step(
            "createCard",
            "POST",
            "/v1/payment_methods",
            {"card[token]": "tok_visa", "type": "card"},
            {"id": ..., "object": "payment_method", "customer": None},
            saved_as="method",
        ),
        _intent(
            "authorize",
            {
                "amount": "1000",
                "currency": "usd",
                "description": "A test purchase",
                "metadata[order]": "6735",
                "receipt_email": "customer@example.com",
                "payment_method": "{method[id]}",
                "off_session": "false",
                "confirmation_method": "manual",
                "capture_method": "manual",
                "confirm": "true",
                "return_url": _RETURN,
            },
            {
                "id": ...,
                "object": "payment_intent",
                "status": "requires_capture",
                "capture_method": "manual",
                "payment_method": "{method[id]}",
                "client_secret": ...,
            },
        ),
        Step(
            "capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "1000"},
            {"status": "succeeded", "latest_charge": ...},
            saved_as="captured",
        ),
        _intent(
            "purchase with a token",
            {
                "amount": "1000",
                "currency": "usd",
                "payment_method_data[type]": "card",
                "payment_method_data[card][token]": "tok_visa",
                "off_session": "false",
                "confirmation_method": "manual",
                "capture_method": "manual",
                "confirm": "true",
                "return_url": _RETURN,
            },
            {"status": "requires_capture"},
        ),
        Step("cancel", "POST", _INTENTS + "/{intent[id]}/cancel", {}, {"status": "canceled"}),
        Step(
            "refund",
            "POST",
            "/v1/charges/{captured[latest_charge]}/refund",
            {"amount": "400"},
            {"id": ..., "object": "charge", "amount_refunded": 400},
        ),
    ),
)

PAY: Final = Library(
    "pay",
    steps=(
        _customer(
            "api_record",
            {"email": "jenny@example.com", "name": "Jenny", "expand[0]": "tax", "expand[1]": "invoice_credit_balance"},
        ),
        _intent(
            "charge",
            {
                "amount": "1000",
                "currency": "usd",
                "customer": "{customer[id]}",
                "expand[0]": "latest_charge.balance_transaction",
                "expand[1]": "latest_charge.payment_intent",
                "expand[2]": "latest_charge.refunds.data.balance_transaction",
                "return_url": _RETURN,
                "confirm": "true",
                "payment_method": VISA,
            },
            {"status": "succeeded", "latest_charge.payment_intent.id": ...},
        ),
    ),
)

PRETIX: Final = Library(
    "pretix",
    version="2023-10-16",
    steps=(
        _intent(
            "_handle_payment_intent",
            {
                "amount": "2300",
                "currency": "eur",
                "payment_method": VISA,
                "payment_method_types[0]": "card",
                "confirmation_method": "manual",
                "confirm": "true",
                "description": "DEMOCON-ABC12",
                "metadata[order]": "1",
                "metadata[event]": "2",
                "metadata[code]": "ABC12",
                "statement_descriptor_suffix": "DEMOCON-ABC12 Demo",
                "return_url": _RETURN,
                "expand[0]": "latest_charge",
            },
            {
                "id": ...,
                "status": "succeeded",
                "latest_charge.paid": True,
                "latest_charge.payment_method_details.card.brand": "visa",
                "latest_charge.payment_method_details.card.last4": "4242",
                "latest_charge.payment_method_details.card.exp_year": ...,
            },
            idempotency_key="2ABC12{run}",
        ),
        Step(
            "_handle_payment_intent, after a return",
            "GET",
            _INTENTS + "/{intent[id]}",
            {"expand[0]": "latest_charge"},
            {"status": "succeeded", "latest_charge.id": "{intent[latest_charge][id]}"},
        ),
        Step(
            "execute_refund",
            "POST",
            "/v1/refunds",
            {"charge": "{intent[latest_charge][id]}", "amount": "2300"},
            {"id": ..., "status": "succeeded"},
        ),
    ),
)

SALEOR: Final = Library(
    "Saleor",
    version="2025-04-30.basil",
    steps=(
        Step(
            "createWebhook",
            "POST",
            "/v1/webhook_endpoints",
            {
                "url": "{hooks_url}",
                "description": "Created by Saleor Stripe app, config name: shop",
                **_events(
                    "payment_intent.amount_capturable_updated",
                    "payment_intent.payment_failed",
                    "payment_intent.processing",
                    "payment_intent.requires_action",
                    "payment_intent.succeeded",
                ),
                "metadata[saleorAppConfigurationId]": "{run}",
            },
            {"id": ..., "secret": ..., "metadata.saleorAppConfigurationId": "{run}"},
            saved_as="endpoint",
        ),
        Step("its deletion", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}),
        _intent(
            "createPaymentIntent, to be captured",
            {
                "automatic_payment_methods[enabled]": "true",
                "payment_method_options[card][capture_method]": "manual",
                "amount": "2000",
                "currency": "usd",
            },
            {"id": ..., "amount": 2000, "currency": "usd", "status": "requires_payment_method", "client_secret": ...},
            idempotency_key="{run}-create",
        ),
        Step(
            "the storefront",
            "POST",
            _INTENTS + "/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": _RETURN},
            {"status": "requires_capture"},
        ),
        Step("getPaymentIntent", "GET", _INTENTS + "/{intent[id]}", {}, {"status": "requires_capture"}),
        Step("capturePaymentIntent", "POST", _INTENTS + "/{intent[id]}/capture", {}, {"status": "succeeded"}),
        Step(
            "createRefund",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}", "amount": "500"},
            {"id": ..., "status": "succeeded"},
        ),
        _intent(
            "createPaymentIntent, to be canceled",
            {"automatic_payment_methods[enabled]": "true", "amount": "2000", "currency": "usd"},
            {"status": "requires_payment_method"},
        ),
        Step("cancelPaymentIntent", "POST", _INTENTS + "/{intent[id]}/cancel", {}, {"status": "canceled"}),
    ),
)

SOLIDUS: Final = Library(
    "Solidus",
    steps=(
        _customer("retrieve_or_create_stripe_customer_id", {"email": "jenny@example.com"}),
        _intent(
            "create_stripe_intent",
            {
                "amount": "2000",
                "currency": "USD",
                "capture_method": "manual",
                "setup_future_usage": "on_session",
                "customer": "{customer[id]}",
                "metadata[solidus_order_number]": "R{run}",
            },
            {"id": ..., "status": "requires_payment_method"},
        ),
    ),
)

VENDURE: Final = Library(
    "Vendure",
    steps=(
        _intent(
            "createPaymentIntent",
            {
                "amount": "2000",
                "currency": "usd",
                "automatic_payment_methods[enabled]": "true",
                "metadata[channelToken]": "default",
                "metadata[orderId]": "1",
                "metadata[orderCode]": "{run}",
            },
            {"client_secret": ..., "metadata.orderCode": "{run}"},
            idempotency_key="{run}_2000",
        ),
        Step(
            "the storefront",
            "POST",
            _INTENTS + "/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": _RETURN},
            {"status": "succeeded", "amount_received": 2000, "metadata.channelToken": "default"},
        ),
        Step(
            "createRefund",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}", "amount": "500"},
            {"status": "succeeded", "amount": 500},
        ),
    ),
)

WOOCOMMERCE: Final = Library(
    "WooCommerce",
    version="2024-06-20",
    steps=(
        _customer(
            "create_customer",
            {"email": "jenny@example.com", "description": "Name: Jenny Rosen, Guest", "name": "Jenny Rosen"},
        ),
        _intent(
            "create_and_confirm_payment_intent",
            {
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
                "mandate_data[customer_acceptance][online][user_agent]": "WooCommerce Stripe Gateway",
            },
            {"status": "succeeded"},
        ),
    ),
)

LIBRARIES: Final[Mapping[str, Library]] = {
    library.name: library
    for library in (
        ACTIVE_MERCHANT,
        DJ_STRIPE,
        HYPERSWITCH,
        LARAVEL_CASHIER,
        MEDUSA,
        ODOO,
        OMNIPAY,
        PAY,
        PRETIX,
        SALEOR,
        SOLIDUS,
        VENDURE,
        WOOCOMMERCE,
    )
}
"""The libraries by the names in the list."""
