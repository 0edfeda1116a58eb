"""The calls of plugins that are replayed: what each sends, and the fields that it reads in the answers.

Names and values are facts, read in the sources that integrations.toml pins; no code is theirs.
"""

from typing import Final

from integrations.calls import Reads, Replay, Sdk, Step, on_checkouts_page
from integrations.flow import FlowStep
from integrations.source_lines import Lines
from integrations.steps import RETURN_URL, VISA, create_customer, create_intent, create_session

_INTENTS: Final = "/v1/payment_intents"

_KB: Final = "src/main/java/org/killbill/billing/plugin/stripe/StripePaymentPluginApi.java"
_KB_ACCOUNT: Final = {
    "address[city]": "San Francisco",
    "address[country]": "US",
    "address[line1]": "510 Townsend St",
    "address[postal_code]": "94103",
    "address[state]": "CA",
    "metadata[kbAccountId]": "{run}",
    "metadata[kbAccountExternalKey]": "jenny",
    "email": "jenny@example.com",
    "name": "Jenny Rosen",
    "description": "created via KB",
}
_KB_INTENT: Final = {
    "amount": "1000",
    "currency": "GBP",
    "capture_method": "automatic",
    "confirm": True,
    "return_url": RETURN_URL,
    "confirmation_method": "automatic",
    "customer": "{customer[id]}",
    "metadata[kbAccountId]": "{run}",
    "metadata[kbPaymentId]": "{run}",
    "metadata[kbTransactionId]": "{run}",
    "metadata[kbPaymentMethodId]": "{run}",
    "payment_method": "{setup[payment_method]}",
    "payment_method_types[0]": "card",
    "description": "Kill Bill charge",
    "statement_descriptor_suffix": "Kill Bill charge",
}
_OF_TOKENS: Final = "only of a token"
_KB_LINES: Final = Lines(
    _KB, "877-924", {"payment_method_data": _OF_TOKENS, "type": _OF_TOKENS, "card": _OF_TOKENS, "token": _OF_TOKENS}
)


def _kb_intent(operation: str, capture_method: str, status: str, does: FlowStep | None = None) -> Step:
    form = _KB_INTENT | {"capture_method": capture_method}
    # The version has the intent's charges, of which the last is stored.
    reads: Reads = {"status": status, "charges.data.0.id": ...}
    return create_intent(operation, form, reads, source=(_KB_LINES,), does=does)


KILL_BILL: Final = Replay(
    "Kill Bill",
    sdk=Sdk("Java", "21.15.0"),
    version="2022-08-01",
    steps=(
        create_customer(
            "createStripeCustomer",
            _KB_ACCOUNT,
            source=(Lines(_KB, "455-468", {"line2": "null, which the SDK leaves out"}),),
        ),
        create_session(
            "buildFormDescriptor",
            {
                "customer": "{customer[id]}",
                "payment_method_types[0]": "card",
                "mode": "setup",
                "expand[0]": "setup_intent",
                "expand[1]": "payment_intent",
                "success_url": "https://example.com/success?sessionId={{CHECKOUT_SESSION_ID}}",
                "cancel_url": "https://example.com/cancel",
            },
            {"id": ..., "url": ..., "setup_intent.id": ..., "setup_intent.client_secret": ...},
            source=(Lines(_KB, "800-813", {"metadata": "without fields of its own, it has no text"}),),
        ),
        on_checkouts_page("the buyer saves a card", FlowStep.SAVE_CARD),
        Step(
            "addPaymentMethod: its setup",
            "GET",
            "/v1/setup_intents/{session[setup_intent][id]}",
            {},
            {"status": "succeeded", "customer": "{customer[id]}", "payment_method": ...},
            saved_as="setup",
        ),
        Step(
            "addPaymentMethod",
            "GET",
            "/v1/payment_methods/{setup[payment_method]}",
            {},
            {"customer": "{customer[id]}", "card.last4": "4242"},
        ),
        _kb_intent("purchasePayment", "automatic", "succeeded", FlowStep.PAY),
        Step(
            "refundPayment",
            "POST",
            "/v1/refunds",
            {"charge": "{intent[charges][data][0][id]}", "amount": "400"},
            {"id": ..., "amount": 400},
            source=(Lines(_KB, "760-761"),),
            does=FlowStep.REFUND,
        ),
        _kb_intent("authorizePayment", "manual", "requires_capture", FlowStep.AUTHORIZE),
        Step("capturePayment: its intent", "GET", _INTENTS + "/{intent[id]}", {}, {"status": "requires_capture"}),
        Step(
            "capturePayment",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {"amount_to_capture": "600"},
            {"status": "succeeded", "amount_received": 600},
            source=(Lines(_KB, "681-681"),),
            does=FlowStep.CAPTURE,
        ),
        _kb_intent("authorizePayment, voided", "manual", "requires_capture"),
        Step(
            "voidPayment",
            "POST",
            _INTENTS + "/{intent[id]}/cancel",
            {},
            {"status": "canceled"},
            does=FlowStep.CANCEL,
        ),
        Step(
            "getPaymentMethods, cards",
            "GET",
            "/v1/payment_methods",
            {"customer": "{customer[id]}", "type": "card"},
            {"data.0.id": "{setup[payment_method]}"},
            source=(Lines(_KB, "562-563"),),
        ),
        Step(
            "getPaymentMethods, SEPA",
            "GET",
            "/v1/payment_methods",
            {"customer": "{customer[id]}", "type": "sepa_debit"},
            {"data": []},
            source=(Lines(_KB, "562-567"),),
        ),
    ),
)

