"""The calls of libraries that are replayed: what each sends, and the fields that it reads in the answers.

Names and values are facts, read in the sources that integrations.toml pins; no code is theirs. Every value of `reads`
is one that the library uses afterwards. How far each goes at the sandbox is in docs/reference/stripe-integrations.md.
"""

from typing import Any, Final

from integrations.calls import Reads, Replay, Sdk, Step
from integrations.flow import FlowStep
from integrations.source_lines import Lines
from integrations.steps import RETURN_URL, VISA, create_customer, create_intent

_INTENTS: Final = "/v1/payment_intents"


def _events(*types: str) -> dict[str, str]:
    """Return the types as SDKs send a list."""
    return {f"enabled_events[{index}]": name for index, name in enumerate(types)}


_AM: Final = "lib/active_merchant/billing/gateways/stripe_payment_intents.rb"
_ACTIVE_MERCHANT_BASE: Final = "lib/active_merchant/billing/gateways/stripe.rb"
_ACTIVE_MERCHANT_EXPANDS: Final = {"expand[0]": "latest_charge", "expand[1]": "latest_charge.balance_transaction"}

ACTIVE_MERCHANT: Final = Replay(
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
            source=(
                Lines(_AM, "113-121"),
                Lines(_AM, "867-872"),
            ),
        ),
        create_intent(
            "purchase",
            {
                "amount": "2000",
                "currency": "gbp",
                "capture_method": "automatic",
                "payment_method": "{method[id]}",
                "metadata[email]": "longbob@example.com",
                "metadata[order_id]": "6735",
                "confirm": True,
                "shipping[address][city]": "San Diego",
                "shipping[address][country]": "US",
                "shipping[address][line1]": "block C",
                "shipping[address][postal_code]": "22400",
                "shipping[address][state]": "California",
                "shipping[name]": "John Adam",
                "shipping[phone]": "+0018313818368",
                "description": "Order 6735",
                "return_url": RETURN_URL,
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
            source=(
                Lines(_ACTIVE_MERCHANT_BASE, "371-375"),
                Lines(_AM, "393-396"),
                Lines(_AM, "541-546"),
                Lines(_ACTIVE_MERCHANT_BASE, "513-518"),
                Lines(
                    _AM,
                    "843-848",
                    {"carrier": "only if the order has one", "tracking_number": "only if the order has one"},
                ),
            ),
            does=FlowStep.PAY,
        ),
        Step(
            "refund: its intent",
            "GET",
            _INTENTS + "/{intent[id]}",
            {"expand[]": "latest_charge.balance_transaction"},
            {"latest_charge.id": "{intent[latest_charge][id]}"},
            saved_as="shown",
            source=(Lines(_AM, "235-235"),),
        ),
        create_intent(
            "authorize",
            {
                "amount": "2000",
                "currency": "gbp",
                "capture_method": "manual",
                "confirmation_method": "manual",
                "payment_method": VISA,
                "confirm": True,
                "return_url": RETURN_URL,
                **_ACTIVE_MERCHANT_EXPANDS,
            },
            {"status": "requires_capture", "latest_charge.captured": False},
            source=(
                Lines(_ACTIVE_MERCHANT_BASE, "371-375"),
                Lines(_AM, "393-401"),
                Lines(_AM, "541-546"),
            ),
            does=FlowStep.AUTHORIZE,
        ),
        Step(
            "capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "1500", **_ACTIVE_MERCHANT_EXPANDS},
            {"status": "succeeded", "latest_charge.captured": True, "latest_charge.amount_captured": 1500},
            idempotency_key="{run}-capture",
            source=(
                Lines(
                    _AM,
                    "214-223",
                    {
                        "transfer_data": "only with a transfer",
                        "application_fee_amount": "only with a fee of an application",
                        "final_capture": "only if it is asked for",
                        "amount": "the transfer",
                    },
                ),
            ),
            does=FlowStep.CAPTURE,
        ),
        create_intent(
            "authorize, declined",
            {
                "amount": "2000",
                "currency": "gbp",
                "capture_method": "manual",
                "payment_method": "pm_card_chargeDeclinedInsufficientFunds",
                "confirm": True,
                "return_url": RETURN_URL,
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
            source=(Lines(_ACTIVE_MERCHANT_BASE, "371-375"), Lines(_AM, "393-396"), Lines(_AM, "541-546")),
        ),
        Step(
            "void",
            "POST",
            _INTENTS + "/{intent[error][payment_intent][id]}/cancel",
            {"cancellation_reason": "requested_by_customer", **_ACTIVE_MERCHANT_EXPANDS},
            {"status": "canceled", "cancellation_reason": "requested_by_customer"},
            source=(Lines(_AM, "228-229"),),
            does=FlowStep.CANCEL,
        ),
        Step(
            "refund",
            "POST",
            "/v1/charges/{shown[latest_charge][id]}/refunds",
            {"amount": "500", "metadata[order_id]": "6735", "reason": "duplicate", "expand[0]": "charge"},
            {"id": ..., "object": "refund", "status": "succeeded", "charge.amount_refunded": 500},
            idempotency_key="{run}-refund",
            source=(
                Lines(
                    _ACTIVE_MERCHANT_BASE,
                    "142-148",
                    {
                        "refund_application_fee": "only with a fee of an application",
                        "reverse_transfer": "only with a transfer",
                    },
                ),
            ),
            does=FlowStep.REFUND,
        ),
    ),
)

