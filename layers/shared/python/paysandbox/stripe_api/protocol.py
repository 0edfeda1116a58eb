# pyright: standard
"""`@stripe_endpoint(route)`: the counterpart of `@endpoint` for routes of the Stripe-compatible API.

Requests are forms, responses are JSON. A decline is a 402, and errors have Stripe's format. The authorizer has already
identified the caller.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from paysandbox.aws import runtime
from paysandbox.core.cards.masking import masked_form, masked_text
from paysandbox.core.errors import PROBLEMS, Code, KeyInUse, KeyReused, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.idempotency_record import MAX_KEY_LENGTH
from paysandbox.core.record import record, replace
from paysandbox.http.form import read_form, read_query
from paysandbox.http.keys.credential import KeyKind, credential_of, masked_wrong_key, sent_as_key
from paysandbox.http.middleware import ApiProtocol, Handled, Response, handle, succeeded, warm_up
from paysandbox.http.reading import parameter_name
from paysandbox.http.request import (
    Event,
    Headers,
    Request,
    body_text,
    headers_of,
    key_sent,
    log_url,
    media_type,
    one_key,
    outcome_header,
    pages_url,
    parameters_of,
    path_of,
    path_parameters,
    refuse_card_numbers,
    request_id,
    sent_keys,
)
from paysandbox.http.route import Access, Route
from paysandbox.stripe_api.call import AnyStripeCall, StripeCall
from paysandbox.stripe_api.default_version import default_version
from paysandbox.stripe_api.ephemeral.access import check_customer_of_key, check_ephemeral_key
from paysandbox.stripe_api.errors import (
    StripeRefused,
    missing,
    needs_secret_key,
    no_access,
    of_key,
    render_error,
    unrecognized_url,
)
from paysandbox.stripe_api.expanding.walk import with_expanded
from paysandbox.stripe_api.ids import account_id, merchant_of_account, stripe_request_id
from paysandbox.stripe_api.json_text import to_stripe_json
from paysandbox.stripe_api.objects.expand import Expansion, expansion
from paysandbox.stripe_api.objects.intent import shown_to_page
from paysandbox.stripe_api.requests import StripeShape
from paysandbox.stripe_api.routes import BASE_PATH
from paysandbox.stripe_api.version import known_version
from paysandbox.stripe_api.version_rows import default_parameters, removed_parameters, required_names

if TYPE_CHECKING:
    from paysandbox.stripe_api.objects.stored_object import StoredObject

FORM: Final = "application/x-www-form-urlencoded"
KEY_HEADER: Final = "Idempotency-Key"
SHOULD_RETRY: Final = "Stripe-Should-Retry"
MAX_SHOWN_KEY_BYTES: Final = 64
"""Of an idempotency key in events: each operation stores its own, in the payment's item. A longer one is cut."""

_LAST_ERRORS: Final = {"last_payment_error": "payment_intent", "last_setup_error": "setup_intent"}
"""The field with an intent's last error, and as what an error has the intent."""

_ACCOUNT_HEADERS: Final = ("stripe-account", "stripe-context")
_SEARCH: Final = "search"
_OPEN_TO_PAGES: Final = (Access.V1_KEY_OR_CLIENT, Access.V1_ANY_KEY)