_CRAFT: Final = "src/gateways/PaymentIntents.php"
_CRAFT_BASE: Final = "src/base/Gateway.php"
_CRAFT_METADATA: Final = {
    "metadata[order_id]": "7",
    "metadata[order_number]": "{run}",
    "metadata[order_short_number]": "abcdef1",
    "metadata[transaction_id]": "6735",
    "metadata[transaction_reference]": "{run}",
    "metadata[description]": "Order #7",
    "metadata[client_ip]": "127.0.0.1",
}
_CRAFT_METADATA_LINES: Final = Lines(_CRAFT, "629-639")
_CRAFT_INTENT: Final = {
    "amount": "2000",
    "currency": "USD",
    "confirm": False,
    "capture_method": "automatic",
    "automatic_payment_methods[enabled]": True,
    "receipt_email": "jenny@example.com",
    "customer": "{customer[id]}",
    **_CRAFT_METADATA,
}
_CRAFT_INTENT_LINES: Final = Lines(
    _CRAFT,
    "503-525",
    {"payment_method": "only of a form that sends one, which earlier versions had"},
)


def _craft_intent(operation: str, capture_method: str, status: str, does: FlowStep) -> tuple[Step, Step, Step]:
    """Create an intent, which the buyer's page confirms, and retrieve it when the buyer is back."""
    return (
        create_intent(
            f"{operation}: createPaymentIntent",
            _CRAFT_INTENT | {"capture_method": capture_method},
            {"id": ..., "client_secret": ..., "status": "requires_payment_method"},
            source=(_CRAFT_INTENT_LINES, _CRAFT_METADATA_LINES),
        ),
        Step(
            f"{operation}: the buyer",
            "POST",
            _INTENTS + "/{intent[id]}/confirm",
            {"payment_method": VISA, "return_url": RETURN_URL},
            {"status": status},
            buyers=True,
            does=does,
        ),
        Step(
            f"{operation}: completePurchase",
            "GET",
            _INTENTS + "/{intent[id]}",
            {"expand[0]": "payment_method"},
            {"status": status, "payment_method.id": ...},
            source=(Lines(_CRAFT, "251-251"),),
        ),
    )