_HYPERSWITCH_FILE: Final = "crates/hyperswitch_connectors/src/connectors/stripe/transformers.rs"
_IF_ASKED: Final = "only if the merchant asks for it"
_HYPERSWITCH: Final = (
    Lines(
        _HYPERSWITCH_FILE,
        "struct PaymentIntentRequest",
        {
            "customer": "only of a stored card",
            "payment_method": "only of a stored card",
            "statement_descriptor": _IF_ASKED,
            "statement_descriptor_suffix": _IF_ASKED,
        },
    ),
    Lines(
        _HYPERSWITCH_FILE,
        "struct StripeCardData",
        {
            "network": _IF_ASKED,
            "request_extended_authorization": _IF_ASKED,
            "request_incremental_authorization": _IF_ASKED,
            "request_overcapture": _IF_ASKED,
        },
    ),
    Lines(_HYPERSWITCH_FILE, "struct StripeBrowserInformation"),
)
_HYPERSWITCH_TERMS: Final = {
    "amount": "6000",
    "currency": "USD",
    "metadata[order_id]": "mti_{run}",
    "return_url": RETURN_URL,
    "confirm": True,
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
    "payment_method_data[ip]": "127.0.0.1",
    "payment_method_data[user_agent]": "Mozilla/5.0",
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

HYPERSWITCH: Final = Replay(
    "Hyperswitch",
    version="2022-11-15",
    sends_card_numbers=True,
    steps=(
        create_intent(
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
            source=_HYPERSWITCH,
            does=FlowStep.PAY,
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
            does=FlowStep.REFUND,
        ),
        Step("RSync", "GET", "/v1/refunds/{refund[id]}", {}, {"id": "{refund[id]}", "metadata.order_id": "mri_{run}"}),
        create_intent(
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
            source=_HYPERSWITCH,
        ),
        create_intent(
            "Authorize, captured later",
            _HYPERSWITCH_TERMS | {"payment_method_data[card][number]": "4111111111111111", "capture_method": "manual"},
            {"status": "requires_capture", "amount_capturable": 6000},
            source=_HYPERSWITCH,
            does=FlowStep.AUTHORIZE,
        ),
        Step(
            "Capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "5000"},
            {"status": "succeeded", "amount_received": 5000},
            does=FlowStep.CAPTURE,
        ),
        create_intent(
            "Authorize, voided",
            _HYPERSWITCH_TERMS | {"payment_method_data[card][number]": "4111111111111111", "capture_method": "manual"},
            {"status": "requires_capture"},
            source=_HYPERSWITCH,
        ),
        Step(
            "Void",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {"cancellation_reason": "requested_by_customer"},
            {"status": "canceled"},
            does=FlowStep.CANCEL,
        ),
    ),
)

LARAVEL_CASHIER: Final = Replay(
    "Laravel Cashier",
    sdk=Sdk("PHP", "13.18.0"),
    version="2023-10-16",
    steps=(
        create_intent(
            "charge",
            {
                "confirmation_method": "automatic",
                "confirm": True,
                "currency": "usd",
                "return_url": RETURN_URL,
                "payment_method": VISA,
                "amount": "1000",
            },
            {"id": ..., "status": "succeeded", "amount": 1000, "currency": "usd", "client_secret": ...},
            source=(
                Lines("src/Concerns/PerformsCharges.php", "26-31"),
                Lines("src/Concerns/PerformsCharges.php", "82-90", {"customer": "only a customer has one"}),
            ),
            does=FlowStep.PAY,
        ),
        Step("findPayment", "GET", _INTENTS + "/{intent[id]}", {}, {"id": "{intent[id]}"}, saved_as="found"),
        Step(
            "refund",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}"},
            {"object": "refund", "amount": 1000, "payment_intent": "{intent[id]}"},
            source=(Lines("src/Concerns/PerformsCharges.php", "125-127"),),
            does=FlowStep.REFUND,
        ),
        create_intent(
            "charge, declined",
            {
                "confirmation_method": "automatic",
                "confirm": True,
                "currency": "usd",
                "return_url": RETURN_URL,
                "payment_method": "pm_card_chargeDeclined",
                "amount": "1000",
            },
            {"error.type": "card_error", "error.code": "card_declined", "error.payment_intent.id": ...},
            status=402,
            source=(
                Lines("src/Concerns/PerformsCharges.php", "26-31"),
                Lines("src/Concerns/PerformsCharges.php", "82-90", {"customer": "only a customer has one"}),
            ),
        ),
        create_intent(
            "pay",
            {"automatic_payment_methods[enabled]": True, "currency": "usd", "amount": "1000"},
            {"status": "requires_payment_method", "automatic_payment_methods.enabled": True},
            source=(
                Lines("src/Concerns/PerformsCharges.php", "49-53"),
                Lines("src/Concerns/PerformsCharges.php", "82-90", {"customer": "only a customer has one"}),
            ),
        ),
        create_intent(
            "payWith",
            {
                "payment_method_types[0]": "card",
                "payment_method_types[1]": "link",
                "currency": "usd",
                "amount": "1000",
            },
            {"status": "requires_payment_method", "payment_method_types": ["card", "link"]},
            source=(
                Lines("src/Concerns/PerformsCharges.php", "66-66"),
                Lines("src/Concerns/PerformsCharges.php", "82-90", {"customer": "only a customer has one"}),
            ),
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
                    "payment_method.automatically_updated",
                    "invoice.payment_action_required",
                    "invoice.payment_succeeded",
                ),
                "url": "{hooks_url}",
                "api_version": "2023-10-16",
            },
            {"id": ..., "secret": ..., "status": "enabled"},
            saved_as="endpoint",
            source=(Lines("src/Console/WebhookCommand.php", "49-53"),),
        ),
        Step(
            "cashier:webhook --disabled",
            "POST",
            "/v1/webhook_endpoints/{endpoint[id]}",
            {"disabled": True},
            {"status": "disabled"},
            source=(Lines("src/Console/WebhookCommand.php", "58-58"),),
        ),
        Step("its deletion", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}),
    ),
)