@record(kw_only=True)
class StripeAnswer:
    """One of Stripe's objects, whether it is a replay, and the transaction and outcome for the log.

    `first_request` is the ID of the request that made it, if that is known.
    Of an object, a publishable key sees a part (`shown_to_page`).
    `declined`: the answer is a 402. The body is an intent with its last error, or of a charge the `error`.
    `headers` are those of this answer alone.
    """

    body: Mapping[str, Any]
    replayed: bool = False
    first_request: str | None = None
    transaction_id: str | None = None
    outcome: str = "ok"
    declined: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def stripe_endpoint(
    route: Route,
) -> Callable[[Callable[[AnyStripeCall], StripeAnswer]], Callable[[Event, Any], Response]]:
    """Make a Lambda handler of a function that answers a call. Bodies and queries are read as forms."""

    warm_up(route)

    def decorate(answer_call: Callable[[AnyStripeCall], StripeAnswer]) -> Callable[[Event, Any], Response]:
        @functools.wraps(answer_call)
        def handler(event: Event, context: Any) -> Response:
            def answer(headers: Headers, merchant: str) -> Handled:
                call = _call(route, event, headers, context, merchant)
                tree = _expansion(call)
                try:
                    answered = answer_call(call)
                except (KeyReused, KeyInUse) as refused:
                    raise of_key(refused, masked_text(call.key, MAX_KEY_LENGTH), requested_path(event)) from None
                if route.shows:
                    answered = replace(answered, body=with_expanded(call, answered.body, route.shows, tree))
                if call.publishable:
                    answered = replace(answered, body=shown_to_page(answered.body))
                return _answered(answered, event, headers, call.request_id)

            return handle(_STRIPE, route, event, context, answer)

        return handler

    return decorate


def refuse_with(route: Route, refusal: Callable[[str, str], Refused]) -> Callable[[Event, Any], Response]:
    """Make a Lambda handler that refuses every request of a known key, given its method and path."""

    def handler(event: Event, context: Any) -> Response:
        def answer(headers: Headers, merchant: str) -> Handled:  # noqa: ARG001 - the signature of an answer
            raise refusal(route.method, requested_path(event))

        return handle(_STRIPE, route, event, context, answer)

    return handler


def _merchant(route: Route, event: Event, headers: Headers) -> str:  # noqa: ARG001 - the signature of ApiProtocol
    """Return the key's merchant. Raises Refused(api_key_invalid) in Stripe's words, with the key masked."""
    known = _authorized(event)
    merchant = known.get("merchant")
    if not merchant:
        shown = masked_wrong_key(sent_as_key(headers.get("authorization", [])))
        raise Refused(Code.API_KEY_INVALID, f"Invalid API Key provided: {shown}. `paysandbox keys create` makes one.")
    return str(merchant)


def _key(event: Event, headers: Headers) -> str | None:  # noqa: ARG001 - the signature of ApiProtocol
    """Return the key that the authorizer has accepted. It reads the header in the same way."""
    sent = headers.get("authorization", [])
    return credential_of(sent[0]) if len(sent) == 1 else None


def requested_path(event: Event) -> str:
    """Return the path that the client sent, with its `/v1`.

    Under a domain, AWS leaves the base path in the event's path; elsewhere, it is the stage, which is left out.
    """
    path, base = path_of(event), f"/{BASE_PATH}"
    return path if path.startswith(f"{base}/") else base + path


def _call(route: Route, event: Event, headers: Headers, context: Any, merchant: str) -> AnyStripeCall:
    known = _authorized(event)
    kind = known.get("kind")
    of_customer = str(known["customer"]) if kind == KeyKind.EPHEMERAL else None
    publishable = kind != KeyKind.SECRET and of_customer is None
    if of_customer is not None:
        check_ephemeral_key(route, int(known["expires"]), runtime.now())
    if publishable and route.access not in _OPEN_TO_PAGES:
        raise needs_secret_key()
    _check_url(route, event)
    _check_version(headers)
    account = _account_named(headers, merchant, of_key=of_customer is None)
    sent = _sent(event, headers)
    shape = route.body_shape or route.query_shape
    version = _version(headers)
    read = _shaped(route, shape, sent, version)
    if route.body and sent:
        refuse_card_numbers(sent)
    given = sent_keys(headers, [KEY_HEADER]) if route.idempotency else []
    chosen = one_key(given) if given else None
    call = StripeCall(
        route=route,
        request=Request(event, headers, context),
        request_id=request_id(event, context),
        now=runtime.now(),
        merchant=merchant_of_account(account.id) or merchant if account else merchant,
        body=read if route.body else None,
        query=read if route.query else None,
        path=path_parameters(event),
        sent=sent if route.body else {},
        key=(chosen or runtime.random_idempotency_key()) if route.idempotency else "",
        outcome=outcome_header(headers) if OUTCOME_HEADER in route.accepts_headers else None,
        publishable=publishable,
        of_customer=of_customer,
        stripe_version=version,
        caller_key=masked_text(chosen, MAX_SHOWN_KEY_BYTES) if chosen else None,
        account=account,
    )
    check_customer_of_key(call)
    return call