CRAFT_COMMERCE: Final = Replay(
    "Craft Commerce",
    sdk=Sdk("PHP", "13.18.0"),
    version="2022-11-15",
    steps=(
        create_customer(
            "getCustomer",
            {
                "description": "Customer for Craft user with ID 1",
                "name": "Jenny Rosen",
                "email": "jenny@example.com",
                "metadata[craft_user_id]": "1",
            },
            source=(Lines("src/services/Customers.php", "73-78", {"id": "it is within the description"}),),
        ),
        *_craft_intent("purchase", "automatic", "succeeded", FlowStep.PAY),
        Step("refund: its intent", "GET", _INTENTS + "/{intent[id]}", {}, {"status": "succeeded"}),
        Step(
            "refund",
            "POST",
            "/v1/refunds",
            {"payment_intent": "{intent[id]}", "amount": "500"},
            {"id": ..., "status": "succeeded", "amount": 500},
            source=(Lines(_CRAFT, "306-307"),),
            does=FlowStep.REFUND,
        ),
        *_craft_intent("authorize", "manual", "requires_capture", FlowStep.AUTHORIZE),
        Step(
            "capture",
            "POST",
            _INTENTS + "/{intent[id]}/capture",
            {},
            {"status": "succeeded"},
            idempotency_key="{intent[id]}",
            does=FlowStep.CAPTURE,
        ),
        create_session(
            "createCheckoutSession",
            {
                "line_items[0][price_data][currency]": "USD",
                "line_items[0][price_data][unit_amount]": "2000",
                "line_items[0][price_data][tax_behavior]": "unspecified",
                "line_items[0][price_data][product_data][name]": "A shop Order #abcdef1",
                "line_items[0][price_data][product_data][metadata][order_id]": "7",
                "line_items[0][price_data][product_data][metadata][order_number]": "{run}",
                "line_items[0][price_data][product_data][metadata][order_short_number]": "abcdef1",
                "line_items[0][adjustable_quantity][enabled]": False,
                "line_items[0][quantity]": "1",
                "payment_intent_data[capture_method]": "automatic",
                "cancel_url": "https://shop.example/cart",
                "success_url": "https://shop.example/complete",
                "mode": "payment",
                "client_reference_id": "{run}",
                "allow_promotion_codes": False,
                "customer": "{customer[id]}",
                **_CRAFT_METADATA,
            },
            {"id": ..., "url": ..., "object": "checkout.session"},
            source=(
                Lines(_CRAFT, "565-581"),
                Lines(
                    _CRAFT,
                    "585-602",
                    {
                        "customer_email": "only of an order without a customer",
                        "commerceTransactionId": "it is within an address",
                        "commerceTransactionHash": "it is within an address",
                    },
                ),
                _CRAFT_METADATA_LINES,
            ),
        ),
        on_checkouts_page("the buyer on Checkout's page", FlowStep.CHECKOUT),
        Step(
            "completePurchase: its session",
            "GET",
            "/v1/checkout/sessions/{session[id]}",
            {},
            {"payment_intent": ...},
            saved_as="session",
        ),
        Step(
            "completePurchase, of Checkout",
            "GET",
            _INTENTS + "/{session[payment_intent]}",
            {"expand[0]": "payment_method"},
            {"status": "succeeded", "payment_method.id": ...},
            source=(Lines(_CRAFT, "251-251"),),
        ),
        Step(
            "createSetupIntent",
            "POST",
            "/v1/setup_intents",
            {
                "usage": "off_session",
                "automatic_payment_methods[enabled]": True,
                "customer": "{customer[id]}",
            },
            {"id": ..., "client_secret": ...},
            saved_as="setup",
            source=(
                Lines(_CRAFT_BASE, "675-676"),
                Lines("src/controllers/CustomersController.php", "129-131"),
            ),
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
            "actionConfirmSetupIntent",
            "GET",
            "/v1/setup_intents/{setup[id]}",
            {},
            {"status": "succeeded", "payment_method": ..., "customer": "{customer[id]}"},
        ),
        Step(
            "getBillingPortalUrl",
            "POST",
            "/v1/billing_portal/sessions",
            {"customer": "{customer[id]}", "return_url": "https://shop.example/account"},
            {"url": ...},
            source=(Lines(_CRAFT, "720-721"),),
        ),
    ),
)

PLUGINS: Final = (KILL_BILL, CRAFT_COMMERCE)
"""The plugins whose calls are replayed."""