_ODOO: Final = "addons/payment_stripe/models/payment_transaction.py"
_ODOO_RETURN: Final = "addons/payment_stripe/controllers/main.py"
_OF_ITS_CLIENT: Final = {"payload": "an argument of its client"}
_ODOO_INTENT: Final = {
    "amount": "111111",
    "currency": "eur",
    "description": "S00001",
    "capture_method": "automatic",
    "payment_method_types[]": "card",
    "expand[]": "payment_method",
    "customer": "{customer[id]}",
}
_BY_CARD: Final = {"payment_method": VISA, "return_url": RETURN_URL}
"""The confirmation of a buyer's browser."""


def _bought(operation: str, reads: Reads, **parts: Any) -> Step:
    """Confirm the intent, as the buyer's browser does."""
    return Step(operation, "POST", _INTENTS + "/{intent[id]}/confirm", _BY_CARD, reads, buyers=True, **parts)


ODOO: Final = Replay(
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
        create_customer(
            "_stripe_create_customer",
            {
                "address[city]": "Sin City",
                "address[country]": "BE",
                "address[line1]": "Huge Street 2/543",
                "address[postal_code]": "1000",
                "address[state]": "Brussels",
                "description": "Odoo Partner: Norbert Buyer (id: 3)",
                "email": "norbert.buyer@example.com",
                "name": "Norbert Buyer",
                "phone": "0032 12 34 56 78",
            },
            source=(Lines(_ODOO, "196-207"),),
        ),
        create_intent(
            "_stripe_create_intent",
            _ODOO_INTENT,
            {"id": ..., "client_secret": ..., "status": "requires_payment_method"},
            source=(Lines(_ODOO, "157-168"),),
        ),
        _bought("the buyer", {"status": "succeeded"}, does=FlowStep.PAY),
        Step(
            "stripe_return",
            "GET",
            _INTENTS + "/{intent[id]}",
            {"expand[]": "payment_method"},
            {"status": "succeeded", "payment_method.card.last4": "4242"},
            source=(Lines(_ODOO_RETURN, "48-48", _OF_ITS_CLIENT),),
        ),
        Step(
            "_send_refund_request",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}", "amount": "11111"},
            {"id": ..., "status": "succeeded", "amount": 11111},
            source=(Lines(_ODOO, "263-268"),),
            does=FlowStep.REFUND,
        ),
        create_intent(
            "_stripe_create_intent, captured later",
            _ODOO_INTENT | {"capture_method": "manual"},
            {"status": "requires_payment_method"},
            source=(Lines(_ODOO, "157-168"),),
        ),
        _bought("the buyer, captured later", {"status": "requires_capture"}, does=FlowStep.AUTHORIZE),
        Step(
            "_send_capture_request",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {},
            {"status": "succeeded"},
            does=FlowStep.CAPTURE,
        ),
        create_intent(
            "_stripe_create_intent, voided",
            _ODOO_INTENT | {"capture_method": "manual"},
            {"status": "requires_payment_method"},
            source=(Lines(_ODOO, "157-168"),),
        ),
        _bought("the buyer, voided", {"status": "requires_capture"}),
        Step(
            "_send_void_request",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {},
            {"status": "canceled"},
            does=FlowStep.CANCEL,
        ),
        Step(
            "_stripe_create_intent, of a validation",
            "POST",
            "/v1/setup_intents",
            {"customer": "{customer[id]}", "description": "V-1", "payment_method_types[]": "card"},
            {"id": ..., "client_secret": ...},
            saved_as="setup",
            source=(Lines(_ODOO, "136-142"),),
        ),
        Step(
            "the buyer, of a validation",
            "POST",
            "/v1/setup_intents/{setup[id]}/confirm",
            _BY_CARD,
            {"status": "succeeded"},
            buyers=True,
            does=FlowStep.SAVE_CARD,
        ),
        Step(
            "stripe_return, of a validation",
            "GET",
            "/v1/setup_intents/{setup[id]}",
            {"expand[]": "payment_method"},
            {"status": "succeeded", "payment_method.id": ..., "payment_method.card.last4": "4242"},
            saved_as="token",
            source=(Lines(_ODOO_RETURN, "58-58", _OF_ITS_CLIENT),),
        ),
        # Its own client writes Python's `True`.
        create_intent(
            "_stripe_create_intent, offline",
            _ODOO_INTENT | {"confirm": "True", "off_session": "True", "payment_method": "{token[payment_method][id]}"},
            {"status": "succeeded"},
            idempotency_key="{run}-payment_intents_token",
            source=(
                Lines(_ODOO, "157-168"),
                Lines(_ODOO, "172-178", {"mandate": "only of a mandate in India"}),
            ),
            does=FlowStep.SAVED_CARD,
        ),
    ),
)

