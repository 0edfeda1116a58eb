"""What each refusal means to whoever meets it, and what to do: for pages and documents, never for a payment.

Kept apart from `errors`, so that no function that answers requests reads prose before its first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from paysandbox.core.errors import PROBLEMS, Code, Fault, problem

EXAMPLE_REQUEST_ID: Final = "252acc95-fa29-4b04-9da2-1cef68513c59"


@dataclass(frozen=True, slots=True)
class ErrorDoc:
    """A refusal in words. `detail`, `param`, `possible` and `errors` are an example's, `at` is where it happened."""

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
    """What a 409 says of the payment. `captures` are what of each capture may be refunded."""
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
        "The request is no JSON object in UTF-8, names a key twice, nests too deeply, or is malformed HTTP.",
        "Send one JSON object as a JSON library writes it; look for trailing commas, NaN and stray encodings.",
        detail="The body is not JSON.",
    ),
    Code.PARAMETER_MISSING: ErrorDoc(
        "A required parameter is not in the request.",
        "Send the parameter that `param` names; `errors` lists all that is wrong, so that one look is enough.",
        detail="This parameter is required.",
        param="amount",
    ),
    Code.PARAMETER_UNKNOWN: ErrorDoc(
        "The request holds a parameter that this route does not have. It is refused, so that a misspelt name is not "
        "silently ignored.",
        "Correct the name that `param` gives, or leave it out.",
        detail="This parameter is not known here.",
        param="ammount",
    ),
    Code.PARAMETER_INVALID: ErrorDoc(
        "A parameter has the wrong type, length or form. Nothing is converted: a number is not taken for a text.",
        "Correct what `param` names as `detail` says.",
        detail="Input should be a valid string.",
        param="reference",
        errors=(
            Fault(Code.PARAMETER_INVALID, "Input should be a valid string.", "reference"),
            Fault(Code.PARAMETER_UNKNOWN, "This parameter is not known here.", "tip"),
        ),
    ),
    Code.AMOUNT_INVALID: ErrorDoc(
        "The amount is not a whole number: a fraction, a text, a boolean, or written with an exponent.",
        "Send an integer of the currency's minor unit: 12.50 USD is `1250`.",
        detail="Amounts are whole numbers of minor units, such as 1250 for 12.50 USD.",
        param="amount",
    ),
    Code.AMOUNT_TOO_SMALL: ErrorDoc(
        "The amount is below what this sandbox accepts.",
        "Send at least the minimum that `detail` names. A check of a card without a charge is not simulated.",
        detail="The smallest amount here is 1 minor units.",
        param="amount",
    ),
    Code.AMOUNT_TOO_LARGE: ErrorDoc(
        "The amount is above 99,999,999 minor units.",
        "Send less, or split it. Check that it is not in a smaller unit than the currency has.",
        detail="Input should be less than or equal to 99999999.",
        param="amount",
    ),
    Code.CURRENCY_UNSUPPORTED: ErrorDoc(
        "The currency is no ISO 4217 code that is known here.",
        "Send a three-letter code such as `USD`.",
        detail="Use an ISO 4217 code such as USD.",
        param="currency",
    ),
    Code.CARD_NUMBER_INCORRECT: ErrorDoc(
        "The number fails its check digit, or has a length that its brand does not have: a typing error.",
        "Ask the card's holder again. In tests, use a published test card.",
        detail="The number fails its check digit. Look for a mistyped digit.",
        param="card.number",
    ),
    Code.CARD_EXPIRY_INVALID: ErrorDoc(
        "The card's expiry lies in the past or is no month.",
        "Ask for the expiry again. In tests, any month in the future will do.",
        detail="The card expired at the end of 12/2020.",
        param="card.exp_year",
    ),
    Code.CVC_INVALID: ErrorDoc(
        "The security code does not have its brand's length: four digits for American Express, three for the others.",
        "Ask for the security code again.",
        detail="The security code of this brand must have 3 digits.",
        param="card.cvc",
    ),
    Code.LIVE_CARD_IN_SANDBOX: ErrorDoc(
        "The number is none of the published test cards, so it may be somebody's. Or another text of the body "
        "(`param`) holds a card number, published or not. It was not stored.",
        "Use a test card, and put its number into the card's `number` alone. An environment for recorded data can take "
        "any valid number (`accept_any_card`); where your ids look like card numbers, "
        "`accept_card_numbers_in_text` takes them.",
        detail="The number is not a published test card. Use 4242 4242 4242 4242 for an approval.",
        param="card.number",
    ),
    Code.NOT_YET_SIMULATED: ErrorDoc(
        "This is a published test card, outcome or trigger amount, and what it does is not built here yet. An approval "
        "would mislead.",
        "Use another one from the tables; the changelog says when this one works.",
        detail="This test card (3-D Secure required) is not simulated yet.",
        param="card.number",
    ),
    Code.OUTCOME_INVALID: ErrorDoc(
        "The outcome that was asked for (`X-Sandbox-Outcome`, `metadata.sandbox_outcome`, or an amount that triggers "
        "on 4111 1111 1111 1111) is none that the simulated bank knows.",
        "Ask for `approve`, `decline:<decline_code>`, `iso:<response code>` or `partial:<less than the amount>`; the "
        "API's page lists the codes.",
        detail="Ask for approve, decline:<decline_code>, iso:<response code> or partial:<less than the amount>, with "
        "codes that the documentation lists.",
        param="X-Sandbox-Outcome",
    ),
    Code.CURSOR_INVALID: ErrorDoc(
        "The cursor is not one that this list gave for these filters.",
        "Take `next_cursor` as it came, with the same filters, or start again without a cursor.",
        detail="Pass next_cursor from the previous page, unchanged and with the same filters.",
        param="cursor",
        at="/payments",
    ),
    Code.SIGNATURE_INVALID: ErrorDoc(
        "The `Stripe-Signature` is not one of this body under the webhook secret, or its time is more than five "
        "minutes away.",
        "Give the endpoint's own secret: `paysandbox secrets set STRIPE_WEBHOOK_SECRET`. A proxy must not touch the "
        "body.",
        detail="The signature is not of this body.",
        at="/webhooks/stripe",
    ),
    Code.URL_NOT_ALLOWED: ErrorDoc(
        "Events are sent over https to hosts of the public internet: not to addresses or names of private networks, "
        "not to ports below 1024 but 443, not to a URL with a user, a password or a fragment.",
        "Give the https URL under which the internet reaches your receiver. In the local environment http and https to "
        "this machine are allowed, at any port but the sandbox's own, and `-c webhook_allowed_hosts=<host>,<host>` "
        "allows containers and machines of your own network.",
        detail="The URL's host is not a public address (private).",
        param="url",
        at="/webhooks/endpoints",
    ),
    Code.IDEMPOTENCY_KEY_REQUIRED: ErrorDoc(
        "Every POST has an idempotency key, so that a retry never does something twice.",
        "Send `X-Idempotency-Key` (or `Idempotency-Key`), fresh for each wish and the same for its retries.",
        detail="Send an X-Idempotency-Key header, such as a fresh UUID.",
    ),
    Code.IDEMPOTENCY_KEY_INVALID: ErrorDoc(
        "The key is empty, longer than 255, not printable ASCII, or the two headers differ.",
        "Send one key of 1 to 255 printable ASCII characters; a UUID is good.",
        detail="Send one idempotency key of 1 to 255 printable ASCII characters.",
    ),
    Code.API_KEY_INVALID: ErrorDoc(
        "There is no `X-Api-Key` header, two of them, or one that this environment does not know (any more).",
        "Send the key as `paysandbox status` shows it; `paysandbox keys create` makes a new one.",
        at=None,
    ),
    Code.TOKEN_INVALID: ErrorDoc(
        "There is no identity token of the user pool, or it has expired. An access token is none: it names nobody.",
        "Sign in again and send the `IdToken` as `Authorization: Bearer …`; `paysandbox donors token` prints one.",
        detail="Send Authorization: Bearer … with an identity token that has not expired.",
        at="/donations/create-intent",
    ),
    Code.FORBIDDEN: ErrorDoc(
        "Who asks is known, and may not do this: a key without the right, a donor who never confirmed the e-mail "
        "address, or a rule of the deployment.",
        "Use a key that may, confirm the address, or ask whoever runs the environment.",
        at=None,
    ),
    Code.HOST_NOT_ALLOWED: ErrorDoc(
        "The request's `Host` is neither an IP address nor a name that this sandbox is served under. Only a sandbox on "
        "a laptop checks it: otherwise a web page could make its own name lead here (DNS rebinding).",
        "Use `http://127.0.0.1:<port>` or `http://localhost:<port>`, or start the sandbox with that name: "
        "`paysandbox up --host NAME`.",
        detail="The sandbox answers to IP addresses, to localhost, and to names that it was started with: "
        "paysandbox up --host NAME.",
        at=None,
    ),
    Code.RESOURCE_NOT_FOUND: ErrorDoc(
        "There is no such path, method or object for this merchant. Another merchant's objects answer the same.",
        "Check the id, the path and the method, and that the key belongs to the merchant who made the object.",
        detail="No payment or operation of this merchant has this ID.",
        at="/payments/{transaction_id}",
    ),
    Code.PAYMENT_PENDING: ErrorDoc(
        "The payment is an intent of the Stripe-compatible API that was not confirmed: no bank has promised anything.",
        "Confirm it first (`POST /v1/payment_intents/{id}/confirm`), or cancel it there.",
        possible=_possible("pending"),
        at="/payments/capture",
    ),
    Code.PAYMENT_DECLINED: ErrorDoc(
        "The bank declined the authorization, so there is nothing to capture, void or refund.",
        "Authorize anew, after asking for another card; `decline_code` of the authorization says why.",
        possible=_possible("declined"),
        at="/payments/capture",
    ),
    Code.ALREADY_VOIDED: ErrorDoc(
        "The authorization was voided: its hold on the card is gone.",
        "Authorize anew if the goods are still to be paid.",
        possible=_possible("voided"),
        at="/payments/capture",
    ),
    Code.ALREADY_CAPTURED: ErrorDoc(
        "All of the authorization was captured, or a final capture gave back the rest.",
        "Nothing, if that was meant. To give money back, refund; to take more, authorize anew.",
        detail="The authorization is fully captured. Refund a capture instead.",
        possible=_possible("captured", refundable=1250),
        at="/payments/capture",
    ),
    Code.AUTHORIZATION_EXPIRED: ErrorDoc(
        "The bank's promise ended at `expires_at`; what was not captured went back to the card's holder.",
        "Authorize anew, and capture within seven days.",
        detail="It expired at 2026-11-27T08:47:59.232275Z; authorize again.",
        possible=_possible("expired") | {"expires_at": "2026-11-27T08:47:59.232275Z"},
        at="/payments/capture",
    ),
    Code.CAPTURE_EXCEEDS_AUTHORIZED: ErrorDoc(
        "The capture asks for more than remains of the authorization.",
        "Capture at most `remaining`, or leave out `amount` to take all of it.",
        detail="2.50 USD remains to be captured.",
        possible=_possible("partially_captured", remaining=250, refundable=1000),
        at="/payments/capture",
    ),
    Code.TOO_MANY_CAPTURES: ErrorDoc(
        "A payment has at most 50 captures.",
        "Take what remains by a new authorization, and capture in larger parts.",
        possible=_possible("partially_captured", remaining=250, refundable=1000),
        at="/payments/capture",
    ),
    Code.NOT_CAPTURED: ErrorDoc(
        "Nothing was captured, so no money has moved that could be given back.",
        "Void the authorization instead.",
        detail="Nothing has been captured yet. Void the authorization instead.",
        possible=_possible("approved", remaining=1250),
        at="/payments/refund",
    ),
    Code.CAPTURE_AMBIGUOUS: ErrorDoc(
        "The refund names the authorization, and that has several captures.",
        "Name one of `captures` as `transaction_id`.",
        possible=_possible("captured", refundable=1250, captures=(1000, 250)),
        at="/payments/refund",
    ),
    Code.ALREADY_REFUNDED: ErrorDoc(
        "All of this capture was given back already.",
        "Nothing, if that was meant. Another capture of the payment is refunded by its own id.",
        possible=_possible("refunded", captures=(0,)),
        at="/payments/refund",
    ),
    Code.REFUND_EXCEEDS_CAPTURED: ErrorDoc(
        "The refund asks for more than is left of the capture, after the refunds before it.",
        "Refund at most `refundable`, or leave out `amount` to give back all of it.",
        detail="750 USD (minor units) of the payment remain to be refunded.",
        possible=_possible("partially_refunded", refundable=750, captures=(750,)),
        at="/payments/refund",
    ),
    Code.TOO_MANY_REFUNDS: ErrorDoc(
        "A payment has at most 150 captures and refunds together.",
        "Give back the rest outside this payment, and refund in larger parts.",
        possible=_possible("partially_refunded", refundable=750, captures=(750,)),
        at="/payments/refund",
    ),
    Code.PAYMENT_METHOD_REQUIRED: ErrorDoc(
        "An intent is to be confirmed, and it has no card: none was given, or the last one was declined.",
        "Name a `payment_method`, such as `pm_card_visa`, in the intent or in its confirmation.",
        param="payment_method",
        at="/v1/payment_intents/{intent}/confirm",
    ),
    Code.INTENT_STATE_UNEXPECTED: ErrorDoc(
        "The intent is promised, paid or cancelled already, or the payment never was an intent.",
        "Retrieve it and go on from its `status`; make another one for another payment.",
        possible={"current_status": "succeeded"},
        at="/v1/payment_intents/{intent}/confirm",
    ),
    Code.INTENT_CHANGED: ErrorDoc(
        "The intent's amount or card was changed while a bank was asked about the one before. Nothing was recorded.",
        "Retrieve it, look at both, and confirm again under a fresh idempotency key.",
        at="/v1/payment_intents/{intent}/confirm",
    ),
    Code.TOO_MANY_CHANGES: ErrorDoc(
        "An intent is changed and attempted 40 times at most, so that its record stays small.",
        "Make another intent.",
        possible={"limit": 40},
        at="/v1/payment_intents/{intent}",
    ),
    Code.ENDPOINT_DISABLED: ErrorDoc(
        "The endpoint is disabled, so nothing is sent to it.",
        "Find out why in its `disabled_reason`, then POST to its `/enable` and try again.",
        detail="Enable it first; it was disabled (failing).",
        possible={"current_status": "disabled", "disabled_reason": "failing"},
        at="/webhooks/endpoints/{endpoint_id}/test",
    ),
    Code.ENDPOINT_LIMIT_REACHED: ErrorDoc(
        "A merchant has at most 10 endpoints, and deletes at most 500 within two days.",
        "Delete one that nobody needs, or change its URL with PATCH. One endpoint can hear everything.",
        detail="10 endpoints are there; delete one.",
        possible={"limit": 10},
        at="/webhooks/endpoints",
    ),
    Code.TOO_MANY_ROTATIONS: ErrorDoc(
        "An endpoint's secret is rotated 50 times at most, ever.",
        "Create another endpoint with the same URL, and delete this one.",
        detail="The secret was rotated 50 times; create another endpoint.",
        possible={"limit": 50},
        at="/webhooks/endpoints/{endpoint_id}/rotate",
    ),
    Code.CURRENCY_MISMATCH: ErrorDoc(
        "The request names another currency than the authorization has.",
        "Leave out `currency`, or send the authorization's.",
        detail="The authorization is in USD.",
        possible=_possible("approved", remaining=1250),
        at="/payments/capture",
    ),
    Code.ENDPOINT_DISABLED: ErrorDoc(
        "The webhook endpoint is disabled: by its owner, because it answered 410, or because it failed for days.",
        "Look at `disabled_reason`, mend what it says, enable the endpoint, and ask again.",
        detail="Enable it first; it was disabled (failing).",
        possible={"current_status": "disabled", "disabled_reason": "failing"},
        at="/webhooks/endpoints/{endpoint_id}/replay",
    ),
    Code.TOO_MANY_RESENDS: ErrorDoc(
        "One delivery can be sent again 20 times, and this one was.",
        "Look at its attempts, `GET /webhooks/deliveries/{delivery_id}`; the event itself is `GET /events/{event_id}`.",
        detail="A delivery can be sent again 20 times.",
        possible={"delivery_id": "wd_orugkidemvwgs5tfoj4sa2lton"},
        at="/events/{event_id}/resend",
    ),
    Code.BODY_TOO_LARGE: ErrorDoc(
        "The body is larger than the API takes.",
        "Send less; metadata and descriptions are bounded, so no valid request comes near.",
    ),
    Code.MEDIA_TYPE_UNSUPPORTED: ErrorDoc(
        "The body is not sent as JSON.",
        "Send `Content-Type: application/json`.",
        detail="Send the body as Content-Type: application/json.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: ErrorDoc(
        "The key was used on this route in the last 24 hours, with another body. Nothing happened now.",
        "Send a fresh key for another wish. For a retry, send the same body as the first time.",
        detail="Use a new key for a different request.",
    ),
    Code.RATE_LIMITED: ErrorDoc(
        "More requests came than the key's plan, or a route without a key, allows at a time.",
        "Wait as long as `Retry-After` says, then send the same request with the same idempotency key.",
        at=None,
    ),
    Code.QUOTA_EXCEEDED: ErrorDoc(
        "The key's plan allows no more requests in this period.",
        "Wait for the next period, or use a key on another plan.",
        at=None,
    ),
    Code.INTERNAL_ERROR: ErrorDoc(
        "A fault of ours. A payment may or may not have been recorded.",
        "Send the same request with the same idempotency key: nothing is done twice. If it stays, tell us "
        "`request_id`; `paysandbox logs --failed` shows what it was.",
        detail="Tell us the request_id. A retry with the same key does nothing twice.",
    ),
    Code.UPSTREAM_ERROR: ErrorDoc(
        "The function behind the route failed before it could answer.",
        "Send the same request with the same idempotency key.",
        at=None,
    ),
    Code.SERVICE_UNAVAILABLE: ErrorDoc(
        "Something that the service stands on does not answer now.",
        "Wait as long as `Retry-After` says, then send the same request with the same idempotency key.",
        detail="Try again with the same idempotency key; nothing is done twice.",
    ),
    Code.STRIPE_NOT_CONFIGURED: ErrorDoc(
        "The secrets of the account at Stripe are not here, or Stripe does not take them.",
        "Set them with `paysandbox secrets set`; locally `paysandbox up` does.",
        detail="Run paysandbox secrets set STRIPE_SECRET_KEY, and give the account's secret key.",
        at="/donations/create-intent",
    ),
    Code.STRIPE_UNAVAILABLE: ErrorDoc(
        "Stripe did not answer, or not in time. What was asked of it may have been done.",
        "Send the same request with the same idempotency key: it means the same PaymentIntent.",
        detail="Try again with the same idempotency key; it is the same donation.",
        at="/donations/create-intent",
    ),
    Code.UPSTREAM_TIMEOUT: ErrorDoc(
        "No answer came in time. What was asked may have been done.",
        "Send the same request with the same idempotency key: the answer says what became of it.",
        at=None,
    ),
}


def example(code: Code, *, at: str | None = None) -> dict[str, Any]:
    """A problem of that code, as a caller (of the route `at`) would get it."""
    advice = ERROR_DOCS[code]
    return problem(
        code,
        detail=advice.detail,
        instance=at or advice.at,
        request_id=EXAMPLE_REQUEST_ID,
        param=advice.param,
        possible=advice.possible,
        errors=advice.errors,
    )


def again(code: Code) -> str:
    """Whether to try again, in words."""
    return "Yes, with the same idempotency key." if PROBLEMS[code].retryable else "Not unchanged."