def _authorized(event: Event) -> Mapping[str, Any]:
    return (event.get("requestContext") or {}).get("authorizer") or {}


def _check_url(route: Route, event: Event) -> None:
    """Refuse an address that a gateway takes for another: with an empty ID, or with `search` as ID."""
    path = requested_path(event)
    if "//" in path or path.endswith("/") or (route.path.endswith("}") and path.endswith(f"/{_SEARCH}")):
        raise unrecognized_url(route.method, path)


def _check_version(headers: Headers) -> None:
    given = headers.get("stripe-version", [])
    if given and known_version(given[-1]) is None:
        raise Refused(Code.REQUEST_INVALID, f"Invalid Stripe API version: {parameter_name(given[-1])}")


def _account_named(headers: Headers, merchant: str, *, of_key: bool) -> "StoredObject | None":
    """Return the connected account that a request is for, or None if it is for the key's own.

    That can be named too: dj-stripe does with each request. Refuses every other account, and two of them. `of_key`: the
    key may act for accounts of its merchant. An ephemeral key may not, since its customer is the merchant's own.
    """
    named = dict.fromkeys(filter(None, (account for name in _ACCOUNT_HEADERS for account in headers.get(name, []))))
    others = [account for account in named if account != account_id(merchant)]
    if not others:
        return None
    if len(named) > 1 or not of_key:
        raise no_access(others[0])
    from paysandbox.stripe_api.connect.accounts import find_account  # few requests are for one

    return find_account(merchant, others[0])


def _version(headers: Headers) -> str:
    given = headers.get("stripe-version", [])
    return (known_version(given[-1]) if given else None) or default_version()


def _sent(event: Event, headers: Headers) -> dict[str, Any]:
    """Return the parameters of the body and of the URL. Stripe reads both, whatever the method."""
    text = body_text(event)
    content_type = media_type(headers)
    if text and content_type is not None and content_type != FORM:
        raise Refused(
            Code.MEDIA_TYPE_UNSUPPORTED,
            f"Invalid request: unsupported Content-Type {parameter_name(content_type)}. Send the body as {FORM}.",
        )
    sent = read_form(text)
    for name, value in read_query(parameters_of(event)).items():
        if name in sent:
            named = parameter_name(name)
            raise Refused(Code.PARAMETER_INVALID, f"Invalid {named}: sent both in the URL and in the body", named)
        sent[name] = value
    return sent


def _shaped(route: Route, shape: type[BaseModel] | None, sent: Mapping[str, Any], version: str) -> BaseModel | None:
    """Validate parameters against a shape, with the defaults of a version.

    Raises Refused in Stripe's words, which are loaded when there is one.
    """
    if shape is None and not sent:
        return None
    try:
        if shape is not None:
            _check_removed(route, sent, version)
            read = shape.model_validate(sent)
            _check_renamed(route, sent, version)
            defaults = default_parameters(route.name, version)
            missing = {name: value for name, value in defaults.items() if name not in read.model_fields_set}
            return read.model_copy(update=missing) if missing else read
    except ValidationError as error:
        from paysandbox.stripe_api.parameter_errors import parameter_refusal

        raise parameter_refusal(route, error, sent) from None
    from paysandbox.stripe_api.parameter_errors import unknown_parameters

    raise unknown_parameters(route, [(parameter_name(name),) for name in sent])