OMNIPAY: Final = Replay(
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
            source=(
                Lines(
                    "src/Message/PaymentIntents/CreatePaymentMethodRequest.php",
                    "61-76",
                    {"billing_details": "only a card has them"},
                ),
            ),
        ),
        create_intent(
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
                "confirm": True,
                "return_url": RETURN_URL,
            },
            {
                "id": ...,
                "object": "payment_intent",
                "status": "requires_capture",
                "capture_method": "manual",
                "payment_method": "{method[id]}",
                "client_secret": ...,
            },
            source=(
                Lines(
                    "src/Message/PaymentIntents/AuthorizeRequest.php",
                    "341-373",
                    {
                        "statement_descriptor": "only if the shop sets it",
                        "on_behalf_of": "only if the shop sets it",
                        "application_fee": "only if the shop sets it",
                        "transfer_group": "only if the shop sets it",
                        "destination": "only if the shop sets it",
                    },
                ),
                Lines("src/Message/PaymentIntents/AuthorizeRequest.php", "393-404"),
            ),
            does=FlowStep.AUTHORIZE,
        ),
        Step(
            "capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "1000"},
            {"status": "succeeded", "latest_charge": ...},
            saved_as="captured",
            source=(Lines("src/Message/PaymentIntents/CaptureRequest.php", "39-39"),),
            does=FlowStep.CAPTURE,
        ),
        create_intent(
            "purchase with a token",
            {
                "amount": "1000",
                "currency": "usd",
                "payment_method_data[type]": "card",
                "payment_method_data[card][token]": "tok_visa",
                "off_session": "false",
                "confirmation_method": "manual",
                "capture_method": "manual",
                "confirm": True,
                "return_url": RETURN_URL,
            },
            {"status": "requires_capture"},
            source=(
                Lines("src/Message/PaymentIntents/AuthorizeRequest.php", "376-379"),
                Lines("src/Message/PaymentIntents/AuthorizeRequest.php", "393-404"),
            ),
            does=FlowStep.PAY,
        ),
        Step(
            "cancel",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {},
            {"status": "canceled"},
            does=FlowStep.CANCEL,
        ),
        Step(
            "refund",
            "POST",
            "/v1/charges/{captured[latest_charge]}/refund",
            {"amount": "400"},
            {"id": ..., "object": "charge", "amount_refunded": 400},
            source=(
                Lines(
                    "src/Message/RefundRequest.php",
                    "116-124",
                    {
                        "refund_application_fee": "only with a fee of an application",
                        "reverse_transfer": "only with a transfer",
                    },
                ),
            ),
            does=FlowStep.REFUND,
        ),
    ),
)

