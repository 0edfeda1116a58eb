# pyright: standard
"""`@stripe_endpoint(route)`: the counterpart of `@endpoint` for routes of the Stripe-compatible API.

Requests are forms, responses are JSON. A decline is a 402, and errors have Stripe's format. The authorizer has already
identified the caller.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.core.errors import PROBLEMS, Code, Refused
from paysandbox.core.masking import masked_form, masked_text
from paysandbox.http.cors import EVERY_ANSWER
from paysandbox.http.form import read_form, read_query
from paysandbox.http.middleware import ApiProtocol, Handled, Response, count_of, facts_of, handle, to_json
from paysandbox.http.reading import parameter_name
from paysandbox.http.request import (
    AnyCall,
    Call,
    Event,
    Headers,
    body_text,
    headers_of,
    is_own_host,
    media_type,
    one_key,
    parameters_of,
    refuse_card_numbers,
    request_id,
    shaped,
)
from paysandbox.http.route import Access, Route
from paysandbox.http.warmup import warm_up
from paysandbox.stripe_api.errors import render_error
from paysandbox.stripe_api.ids import stripe_request_id
from paysandbox.stripe_api.intent import intent_for_page
from paysandbox.stripe_api.version import STRIPE_VERSION

FORM: Final = "application/x-www-form-urlencoded"
SHOULD_RETRY: Final = "Stripe-Should-Retry"
MAX_SHOWN_KEY_BYTES: Final = 100
"""Of an idempotency key in events: each operation stores its own, in the payment's item. A longer one is cut."""

_VERSION: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeAnswer:
    """One of Stripe's objects, whether it is a replay, and the transaction and outcome for the log.

    Routes open to a publishable key return intents, of which such a key sees a part (`intent_for_page`).
    `declined`: the body is an intent, and the answer is a 402 with its `last_payment_error`.
    """

    body: Mapping[str, Any]
    replayed: bool = False
    transaction_id: str | None = None
    outcome: str = "ok"
    declined: bool = False


def stripe_endpoint(route: Route) -> Callable[[Callable[[AnyCall], StripeAnswer]], Callable[[Event, Any], Response]]:
    """Make a Lambda handler of a function that answers a call. Bodies and queries are read as forms."""

    warm_up(route)

    def decorate(answer_call: Callable[[AnyCall], StripeAnswer]) -> Callable[[Event, Any], Response]:
        @functools.wraps(answer_call)
        def handler(event: Event, context: Any) -> Response:
            def answer(headers: Headers, merchant: str) -> Handled:
                call = _call(route, event, headers, context, merchant)
                answered = answer_call(call)
                if call.publishable:
                    answered = replace(answered, body=intent_for_page(answered.body))
                return _answered(answered, headers, call.request_id)

            return handle(_STRIPE, route, event, context, answer)

        return handler

    return decorate


def _merchant(route: Route, event: Event, headers: Headers) -> str:  # noqa: ARG001 - the signature of ApiProtocol
    known = _authorized(event)
    merchant = known.get("merchant")
    if not merchant:
        raise Refused(
            Code.API_KEY_INVALID, "Send a key from `paysandbox keys create` as bearer token or basic user name."
        )
    return str(merchant)


def _call(route: Route, event: Event, headers: Headers, context: Any, merchant: str) -> AnyCall:
    publishable = _authorized(event).get("kind") != "secret"
    if publishable and route.access is not Access.V1_KEY_OR_CLIENT:
        raise Refused(Code.FORBIDDEN, "A publishable key is not allowed here. Use a secret key.")
    if _version(headers) is None:
        raise Refused(Code.REQUEST_INVALID, f"Stripe-Version must be a version such as {STRIPE_VERSION}.")
    sent = _form(event, headers) if route.body else {}
    body = shaped(route.body, sent) if route.body else None
    if body:
        refuse_card_numbers(sent)
    query = shaped(route.query, read_query(parameters_of(event))) if route.query else None
    given = headers.get("idempotency-key", [])
    chosen = one_key(given) if given and route.idempotent else None
    return Call(
        route=route,
        merchant=merchant,
        body=body,
        query=query,
        path=event.get("pathParameters") or {},
        sent=sent,
        key=(chosen or runtime.random_idempotency_key()) if route.idempotent else "",
        outcome=None,
        request_id=request_id(event, context),
        now=runtime.now(),
        context=context,
        publishable=publishable,
        caller_key=masked_text(chosen, MAX_SHOWN_KEY_BYTES) if chosen else None,
    )


def _authorized(event: Event) -> Mapping[str, Any]:
    return (event.get("requestContext") or {}).get("authorizer") or {}


def _form(event: Event, headers: Headers) -> dict[str, Any]:
    text = body_text(event)
    content_type = media_type(headers)
    if text and content_type is not None and content_type != FORM:
        raise Refused(
            Code.MEDIA_TYPE_UNSUPPORTED,
            f"Invalid request: unsupported Content-Type {parameter_name(content_type)}. Send the body as {FORM}.",
        )
    return read_form(text)


def _version(headers: Headers) -> str | None:
    """Return the requested version, or the default; None for text that cannot be a version."""
    given = headers.get("stripe-version", [STRIPE_VERSION])[-1].strip()
    # A preview version has parts after a semicolon. The shape of the answer does not depend on it.
    first = given.partition(";")[0].strip()
    return first if _VERSION.fullmatch(first) else None


def _answered(answer: StripeAnswer, headers: Headers, request: str) -> Handled:
    body, status = answer.body, 200
    if answer.declined:
        body, status = {"error": {**body["last_payment_error"], "payment_intent": body}}, 402
    response = _response(status, body, headers, request, replayed=answer.replayed)
    if answer.declined:
        response["headers"][SHOULD_RETRY] = "false"
    facts = facts_of(answer.outcome, transaction_id=answer.transaction_id, replayed=answer.replayed)
    return Handled(response, facts, count_of(answer.outcome, replayed=answer.replayed))


def _refuse(refused: Refused, event: Event, request: str) -> Response:
    # The error pages belong to the native API, which shares a custom domain. A host of the gateway serves one API only.
    status, body = render_error(refused, pages=None if is_own_host(event) else "")
    response = _response(status, body, headers_of(event), request, replayed=refused.replayed)
    constant = PROBLEMS[refused.code]
    # Always sent, since SDKs otherwise retry every 409 and 5xx.
    response["headers"][SHOULD_RETRY] = "true" if constant.retryable else "false"
    if constant.retry_after_s is not None:
        response["headers"]["Retry-After"] = str(constant.retry_after_s)
    return response


_STRIPE: Final = ApiProtocol(_merchant, masked_form, _refuse)


def _response(status: int, body: Mapping[str, Any], sent: Headers, request: str, *, replayed: bool) -> Response:
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache, no-store",
        "Request-Id": stripe_request_id(request),
        "Stripe-Version": _version(sent) or STRIPE_VERSION,
        **EVERY_ANSWER,
    }
    keys = sent.get("idempotency-key", [])
    if len(keys) == 1 and keys[0].isascii() and keys[0].isprintable():
        headers["Idempotency-Key"] = keys[0]
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return {"statusCode": status, "headers": headers, "body": to_json(body), "isBase64Encoded": False}
