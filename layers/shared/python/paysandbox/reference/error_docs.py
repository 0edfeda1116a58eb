"""Causes and remedies of error codes, for pages and documents.

They are not in `errors`, so that functions which serve payments do not load them.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from paysandbox.core.errors import PROBLEMS, Code, Fault, problem
from paysandbox.core.record import record

EXAMPLE_REQUEST_ID: Final = "252acc95-fa29-4b04-9da2-1cef68513c59"


@record
class ErrorDoc:
    """Cause and remedy of an error. The other fields make up an example: `at` is the path of its request."""

    means: str
    do: str
    detail: str = ""
    param: str | None = None
    possible: Mapping[str, Any] = field(default_factory=dict[str, Any])
    errors: tuple[Fault, ...] = ()
    at: str | None = "/payments/authorize"


def _possible(
    status: str, *, remaining: int = 0, refundable: int = 0, captures: tuple[int, ...] = ()
) -> dict[str, Any]:
    """The members that a 409 adds about the payment. `captures` are refundable amounts."""
    possible: dict[str, Any] = {
        "current_status": status,
        "currency": "USD",
        "remaining": remaining,
        "refundable": refundable,
    }
    if not captures:
        return possible
    listed = [
        {"transaction_id": f"cap_mzxw6ytboi2gk3tbnzswc3lqnmjjlkydphd{number}a", "amount": left, "refundable": left}
        for number, left in enumerate(captures, start=2)
    ]
    return possible | {"captures": listed}


ERROR_DOCS: Final[Mapping[Code, ErrorDoc]] = {
    Code.REQUEST_INVALID: ErrorDoc(
        "The body is not a JSON object in UTF-8, has a duplicate key or is nested too deeply, or the request "
        "is malformed HTTP. For customers and disbursements, also: a parameter is missing, unknown or of another JSON "
        "type.",
        "Send one JSON object, written by a JSON library. Look for trailing commas, `NaN` and wrong encodings. "
        "`errors` lists the invalid parameters, unless API Gateway rejected the body: compare it with the API "
        "reference.",
        detail="The body is not JSON.",
    ),
    Code.PARAMETER_MISSING: ErrorDoc(
        "A required parameter is missing.",
        "Send the parameter named in `param`. `errors` lists every invalid parameter.",
        detail="This parameter is required.",
        param="amount",
    ),
    Code.PARAMETER_UNKNOWN: ErrorDoc(
        "The route does not have this parameter. Unknown parameters are errors, so that a misspelled name is "
        "never silently ignored.",
        "Correct or remove the parameter named in `param`.",
        detail="Unknown parameter.",
        param="ammount",
    ),
    Code.PARAMETER_INVALID: ErrorDoc(
        "A parameter has the wrong type, length or format. Types are not converted: a number is not accepted "
        "as a string.",
        "Correct the parameter named in `param` as `detail` describes.",
        detail="Input should be a valid string.",
        param="reference",
        errors=(
            Fault(Code.PARAMETER_INVALID, "Input should be a valid string.", "reference"),
            Fault(Code.PARAMETER_UNKNOWN, "Unknown parameter.", "tip"),
        ),
    ),
    Code.AMOUNT_INVALID: ErrorDoc(
        "The amount is not an integer: it is a fraction, a string or a boolean, or it has an exponent.",
        "Send an integer in the currency's minor unit: 12.50 USD is `1250`.",
        detail="Use a whole number of minor units, such as 1250 for 12.50 USD.",
        param="amount",
    ),
    Code.AMOUNT_NOT_WHOLE: ErrorDoc(
        "Stripe takes only whole amounts in this currency: in its API, amounts in ISK and UGX are multiples of 100, "
        "and those in MGA have no decimals. Donations are paid through it.",
        "Send a whole amount: 5 ISK is `500` in the Stripe-compatible API and `5` in the native API.",
        detail="Invalid amount. Currency ISK has become effectively zero-decimal and charged amounts must be evenly "
        "divisible by 100. See https://stripe.com/docs/currencies#special-cases for more information.",
        param="amount",
    ),
    Code.AMOUNT_TOO_SMALL: ErrorDoc(
        "The amount is below the minimum.",
        "Send at least the minimum in `detail`. To verify a card without a payment, use a "
        "setup intent of the Stripe-compatible API.",
        detail="The amount must be at least 0.01 USD.",
        param="amount",
    ),
    Code.AMOUNT_TOO_LARGE: ErrorDoc(
        "The amount is above 99,999,999 minor units.",
        "Send a smaller amount, or split the payment. Check that the amount is in the currency's minor unit.",
        detail="Input should be less than or equal to 99999999.",
        param="amount",
    ),
    Code.CURRENCY_UNSUPPORTED: ErrorDoc(
        "The currency is not a supported ISO 4217 code.",
        "Send a three-letter code such as `USD`.",
        detail="Use an ISO 4217 code such as USD.",
        param="currency",
    ),
    Code.CARD_NUMBER_INCORRECT: ErrorDoc(
        "The check digit of the card number is wrong, or its length does not fit the brand. It is probably mistyped.",
        "Ask the cardholder to re-enter the number. In tests, use a published test card.",
        detail="The check digit is wrong.",
        param="card.number",
    ),
    Code.CARD_EXPIRY_INVALID: ErrorDoc(
        "The expiration date is in the past or not a valid month.",
        "Ask the cardholder to re-enter the date. In tests, use any month in the future.",
        detail="The card expired at the end of 12/2020.",
        param="card.exp_year",
    ),
    Code.CVC_INVALID: ErrorDoc(
        "The length of the security code does not fit the brand: four digits for American Express, three for "
        "all others.",
        "Ask the cardholder to re-enter the security code.",
        detail="The security code of this brand has 3 digits.",
        param="card.cvc",
    ),
    Code.LIVE_CARD_IN_SANDBOX: ErrorDoc(
        "The card number is not a published test card, so it may be real. Or a field other than the card's "
        "`number` (see `param`) contains a card number. The number was not stored.",
        "Use a test card, and send its number in the card's `number` only. To replay recorded data, deploy "
        "with `accept_any_card`. If your ids look like card numbers, deploy with "
        "`accept_card_numbers_in_text`.",
        detail="The number is not a published test card. Use 4242 4242 4242 4242 for an approval.",
        param="card.number",
    ),
    Code.ROUTING_NUMBER_INCORRECT: ErrorDoc(
        "The check digit of the routing number is wrong. It is probably mistyped.",
        "Correct the routing number. In tests, use `110000000`.",
        detail="The check digit of the routing number is wrong.",
        param="bank_account.routing_number",
        at="/v1/api/customer",
    ),
    Code.LIVE_BANK_ACCOUNT_IN_SANDBOX: ErrorDoc(
        "The bank account is not a published test account, so it may be real. Nothing of it was stored.",
        "Use a test account, such as `000123456789` with routing number `110000000`.",
        detail="The number is not that of a published test account of this bank. Use 000123456789 with routing number "
        "110000000.",
        param="bank_account.account_number",
        at="/v1/api/customer",
    ),
    Code.BANK_ACCOUNT_MISSING: ErrorDoc(
        "A disbursement by `ach` goes to the customer's bank account, and the customer has none. Nothing was accepted.",
        "Set the customer's `bank_account` with `PUT /v1/api/customer/{customer_id}`, and send the request again.",
        detail="ach pays to the customer's bank account, and there is none.",
        param="customer_id",
        at="/v1/api/payment",
    ),
    Code.STRIPE_ACCOUNT_MISSING: ErrorDoc(
        "A disbursement by `stripe` goes to the customer's connected account, and the customer has none. Nothing was "
        "accepted.",
        "Set the customer's `stripe_account` with `PUT /v1/api/customer/{customer_id}`, and send the request again.",
        detail="stripe pays to the customer's stripe_account, and there is none.",
        param="customer_id",
        at="/v1/api/payment",
    ),
    Code.NOT_YET_SIMULATED: ErrorDoc(
        "The request asks for something that Stripe has and that is not simulated yet, such as "
        "payment links: /docs/reference/stripe-coverage#no-payment_links.",
        "Leave it out. What is new is announced in the changelog.",
        detail="The line items of a session that sells a subscription cannot be changed yet.",
        param="line_items",
    ),
    Code.OUTCOME_INVALID: ErrorDoc(
        "The requested outcome (`X-Sandbox-Outcome`, `metadata.sandbox_outcome`, or a trigger amount with "
        "4111 1111 1111 1111) does not exist.",
        "Use `approve`, `decline:<decline_code>`, `iso:<response code>` or `partial:<less than the amount>`. "
        "The reference lists the codes.",
        detail="Use approve, decline:<decline_code>, iso:<response code> or partial:<less than the amount>, with a "
        "code from the documentation.",
        param="X-Sandbox-Outcome",
    ),
    Code.HEADER_UNKNOWN: ErrorDoc(
        "The request has an unknown header that begins with `X-Sandbox-`. Unknown headers are errors, so "
        "that a misspelled header is never silently ignored.",
        "Correct or remove the header named in `param`.",
        detail="Supported X-Sandbox headers: X-Sandbox-Outcome and X-Sandbox-Fault.",
        param="x-sandbox-outcom",
    ),
    Code.FAULT_UNKNOWN: ErrorDoc(
        "The requested fault (`X-Sandbox-Fault`, `metadata.sandbox_fault`, or a rule of `/sandbox/faults`) does not "
        "exist, has no such parameter or value, or does not fit the request.",
        "Use a fault and parameters of the table in the guide on faults.",
        detail="Did you mean commit_then_reset? Use one of slow, fail_before_commit, timeout_before_commit, throttle, "
        "conflict_in_progress, commit_then_timeout, commit_then_reset, commit_then_truncate, gateway_5xx, stripe_500.",
        param="X-Sandbox-Fault",
    ),
    Code.CURSOR_INVALID: ErrorDoc(
        "The cursor was not returned by this list with these filters.",
        "Pass `next_cursor` unchanged and with the same filters, or start over without a cursor.",
        detail="Use next_cursor of the previous page, unchanged, with the same filters.",
        param="cursor",
        at="/payments",
    ),
    Code.SIGNATURE_INVALID: ErrorDoc(
        "The `Stripe-Signature` header does not match the body and the webhook secret, or its timestamp is "
        "more than five minutes off.",
        "Set the secret of this endpoint: `paysandbox donations secrets set STRIPE_WEBHOOK_SECRET`. Make sure "
        "that no proxy changes the body.",
        detail="The Stripe-Signature header does not match the body.",
        at="/webhooks/stripe",
    ),
    Code.URL_NOT_ALLOWED: ErrorDoc(
        "Events are sent only to public hosts over HTTPS, on port 443 or a port from 1024. The URL must not "
        "have a user, a password or a fragment.",
        "Use the public HTTPS URL of your receiver. In the local environment, HTTP and HTTPS to this machine "
        "are allowed (of the sandbox's port, only your inbox), and `-c webhook_allowed_hosts=<host>,<host>` allows "
        "containers and machines on your network.",
        detail="The URL's host is not a public address (private).",
        param="url",
        at="/webhooks/endpoints",
    ),
    Code.IDEMPOTENCY_KEY_REQUIRED: ErrorDoc(
        "The request has no idempotency key. Every POST needs one, so that a retry never repeats the operation.",
        "Send `X-Idempotency-Key` (or `Idempotency-Key`). Use a new key for each operation, and the same key "
        "for its retries.",
        detail="Send an X-Idempotency-Key header, such as a fresh UUID.",
    ),
    Code.IDEMPOTENCY_KEY_INVALID: ErrorDoc(
        "The idempotency key is empty, longer than 255 characters or not printable ASCII, or the two headers differ.",
        "Send one key of 1 to 255 printable ASCII characters, such as a UUID.",
        detail="Send one idempotency key of 1 to 255 printable ASCII characters.",
    ),
    Code.API_KEY_INVALID: ErrorDoc(
        "The `X-Api-Key` header is missing or repeated, or the key is unknown or revoked.",
        "Send the key that `paysandbox status` shows, or create one with `paysandbox keys create`.",
        at=None,
    ),
    Code.TOKEN_INVALID: ErrorDoc(
        "The identity token is missing, has expired or was not issued by the user pool. An access token is "
        "not an identity token.",
        "Sign in again and send the `IdToken` as `Authorization: Bearer …`. `paysandbox donations sign-in` prints one.",
        detail="Send Authorization: Bearer … with an identity token that has not expired.",
        at="/donations/create-intent",
    ),
    Code.FORBIDDEN: ErrorDoc(
        "The caller is authenticated but not allowed to do this. For example, the key lacks a permission, or "
        "the donor has not confirmed the e-mail address.",
        "Use a key with the permission, confirm the e-mail address, or ask the operator of the environment.",
        at=None,
    ),
    Code.HOST_NOT_ALLOWED: ErrorDoc(
        "The `Host` header is neither an IP address nor a name of this sandbox. Only local sandboxes check "
        "it, as protection against DNS rebinding.",
        "Use `http://127.0.0.1:<port>` or `http://localhost:<port>`, or add the name with `paysandbox up --host NAME`.",
        detail="Use an IP address, localhost, or a name that was added with paysandbox up --host NAME.",
        at=None,
    ),
    Code.SESSION_INVALID: ErrorDoc(
        "The dashboard's session is missing, or expired when the sandbox restarted. Keys already in the page keep "
        "working.",
        "Run `paysandbox open`, which signs in with a new link.",
        detail="The session has ended. Run paysandbox open to sign in again.",
        at=None,
    ),
    Code.RESOURCE_NOT_FOUND: ErrorDoc(
        "The path, the method or the object does not exist for this merchant. Objects of other merchants "
        "are indistinguishable from missing ones.",
        "Check the id, the path and the method, and that the key belongs to the merchant who created the object.",
        detail="This merchant has no payment or operation with this id.",
        at="/payments/{transaction_id}",
    ),
    Code.PAYMENT_PENDING: ErrorDoc(
        "The payment is an intent of the Stripe-compatible API that has not been confirmed, so nothing is authorized.",
        "Confirm it first (`POST /v1/payment_intents/{id}/confirm`), or cancel it there.",
        possible=_possible("pending"),
        at="/payments/capture",
    ),
    Code.PAYMENT_DECLINED: ErrorDoc(
        "The bank declined the authorization, so there is nothing to capture, void or refund.",
        "Ask for another card and authorize again. The `decline_code` of the authorization gives the reason.",
        possible=_possible("declined"),
        at="/payments/capture",
    ),
    Code.PAYMENT_REQUIRES_ACTION: ErrorDoc(
        "The cardholder has not been authenticated (3-D Secure), so the bank has not been asked to authorize.",
        "Send the cardholder to `next_action.redirect_to_url.url` of the authorization, or void the payment.",
        detail="Authenticate the cardholder first: open the URL in next_action.",
        possible=_possible("requires_action"),
        at="/payments/capture",
    ),
    Code.PAYMENT_PROCESSING: ErrorDoc(
        "The bank has not answered the authorization yet, so there is no hold to capture.",
        "Wait for the event `payment_authorized` or `payment_declined`, or void the payment.",
        detail="Wait for the event payment_authorized or payment_declined.",
        possible=_possible("processing"),
        at="/payments/capture",
    ),
    Code.AUTHORIZATION_REVERSED: ErrorDoc(
        "The card's bank released the whole amount that was held.",
        "Authorize again if the payment is still due.",
        possible=_possible("reversed"),
        at="/payments/capture",
    ),
    Code.ALREADY_VOIDED: ErrorDoc(
        "The authorization was voided and its hold released.",
        "Authorize again if the payment is still due.",
        possible=_possible("voided"),
        at="/payments/capture",
    ),
    Code.ALREADY_CAPTURED: ErrorDoc(
        "The authorization was fully captured, or a final capture released the rest.",
        "If that was intended, do nothing. To return money, refund. To charge more, authorize again.",
        detail="The authorization was fully captured. To return money, refund a capture.",
        possible=_possible("captured", refundable=1250),
        at="/payments/capture",
    ),
    Code.AUTHORIZATION_EXPIRED: ErrorDoc(
        "The authorization expired at `expires_at` and its uncaptured amount was released.",
        "Authorize again, and capture within seven days.",
        detail="The authorization expired at 2026-11-27T08:47:59.232275Z. Authorize the payment again.",
        possible=_possible("expired") | {"expires_at": "2026-11-27T08:47:59.232275Z"},
        at="/payments/capture",
    ),
    Code.CAPTURE_EXCEEDS_AUTHORIZED: ErrorDoc(
        "The amount is more than the remaining authorized amount.",
        "Capture at most `remaining`, or omit `amount` to capture all of it.",
        detail="2.50 USD remains to be captured.",
        possible=_possible("partially_captured", remaining=250, refundable=1000),
        at="/payments/capture",
    ),
    Code.TOO_MANY_CAPTURES: ErrorDoc(
        "The payment already has 50 captures, the maximum.",
        "Create a new authorization for the rest, and capture in larger amounts.",
        possible=_possible("partially_captured", remaining=250, refundable=1000),
        at="/payments/capture",
    ),
    Code.PARTIALLY_CAPTURED: ErrorDoc(
        "Part of the authorization was captured. Only one that is completely uncaptured can be incremented.",
        "Capture the rest, and authorize the additional amount separately.",
        detail="Once part of it was captured, an authorization cannot be incremented. Authorize again.",
        possible=_possible("partially_captured", remaining=250, refundable=1000),
        at="/payments/increment",
    ),
    Code.INCREMENT_UNAVAILABLE: ErrorDoc(
        "Stripe increments an authorization only if that was requested before the payment was confirmed, and if its "
        "card network allows it: Visa, Mastercard, American Express, Discover and UnionPay do.",
        "Create the payment intent with `capture_method=manual` and "
        "`payment_method_options[card][request_incremental_authorization]=if_available`. The charge then has "
        "`payment_method_details.card.incremental_authorization.status` `available`.",
        detail="This PaymentIntent does not support incremental authorization.",
        at="/v1/payment_intents/{intent}/increment_authorization",
    ),
    Code.TOO_MANY_INCREMENTS: ErrorDoc(
        "It was tried 10 times to increment the authorization, the maximum. Declined attempts count.",
        "Capture what is authorized, and authorize the additional amount separately.",
        detail="The amount can be raised 10 times, declined attempts included.",
        possible=_possible("approved", remaining=1250),
        at="/payments/increment",
    ),
    Code.NOT_CAPTURED: ErrorDoc(
        "Nothing was captured, so there is nothing to refund.",
        "Void the authorization instead.",
        detail="Nothing was captured. Void the authorization instead.",
        possible=_possible("approved", remaining=1250),
        at="/payments/refund",
    ),
    Code.CAPTURE_AMBIGUOUS: ErrorDoc(
        "The refund names the authorization, but it has several captures.",
        "Send the id of one of the `captures` as `transaction_id`.",
        possible=_possible("captured", refundable=1250, captures=(1000, 250)),
        at="/payments/refund",
    ),
    Code.ALREADY_REFUNDED: ErrorDoc(
        "The capture was fully refunded.",
        "If that was intended, do nothing. To refund another capture of the payment, send its id.",
        possible=_possible("refunded", captures=(0,)),
        at="/payments/refund",
    ),
    Code.CAPTURE_DECLINED: ErrorDoc(
        "The outcome that the authorization asked for declines its captures (`capture=decline:…`).",
        "Void the authorization, or let it expire. The decline code tells why the bank declined.",
        detail="The bank declined the capture (insufficient_funds). The hold remains.",
        possible=_possible("approved", remaining=1000, refundable=0) | {"decline_code": "insufficient_funds"},
    ),
    Code.REFUND_EXCEEDS_CAPTURED: ErrorDoc(
        "The amount is more than the refundable amount of the capture.",
        "Refund at most `refundable`, or omit `amount` to refund all of it.",
        detail="7.50 USD of the payment can still be refunded.",
        possible=_possible("partially_refunded", refundable=750, captures=(750,)),
        at="/payments/refund",
    ),
    Code.TOO_MANY_REFUNDS: ErrorDoc(
        "The payment already has 150 captures and refunds, or 20 pending refunds and changes of their status. Both are "
        "maximums. A dispute counts as four refunds.",
        "Return the rest outside this payment, and refund in larger amounts.",
        possible=_possible("partially_refunded", refundable=750, captures=(750,)),
        at="/payments/refund",
    ),
    Code.CHARGE_DISPUTED: ErrorDoc(
        "The cardholder disputes the payment, and the bank has taken the money back already.",
        "Respond to the dispute with evidence, or accept it. Do not refund the same money.",
        detail="The cardholder disputes the payment. Respond to the dispute, or accept it.",
        possible=_possible("captured", refundable=0, captures=(0,)),
        at="/payments/refund",
    ),
    Code.DISPUTE_STATE_UNEXPECTED: ErrorDoc(
        "Evidence was already submitted, or the dispute has ended, or it is an inquiry, which cannot be accepted.",
        "Get the dispute and continue from its `status`.",
        detail="The dispute has ended. You lost it.",
        possible={"current_status": "lost"},
    ),
    Code.EVIDENCE_PAST_DUE: ErrorDoc(
        "The evidence was submitted at or after `due_by`.",
        "The dispute is lost. For the next dispute, submit evidence before `due_by`.",
        detail="Evidence was due by 2026-03-12T09:30:00.000000Z.",
        possible={"current_status": "needs_response", "due_by": "2026-03-12T09:30:00.000000Z"},
    ),
    Code.PAYMENT_METHOD_REQUIRED: ErrorDoc(
        "The intent has no payment method to confirm: none was sent, or the last one was declined.",
        "Send a `payment_method`, such as `pm_card_visa`, with the intent or with its confirmation.",
        param="payment_method",
        at="/v1/payment_intents/{intent}/confirm",
    ),
    Code.INTENT_STATE_UNEXPECTED: ErrorDoc(
        "The intent is already authorized, paid or canceled, or the payment is not an intent.",
        "Retrieve the intent and continue from its `status`. Create a new intent for another payment.",
        possible={"current_status": "succeeded"},
        at="/v1/payment_intents/{intent}/confirm",
    ),
    Code.INTENT_CHANGED: ErrorDoc(
        "The amount or the card of the intent changed while it was being confirmed. Nothing was recorded.",
        "Retrieve the intent, check both, and confirm again with a new idempotency key.",
        at="/v1/payment_intents/{intent}/confirm",
    ),
    Code.TOO_MANY_CHANGES: ErrorDoc(
        "The intent has reached 40 updates and payment attempts, the maximum.",
        "Create a new intent.",
        possible={"limit": 40},
        at="/v1/payment_intents/{intent}",
    ),
    Code.SIMULATION_NOT_ALLOWED: ErrorDoc(
        "The action is not possible in the object's current status.",
        "Choose one of `allowed`, or get the payment to see its current status.",
        detail="The payment is captured. Possible actions: fraud_warning.",
        possible={"current_status": "captured", "allowed": ["fraud_warning"]},
        at="/sandbox/simulate/{id}/{action}",
    ),
    Code.ENDPOINT_LIMIT_REACHED: ErrorDoc(
        "A merchant can have at most 16 endpoints, and delete at most 500 in two days.",
        "Delete an endpoint, or change the URL of one with PATCH. One endpoint can receive all events.",
        detail="The merchant has 16 endpoints. Delete one first.",
        possible={"limit": 10},
        at="/webhooks/endpoints",
    ),
    Code.PAYMENT_LIMIT_REACHED: ErrorDoc(
        "The local sandbox keeps its payments in memory, and has as many as it may. Existing payments can still be "
        "captured, voided and refunded, and requests with their idempotency keys get their responses. Deployed "
        "sandboxes have no such limit.",
        "Start over with `paysandbox up --fresh`, which deletes all payments and keys. To keep them, set "
        "`PAYSANDBOX_PAYMENTS_MAX` to a higher number than 200000, then run `paysandbox down` and `paysandbox up`.",
        detail="The local sandbox has reached its maximum of 200,000 payments. Start over with paysandbox up "
        "--fresh, or set PAYSANDBOX_PAYMENTS_MAX to a higher number and restart it.",
    ),
    Code.TOO_MANY_ROTATIONS: ErrorDoc(
        "The secret of the endpoint has been rotated 50 times, the maximum.",
        "Create another endpoint with the same URL, then delete this one.",
        detail="The secret was rotated 50 times. Create another endpoint.",
        possible={"limit": 50},
        at="/webhooks/endpoints/{endpoint_id}/rotate",
    ),
    Code.CURRENCY_MISMATCH: ErrorDoc(
        "The currency differs from that of the authorization.",
        "Omit `currency`, or send the currency of the authorization.",
        detail="The authorization is in USD.",
        possible=_possible("approved", remaining=1250),
        at="/payments/capture",
    ),
    Code.ENDPOINT_DISABLED: ErrorDoc(
        "The webhook endpoint is disabled: by its owner, because it answered 410, or because it failed for days.",
        "Fix the cause given in `disabled_reason`, enable the endpoint, and retry.",
        detail="The endpoint is disabled (failing). Enable it first.",
        possible={"current_status": "disabled", "disabled_reason": "failing"},
        at="/webhooks/endpoints/{endpoint_id}/replay",
    ),
    Code.TOO_MANY_RESENDS: ErrorDoc(
        "The delivery has been resent 20 times, the maximum.",
        "Look at its attempts with `GET /webhooks/deliveries/{delivery_id}`, or get the event itself with "
        "`GET /events/{event_id}`.",
        detail="A delivery can be resent at most 20 times.",
        possible={"delivery_id": "wd_orugkidemvwgs5tfoj4sa2lton"},
        at="/events/{event_id}/resend",
    ),
    Code.INSUFFICIENT_BALANCE: ErrorDoc(
        "What the merchant has available in this currency does not cover the amount and its fee. What is pending "
        "becomes available when it settles.",
        "Add money with `POST /sandbox/fund` or `paysandbox disbursements fund`, or settle with "
        "`paysandbox settlements run --now`. What settlement pays out is gone: set `payout_destination` to `balance`, "
        "and it stays. "
        "Retry with the same idempotency key, if you sent one.",
        detail="Add funds, or pay a smaller amount.",
        param="amount",
        at="/v1/api/payment",
    ),
    Code.CUSTOMER_EXISTS: ErrorDoc(
        "The customer exists with another e-mail address, name or bank account. Repeating the original request returns "
        "the customer.",
        "Update the customer with `PUT /v1/api/customer/{customer_id}`, or choose another `customer_id`.",
        detail="The customer has another e-mail address. Change it with PUT.",
        param="email",
        at="/v1/api/customer",
    ),
    Code.DISBURSEMENT_STATE_UNEXPECTED: ErrorDoc(
        "Only a disbursement that is `pending` or `unclaimed` can be canceled.",
        "Get the disbursement and continue from its `status`.",
        detail="The disbursement is paid, so it cannot be canceled.",
        possible={"current_status": "paid"},
        at="/v1/api/payment/{customer_id}/{payment_id}/cancel",
    ),
    Code.CLOCK_FIXED: ErrorDoc(
        "The clock of this environment cannot be moved. It uses wall time.",
        "Use the local sandbox or `dev`, or deploy with `-c clock_may_move=true`.",
        detail="The clock of prod cannot be changed; this environment uses wall time.",
        at="/sandbox/clock",
    ),
    Code.CLOCK_OUT_OF_RANGE: ErrorDoc(
        "The time is in the past, or more than five years ahead. The clock only moves forward.",
        'Choose a later time, or send `{"reset": true}` first, which returns the clock to wall time.',
        detail="The clock can be at most 1826 days ahead, and this would be 1827 days.",
        possible={"offset_s_max": 63_072_000},
        at="/sandbox/clock",
    ),
    Code.FAULTS_NOT_ALLOWED: ErrorDoc(
        "This environment injects no faults. They need one whose clock may be moved.",
        "Use the local sandbox or `dev`, or deploy with `-c clock_may_move=true`.",
        detail="Faults are injected where the clock may be moved.",
        at="/sandbox/faults",
    ),
    Code.FAULT_LIMIT_REACHED: ErrorDoc(
        "The merchant has 100 rules that inject faults.",
        "Delete one with `DELETE /sandbox/faults/{fault_id}`, or wait until one ends.",
        detail="A merchant has at most 100 rules.",
        at="/sandbox/faults",
    ),
    Code.BODY_TOO_LARGE: ErrorDoc(
        "The body is larger than the API accepts.",
        "Send a smaller body. Metadata and descriptions are limited, so every valid request fits.",
    ),
    Code.PATH_TOO_LONG: ErrorDoc(
        "The path and the query are longer than a local sandbox accepts. API Gateway accepts 10,240 bytes "
        "of request line and headers.",
        "Check how the URL is built. Every valid ID, filter and cursor fits.",
        detail="The path and the query can have at most 8,192 bytes.",
        at=None,
    ),
    Code.HEADERS_TOO_LARGE: ErrorDoc(
        "The headers are larger than a local sandbox accepts. API Gateway accepts 10,240 bytes of request "
        "line and headers.",
        "Remove headers that the API does not use, such as cookies.",
        detail="There can be at most 500 headers, of 65,536 bytes in all.",
        at=None,
    ),
    Code.MEDIA_TYPE_UNSUPPORTED: ErrorDoc(
        "The content type is not JSON.",
        "Send `Content-Type: application/json`.",
        detail="Use Content-Type: application/json.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: ErrorDoc(
        "The key was used on this route with a different body in the last 24 hours. Nothing was done.",
        "For a different operation, send a new key. For a retry, send exactly the first body.",
        detail="Use a new key for a different request.",
    ),
    Code.RATE_LIMITED: ErrorDoc(
        "The request rate exceeds the limit of the key's plan, or of a route without a key. `detail` says the limit of "
        "the plan `sandbox`, which keys are on by default.",
        "Wait for the seconds in `Retry-After`, then retry with the same idempotency key. `paysandbox keys create "
        "--plan load` creates a key without the limit.",
        at=None,
    ),
    Code.QUOTA_EXCEEDED: ErrorDoc(
        "The quota of the key's plan is used up for this period.",
        "Wait for the next period, or use a key on another plan.",
        at=None,
    ),
    Code.INTERNAL_ERROR: ErrorDoc(
        "An unexpected error occurred. The operation may or may not have been recorded.",
        "Retry with the same idempotency key: the operation is never repeated. If the error persists, report "
        "the `request_id`. `paysandbox logs --failed` shows the cause.",
        detail="Retry with the same idempotency key. If the error persists, report the request_id.",
    ),
    Code.UPSTREAM_ERROR: ErrorDoc(
        "The function behind the route failed before it could respond.",
        "Retry with the same idempotency key.",
        at=None,
    ),
    Code.SERVICE_UNAVAILABLE: ErrorDoc(
        "A service that the sandbox depends on is not responding.",
        "Wait for the time in `Retry-After`, then retry with the same idempotency key.",
        detail="Retry with the same idempotency key. The operation is not repeated.",
    ),
    Code.STRIPE_NOT_CONFIGURED: ErrorDoc(
        "The secrets of the Stripe account are not set, or Stripe rejects them.",
        "Set them with `paysandbox donations secrets set`. Locally, `paysandbox up` sets them.",
        detail="The secret is missing or invalid. Run paysandbox donations secrets set STRIPE_SECRET_KEY.",
        at="/donations/create-intent",
    ),
    Code.STRIPE_UNAVAILABLE: ErrorDoc(
        "Stripe did not respond in time. It may have processed the request.",
        "Retry with the same idempotency key. It refers to the same PaymentIntent.",
        detail="Retry with the same idempotency key. No second donation is created.",
        at="/donations/create-intent",
    ),
    Code.PAYPAL_NOT_CONFIGURED: ErrorDoc(
        "The credentials of the PayPal account are not set, or PayPal rejects them.",
        "Set them with `paysandbox disbursements secrets set`. Locally, `paysandbox up` sets those of the simulator.",
        detail="The credentials are missing. Run paysandbox disbursements secrets set.",
        at="/webhooks/paypal",
    ),
    Code.PAYPAL_UNAVAILABLE: ErrorDoc(
        "PayPal did not return the certificate that signed its webhook.",
        "Nothing to do: PayPal sends the webhook again, and the sandbox also queries the disbursement's status itself.",
        detail="The certificate of the webhook could not be read. Send the webhook again.",
        at="/webhooks/paypal",
    ),
    Code.UPSTREAM_TIMEOUT: ErrorDoc(
        "The request timed out. It may have been processed.",
        "Retry with the same idempotency key. The response shows whether it was processed.",
        at=None,
    ),
}


EXAMPLE_URL: Final = "http://127.0.0.1:4610"
"""Base URL of the sandbox in examples."""


def example(code: Code, *, at: str | None = None) -> dict[str, Any]:
    """An error with that code, as the API returns it (on the path `at`)."""
    advice = ERROR_DOCS[code]
    return problem(
        code,
        detail=advice.detail,
        instance=at or advice.at,
        request_id=EXAMPLE_REQUEST_ID,
        param=advice.param,
        possible=advice.possible,
        errors=advice.errors,
        base_url=EXAMPLE_URL,
    )


def again(code: Code) -> str:
    """Whether to retry, in words."""
    return "Yes, with the same idempotency key." if PROBLEMS[code].retryable else "No. Change the request first."