_PAY_CUSTOMER: Final = "app/models/pay/stripe/customer.rb"
_PAY_CHARGE: Final = "app/models/pay/stripe/charge.rb"
_PAY_METHOD: Final = "{method[id]}"
_PAY_INTENT: Final = {
    "amount": "1000",
    "currency": "usd",
    "customer": "{customer[id]}",
    "expand[0]": "latest_charge.balance_transaction",
    "expand[1]": "latest_charge.payment_intent",
    "expand[2]": "latest_charge.refunds.data.balance_transaction",
    "return_url": RETURN_URL,
    "confirm": True,
    "payment_method": _PAY_METHOD,
}
_PAY_LINES: Final = (Lines(_PAY_CUSTOMER, "47-47"), Lines(_PAY_CUSTOMER, "121-127"))

PAY: Final = Replay(
    "pay",
    sdk=Sdk("Ruby", "19.4.0"),
    version="2026-07-29.dahlia",
    steps=(
        create_customer(
            "api_record",
            {"email": "jenny@example.com", "name": "Jenny", "expand[0]": "tax", "expand[1]": "invoice_credit_balance"},
            source=(Lines(_PAY_CUSTOMER, "23-23"), Lines(_PAY_CUSTOMER, "31-31")),
        ),
        Step(
            "create_setup_intent",
            "POST",
            "/v1/setup_intents",
            {"customer": "{customer[id]}", "usage": "off_session"},
            {"id": ..., "client_secret": ...},
            saved_as="setup",
            source=(Lines(_PAY_CUSTOMER, "138-138"),),
        ),
        Step(
            "the buyer saves a card",
            "POST",
            "/v1/setup_intents/{setup[id]}/confirm",
            {"payment_method": VISA, "return_url": RETURN_URL},
            {"status": "succeeded"},
            buyers=True,
            does=FlowStep.SAVE_CARD,
        ),
        Step(
            "sync_setup_intent",
            "GET",
            "/v1/setup_intents/{setup[id]}",
            {"expand[0]": "payment_method"},
            {"payment_method.customer": "{customer[id]}", "payment_method.card.last4": "4242"},
            saved_as="synced",
            source=(Lines("app/models/pay/stripe/payment_method.rb", "14-14", {"id": "it is in the path"}),),
        ),
        Step(
            "add_payment_method",
            "POST",
            "/v1/payment_methods/pm_card_mastercard/attach",
            {"customer": "{customer[id]}"},
            {"id": ..., "card.brand": "mastercard"},
            saved_as="method",
            source=(Lines(_PAY_CUSTOMER, "86-86"),),
        ),
        Step(
            "add_payment_method: default",
            "POST",
            "/v1/customers/{customer[id]}",
            {"invoice_settings[default_payment_method]": _PAY_METHOD},
            {"invoice_settings.default_payment_method": _PAY_METHOD},
            source=(Lines(_PAY_CUSTOMER, "89-93"),),
        ),
        create_intent(
            "charge",
            _PAY_INTENT,
            {"status": "succeeded", "latest_charge.id": ..., "latest_charge.payment_intent.id": ...},
            source=_PAY_LINES,
            does=FlowStep.PAY,
        ),
        Step(
            "charge: its invoice",
            "GET",
            "/v1/invoice_payments",
            {"payment[type]": "payment_intent", "payment[payment_intent]": "{intent[id]}", "status": "paid"},
            {"data": []},
            source=(Lines(_PAY_CHARGE, "51-51"),),
        ),
        Step(
            "refund!",
            "POST",
            "/v1/refunds",
            {"charge": "{intent[latest_charge][id]}", "amount": "400"},
            {"id": ..., "amount": 400},
            source=(Lines(_PAY_CHARGE, "103-103"),),
            does=FlowStep.REFUND,
        ),
        create_intent(
            "authorize",
            _PAY_INTENT | {"capture_method": "manual"},
            {"status": "requires_capture", "latest_charge.amount_captured": 0},
            source=(*_PAY_LINES, Lines(_PAY_CUSTOMER, "242-242")),
            does=FlowStep.AUTHORIZE,
        ),
        Step(
            "capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {},
            {"status": "succeeded"},
            does=FlowStep.CAPTURE,
        ),
        Step(
            "capture: sync",
            "GET",
            "/v1/charges/{intent[latest_charge][id]}",
            {
                "expand[0]": "balance_transaction",
                "expand[1]": "payment_intent",
                "expand[2]": "refunds.data.balance_transaction",
            },
            {"amount_captured": 1000, "balance_transaction.fee": ..., "payment_intent.id": "{intent[id]}"},
            source=(Lines(_PAY_CHARGE, "18-18", {"id": "it is in the path"}),),
        ),
    ),
)