def _check_removed(route: Route, sent: Mapping[str, Any], version: str) -> None:
    """Refuse a parameter that a route no longer has in this version. The words are ours: Stripe publishes its code."""
    for name, row in removed_parameters(route.name, version).items():
        if name in sent:
            raise StripeRefused(
                Code.PARAMETER_UNKNOWN,
                f"The parameter {name} is no longer supported since version {row.since}. {row.change}",
                name,
                stripe_code=row.refused_as,
            )


def _check_renamed(route: Route, sent: Mapping[str, Any], version: str) -> None:
    """Refuse a required parameter by its name in another version, and its absence."""
    for name, other in required_names(route.name, version).items():
        if other in sent:
            raise StripeRefused(Code.PARAMETER_UNKNOWN, f"Received unknown parameter: {other}", other)
        if name not in sent:
            raise missing(name)


def _expansion(call: AnyStripeCall) -> Expansion:
    """Return what a request expands in the objects that its route shows, before it has any effect.

    Refuses (parameter_invalid) a path that they do not have.
    """
    shape: StripeShape | None = call.body or call.query
    if shape is None or call.route.shows is None:
        return {}
    return expansion(call.route.shows, shape.expanded_paths, call.stripe_version)


def _answered(answer: StripeAnswer, event: Event, headers: Headers, request: str) -> Handled:
    body, status = answer.body, 200
    first = answer.first_request if answer.replayed else request
    if answer.declined:
        logged = {} if (url := _log_url(event, first)) is None else {"request_log_url": url}
        body, status = {"error": {**_error_of(body), **logged}}, 402
    response = _response(status, body, headers, request, replayed=answer.replayed, first=first)
    response["headers"].update(answer.headers)
    if answer.declined:
        response["headers"][SHOULD_RETRY] = "false"
    return succeeded(response, answer.outcome, transaction_id=answer.transaction_id, replayed=answer.replayed)


def _error_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error of an answer that is a 402."""
    if "error" in body:
        return body["error"]
    last, kind = next(entry for entry in _LAST_ERRORS.items() if entry[0] in body)
    return {**body[last], kind: body}


def _refuse(refused: Refused, event: Event, request: str) -> Response:
    first = refused.first_request if refused.replayed else request
    status, body = render_error(refused, pages=pages_url(event), log_url=_log_url(event, first))
    response = _response(status, body, headers_of(event), request, replayed=refused.replayed, first=first)
    constant = PROBLEMS[refused.code]
    # Always sent, since SDKs otherwise retry every 409 and 5xx.
    response["headers"][SHOULD_RETRY] = "true" if constant.retryable else "false"
    if constant.retry_after_s is not None:
        response["headers"]["Retry-After"] = str(constant.retry_after_s)
    return response


def _log_url(event: Event, first: str | None) -> str | None:
    """Return where the request log has the request that an error is of, or None if it has no such request.

    A replay repeats the URL of the first request, since its body has the same bytes.
    """
    is_logged = bool(_authorized(event).get("merchant"))
    return log_url(event, stripe_request_id(first)) if is_logged and first is not None else None


def _in_use(event: Event, headers: Headers) -> Refused:
    return of_key(KeyInUse(), key_sent(headers) or "", requested_path(event))


def _is_of_page(event: Event) -> bool:
    return _authorized(event).get("kind") != KeyKind.SECRET


_STRIPE: Final = ApiProtocol(_merchant, _key, masked_form, requested_path, _refuse, _in_use, _is_of_page)


def _response(
    status: int, body: Mapping[str, Any], sent: Headers, request: str, *, replayed: bool, first: str | None
) -> Response:
    """Return a response. With a key, it also names the first request under that key, if its ID is known."""
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache, no-store",
        "Request-Id": stripe_request_id(request),
        "Stripe-Version": _version(sent),
    }
    keys = sent.get(KEY_HEADER.lower(), [])
    if len(keys) == 1 and keys[0].isascii() and keys[0].isprintable():
        headers["Idempotency-Key"] = keys[0]
        if first is not None:
            headers["Original-Request"] = stripe_request_id(first)
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return {"statusCode": status, "headers": headers, "body": to_stripe_json(body), "isBase64Encoded": False}