SALEOR_APP: Final = Replay(
    "Saleor app",
    sdk=Sdk("Node", "18.1.0"),
    version="2025-04-30.basil",
    steps=(
        Step(
            "createWebhook",
            "POST",
            "/v1/webhook_endpoints",
            {
                "url": "{hooks_url}",
                "description": "Created by Saleor App Payment Stripe, config name: shop",
                **_events(
                    "payment_intent.amount_capturable_updated",
                    "payment_intent.payment_failed",
                    "payment_intent.processing",
                    "payment_intent.requires_action",
                    "payment_intent.succeeded",
                    "payment_intent.canceled",
                    "charge.refund.updated",
                ),
                "metadata[saleorAppConfigurationId]": "{run}",
                "api_version": "2025-04-30.basil",
            },
            {"id": ..., "secret": ..., "metadata.saleorAppConfigurationId": "{run}"},
            saved_as="endpoint",
            source=(Lines("apps/stripe/src/modules/stripe/stripe-webhook-manager.ts", "145-153"),),
        ),
        Step("its deletion", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}),
        create_intent(
            "createPaymentIntent, to be captured",
            {
                "automatic_payment_methods[enabled]": True,
                "payment_method_options[card][capture_method]": "manual",
                "amount": "2000",
                "currency": "usd",
            },
            {"id": ..., "amount": 2000, "currency": "usd", "status": "requires_payment_method", "client_secret": ...},
            idempotency_key="{run}-create",
            source=(
                Lines("apps/stripe/src/modules/stripe/stripe-payment-intents-api.ts", "32-36"),
                Lines("apps/stripe/src/app/api/webhooks/saleor/transaction-initialize-session/use-case.ts", "118-124"),
                Lines("apps/stripe/src/modules/stripe/payment-methods/card.ts", "34-41"),
            ),
        ),
        Step(
            "the storefront",
            "POST",
            _INTENTS + "/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": RETURN_URL},
            {"status": "requires_capture"},
            buyers=True,
            does=FlowStep.AUTHORIZE,
        ),
        Step("getPaymentIntent", "GET", _INTENTS + "/{intent[id]}", {}, {"status": "requires_capture"}),
        Step(
            "capturePaymentIntent",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {},
            {"status": "succeeded"},
            does=FlowStep.CAPTURE,
        ),
        Step(
            "createRefund",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}", "amount": "500"},
            {"id": ..., "status": "succeeded"},
            source=(Lines("apps/stripe/src/modules/stripe/stripe-refunds-api.ts", "28-31"),),
            does=FlowStep.REFUND,
        ),
        create_intent(
            "createPaymentIntent, to be canceled",
            {"automatic_payment_methods[enabled]": True, "amount": "2000", "currency": "usd"},
            {"status": "requires_payment_method"},
            source=(
                Lines("apps/stripe/src/modules/stripe/stripe-payment-intents-api.ts", "32-36"),
                Lines("apps/stripe/src/app/api/webhooks/saleor/transaction-initialize-session/use-case.ts", "118-120"),
            ),
        ),
        Step(
            "cancelPaymentIntent",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {},
            {"status": "canceled"},
            does=FlowStep.CANCEL,
        ),
    ),
)

_SALEOR_CORE: Final = "saleor/payment/gateways/stripe/stripe_api.py"
_OF_CUSTOMERS: Final = "only a customer who is signed in has one"

SALEOR_CORE: Final = Replay(
    "Saleor core plugin",
    sdk=Sdk("Python", "3.5.0"),
    version="2020-08-27",
    steps=(
        # Its list of endpoints tells whether the key is right; the key is in the place of the parameters.
        Step("is_secret_api_key_valid", "GET", "/v1/webhook_endpoints", {}, {"object": "list"}),
        Step(
            "subscribe_webhook",
            "POST",
            "/v1/webhook_endpoints",
            {
                "url": "{hooks_url}",
                **_events(
                    "payment_intent.succeeded",
                    "payment_intent.processing",
                    "payment_intent.payment_failed",
                    "payment_intent.amount_capturable_updated",
                    "payment_intent.canceled",
                    "charge.refunded",
                ),
                "metadata[saleor-domain]": "shop.example",
            },
            {"id": ..., "secret": ...},
            saved_as="endpoint",
            source=(Lines(_SALEOR_CORE, "70-75"),),
        ),
        Step("delete_webhook", "DELETE", "/v1/webhook_endpoints/{endpoint[id]}", {}, {"deleted": True}),
        create_intent(
            "create_payment_intent",
            {
                "amount": "2000",
                "currency": "USD",
                "capture_method": "manual",
                "metadata[channel]": "default-channel",
                "metadata[payment_id]": "UGF5bWVudDox",
                "receipt_email": "jenny@example.com",
            },
            {"id": ..., "client_secret": ..., "status": "requires_payment_method", "amount": 2000, "currency": "usd"},
            source=(
                Lines(
                    _SALEOR_CORE,
                    "137-167",
                    {
                        "customer": _OF_CUSTOMERS,
                        "payment_method": _OF_CUSTOMERS,
                        "off_session": _OF_CUSTOMERS,
                        "confirm": _OF_CUSTOMERS,
                        "setup_future_usage": "only if the shop asks for it",
                        "payment_method_types": "only if the shop asks for them",
                    },
                ),
            ),
        ),
        Step(
            "the storefront",
            "POST",
            _INTENTS + "/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": RETURN_URL},
            {"status": "requires_capture"},
            buyers=True,
            does=FlowStep.AUTHORIZE,
        ),
        Step(
            "retrieve_payment_intent",
            "GET",
            _INTENTS + "/{intent[id]}",
            {},
            {"status": "requires_capture", "amount_capturable": 2000},
        ),
        Step(
            "capture_payment_intent",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "2000"},
            {"status": "succeeded", "amount_received": 2000},
            source=(Lines(_SALEOR_CORE, "233-237"),),
            does=FlowStep.CAPTURE,
        ),
        Step(
            "refund_payment_intent",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}", "amount": "500"},
            {"id": ..., "status": "succeeded", "amount": 500},
            source=(Lines(_SALEOR_CORE, "252-256"),),
            does=FlowStep.REFUND,
        ),
        Step(
            "get_or_create_customer",
            "POST",
            "/v1/customers",
            {"email": "jenny@example.com"},
            {"id": ...},
            saved_as="customer",
            source=(Lines(_SALEOR_CORE, "109-112"),),
        ),
        # `confirm` is a Python boolean here, which the pinned SDK writes as `True`.
        create_intent(
            "create_payment_intent, with a stored card",
            {
                "amount": "2000",
                "currency": "USD",
                "capture_method": "automatic",
                "customer": "{customer[id]}",
                "payment_method": VISA,
                "off_session": True,
                "confirm": True,
                "metadata[channel]": "default-channel",
                "receipt_email": "jenny@example.com",
            },
            {"id": ..., "status": "succeeded"},
            source=(
                Lines(
                    _SALEOR_CORE,
                    "137-167",
                    {
                        "setup_future_usage": "only without a stored card",
                        "payment_method_types": "only if the shop asks for them",
                    },
                ),
            ),
            does=FlowStep.SAVED_CARD,
        ),
    ),
)

_SOLIDUS: Final = "app/models/solidus_stripe"
_SOLIDUS_INTENT: Final = {
    "amount": "2000",
    "currency": "USD",
    "capture_method": "manual",
    "setup_future_usage": "on_session",
    "customer": "{customer[id]}",
    "metadata[solidus_order_number]": "R{run}",
    "confirm": False,
}


def _solidus(operation: str, capture_method: str, lines: str) -> tuple[Step, ...]:
    """Create an intent, give it the payment method of the buyer's form, and confirm it."""
    approved = {"manual": "requires_capture", "automatic": "succeeded"}[capture_method]
    does = {"manual": FlowStep.AUTHORIZE, "automatic": FlowStep.PAY}[capture_method]
    return (
        create_intent(
            f"{operation}: create_stripe_intent",
            _SOLIDUS_INTENT | {"capture_method": capture_method},
            {"id": ..., "status": "requires_payment_method"},
            source=(Lines(f"{_SOLIDUS}/payment_intent.rb", "90-101"), Lines(f"{_SOLIDUS}/gateway.rb", lines)),
        ),
        Step(
            f"{operation}: prepare_for_payment",
            "POST",
            _INTENTS + "/{intent[id]}",
            {"payment_method": VISA},
            {"id": "{intent[id]}"},
            source=(Lines(f"{_SOLIDUS}/payment_intent.rb", "17-17"),),
        ),
        Step(
            f"{operation}: confirm_stripe_payment_intent",
            "POST",
            _INTENTS + "/{intent[id]}/confirm",
            {},
            {"status": approved},
            does=does,
        ),
        Step(f"{operation}: stripe_intent", "GET", _INTENTS + "/{intent[id]}", {}, {"status": approved}),
    )


SOLIDUS: Final = Replay(
    "Solidus",
    sdk=Sdk("Ruby", "8.7.0"),
    steps=(
        create_customer(
            "retrieve_or_create_stripe_customer_id",
            {"email": "jenny@example.com"},
            source=(Lines(f"{_SOLIDUS}/customer.rb", "18-18"),),
        ),
        *_solidus("authorize", "manual", "46-48"),
        Step(
            "capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {},
            {"id": "{intent[id]}", "status": "succeeded"},
            does=FlowStep.CAPTURE,
        ),
        Step(
            "credit",
            "POST",
            "/v1/refunds",
            {"amount": "500", "payment_intent": "{intent[id]}", "metadata[solidus_skip_sync]": "true"},
            {"id": ..., "metadata.solidus_skip_sync": "true"},
            source=(Lines(f"{_SOLIDUS}/gateway.rb", "168-174"),),
            does=FlowStep.REFUND,
        ),
        *_solidus("purchase", "automatic", "106-108"),
        *_solidus("authorize, voided", "manual", "46-48"),
        Step(
            "void",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {},
            {"status": "canceled"},
            does=FlowStep.CANCEL,
        ),
    ),
)

LIBRARIES: Final = (
    LARAVEL_CASHIER,
    OMNIPAY,
    ACTIVE_MERCHANT,
    SALEOR_CORE,
    SALEOR_APP,
    HYPERSWITCH,
    ODOO,
    PAY,
    SOLIDUS,
)
"""The libraries whose calls are replayed."""
