"""Read an API Gateway event into a call. Header names match in any case.

AWS preserves the client's case, other gateways lowercase it. A repeated header appears only in `multiValueHeaders`.
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from paysandbox.aws import runtime
from paysandbox.aws.settings import TextSettings
from paysandbox.core.body_limits import MAX_BODY_BYTES, MAX_OPEN_BYTES
from paysandbox.core.cards.card_numbers import place_of_card_number
from paysandbox.core.cards.masking import masked_body, masked_text
from paysandbox.core.donor import Donor
from paysandbox.core.errors import Code, Fault, Refused
from paysandbox.core.headers import FAULT_HEADER, OUTCOME_HEADER, SANDBOX_PREFIX
from paysandbox.core.idempotency_record import MAX_KEY_LENGTH
from paysandbox.core.merchant import is_operator_key, merchant_of
from paysandbox.core.record import record
from paysandbox.http.donor import donor_of
from paysandbox.http.html import prefers_html
from paysandbox.http.prefer import PREFER_HEADER, preferred_wait_s
from paysandbox.http.reading import (
    MAX_FAULTS,
    NOT_UTF_8,
    REPLACEMENT,
    parameter_name,
    read_object,
    refusal_of_faults,
)
from paysandbox.http.route import DASHBOARD_URL, FORM, NATIVE_BASE_URL, Access, BodyFormat, Route

FORWARDED_HOST: Final = "x-forwarded-host"

DASHBOARD: Final = "/dashboard"
"""Where the local sandbox has the dashboard, beside the native API (`dashboard_site.policy.PATH`)."""

KEY_HEADERS: Final = ("X-Idempotency-Key", "Idempotency-Key")
"""The headers with the idempotency key of a native request. One is enough."""

MAX_PATH_PARAMETER: Final = 200
"""In characters, of at most four bytes each. The longest IDs have a third of it."""

_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_STEERS: Final = SANDBOX_PREFIX.lower()
_STEERING: Final = frozenset({OUTCOME_HEADER.lower(), FAULT_HEADER.lower()})

Event = Mapping[str, Any]
Headers = Mapping[str, list[str]]


BodyT = TypeVar("BodyT")
QueryT = TypeVar("QueryT")


@record
class Raw:
    """A body byte for byte as received, and its headers (names in lower case)."""

    body: bytes
    headers: Headers


@record
class Request:
    """A request as it arrived: the gateway's event, its headers (names in lower case), and Lambda's context.

    What few routes need of it is read when they do.
    """

    event: Event
    headers: Headers
    context: Any

    @property
    def base_url(self) -> str:
        """The address of this API by which the client reached it, without a slash at its end."""
        return base_url(self.event, self.headers)

    @property
    def prefix(self) -> str:
        """What links to paths start with: the stage, if it is part of the address."""
        return stage_prefix(self.event)

    @property
    def dashboard_url(self) -> str | None:
        """The URL of the dashboard, or None if the environment has none."""
        return dashboard_url(self.event, self.base_url)

    @property
    def slashed(self) -> bool:
        """Whether the path ended with a slash, which gateways ignore."""
        return path_of(self.event).endswith("/")

    @property
    def prefers_html(self) -> bool:
        """Whether the client prefers HTML to JSON, as a browser does."""
        return prefers_html(self.headers.get("accept", ()))

    @property
    def wait_s(self) -> int:
        """For how many seconds the caller would wait for the result."""
        return preferred_wait_s(self.headers.get(PREFER_HEADER.lower(), []))

    @property
    def raw(self) -> Raw:
        """The unparsed body, of a route that reads it itself. Raises Refused: request_invalid, body_too_large."""
        return Raw(body_bytes(self.event), self.headers)


@record(kw_only=True)
class Call(Generic[BodyT, QueryT]):
    """A parsed and validated request: `Call[CapturePayment, None]` has that body and no query.

    `now` is the one time used for the whole request. `donor` is the signed-in donor of a donor's route, which has no
    `merchant`. `body` and `query` have the route's shapes. `sent` is the body as received. `key` is the idempotency
    key, "" if the route takes none or the caller omitted an optional one. `outcome` is the raw value of the header that
    forces an outcome.
    """

    route: Route
    request: Request
    request_id: str
    now: datetime
    merchant: str
    donor: Donor | None = None
    body: BodyT
    query: QueryT
    path: Mapping[str, str]
    sent: Mapping[str, Any]
    key: str
    outcome: str | None

    @property
    def signed_in(self) -> Donor:
        """The signed-in donor of a donor's route."""
        if self.donor is None:
            raise AssertionError(f"{self.route.name} is not a donor's route")
        return self.donor


AnyCall = Call[Any, Any]
"""A call of any route."""

Read = Callable[[Mapping[str, Any]], Any]
"""Makes what a call has as its body or query of the values that were sent. Raises Refused with all faults."""


@record
class Readers:
    """How a route reads its body and its query, if it takes any."""

    body: Read | None = None
    query: Read | None = None


def headers_of(event: Event) -> Headers:
    """Return the values of each header by its lowercase name."""
    several = event.get("multiValueHeaders")
    if several is None:
        several = {name: [value] for name, value in (event.get("headers") or {}).items()}
    headers: dict[str, list[str]] = {}
    for name, values in several.items():
        headers.setdefault(name.lower(), []).extend(values)
    return headers


def read_merchant(route: Route, event: Event, headers: Headers) -> str:
    """Return the merchant in the API key's text, or "" for a route that needs no merchant's key.

    Raises Refused: api_key_invalid; forbidden for a merchant's key where an operator's is needed.
    """
    if route.access is Access.OPERATOR:
        _check_operator(event, headers)
    return _merchant(event, headers) if route.access is Access.API_KEY else ""


def read_call(route: Route, event: Event, headers: Headers, context: Any, merchant: str, readers: Readers) -> AnyCall:
    """Read the event into a merchant's or donor's call of the route.

    Raises Refused for an invalid ID token, content type, body, query or idempotency key.
    """
    donor = donor_of(event) if route.access is Access.DONOR else None
    query = _query(event, route, readers)
    at_most = MAX_OPEN_BYTES if donor or route.access is Access.PUBLIC else MAX_BODY_BYTES
    is_omitted = route.body_format is BodyFormat.OPTIONAL_JSON and not event.get("body")
    sent = _sent(route, event, headers, at_most) if readers.body and not is_omitted else {}
    body = readers.body(sent) if readers.body else None
    if body:
        refuse_card_numbers(sent, of_form=route.body_format is BodyFormat.FORM)
    if body and donor:
        refuse_card_numbers({"name": donor.name})
    return Call(
        route=route,
        request=Request(event, headers, context),
        request_id=request_id(event, context),
        now=runtime.now(),
        merchant=merchant,
        donor=donor,
        body=body,
        query=query,
        path=path_parameters(event),
        sent=sent,
        key=_idempotency_key(headers, optional=route.idempotency.key_optional) if route.idempotency else "",
        outcome=outcome_header(headers) if OUTCOME_HEADER in route.accepts_headers else None,
    )


def path_of(event: Event) -> str:
    """Return the request's path as the gateway passes it on: without a stage, without the query."""
    return str(event.get("path") or "")


def path_parameters(event: Event) -> dict[str, str]:
    """Return the parameters in the path, decoded by the gateway. What is longer than every ID is cut off.

    Raises Refused: request_invalid if the path is not UTF-8.

    It names nothing either way, and the route says so in its own words. Uncut, it can be longer than a key of DynamoDB
    (1,024 bytes for a sort key) or a file's name (255 bytes), which are errors instead of names of nothing.
    """
    sent: Mapping[str, str] = event.get("pathParameters") or {}
    if not all(map(_is_utf_8, sent.values())):
        raise Refused(Code.REQUEST_INVALID, f"The path is {NOT_UTF_8}")
    return {name: value[:MAX_PATH_PARAMETER] for name, value in sent.items()}


def _is_utf_8(text: str) -> bool:
    """Whether a text that a gateway has decoded was UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    return REPLACEMENT not in text


def request_id(event: Event, context: Any) -> str:
    """Return the gateway's ID of this request (as in its access log), or Lambda's if there is no gateway."""
    return (event.get("requestContext") or {}).get("requestId") or context.aws_request_id


def is_own_host(event: Event) -> bool:
    """Return whether the host is one of the gateway's own names, where the stage is part of the path."""
    return ".execute-api." in ((event.get("requestContext") or {}).get("domainName") or "")


def stage_prefix(event: Event) -> str:
    """Return the stage if it is part of the address, as the prefix of links."""
    return f"/{event['requestContext'].get('stage')}" if is_own_host(event) else ""


def base_url(event: Event, headers: Headers) -> str:
    """Return the base URL by which the client reached the native API, with the stage if it is part of the address.

    In front of the local engine, the access wall says which host that was. On AWS, the gateway does: there, the header
    would be the client's own. An API with a host of its own has the native API's URL in a stage variable.
    """
    if runtime.engine_port() is None:
        native: str | None = (event.get("stageVariables") or {}).get(NATIVE_BASE_URL)
        if native:
            return native
        host = (event.get("requestContext") or {}).get("domainName") or ""
        return f"https://{host}{stage_prefix(event)}"
    host = (headers.get(FORWARDED_HOST) or headers.get("host") or [f"127.0.0.1:{runtime.engine_port()}"])[0]
    return f"http://{host}"


def pages_url(event: Event) -> str:
    """Return the base URL of the error pages, which the native API serves, or "" for an event that does not say.

    Never raises: rendering an error must not fail.
    """
    try:
        url = base_url(event, headers_of(event))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    return url if url != "https://" else ""


def log_url(event: Event, logged: str) -> str | None:
    """Return the URL at which a person reads a request in the request log, given its ID, in the form of either API.

    It is the dashboard's page of it, or where there is no dashboard, the native API's route. None for an event that
    does not say where that is. Never raises.
    """
    pages = pages_url(event)
    if not pages:
        return None
    dashboard = dashboard_url(event, pages)
    return f"{dashboard}?id={logged}" if dashboard else f"{pages}/requests/{logged}"


def dashboard_url(event: Event, native: str) -> str | None:
    """Return the URL of the dashboard: beside the native API at the URL `native`, or where the stage says it is."""
    if runtime.engine_port() is not None:
        return f"{native}{DASHBOARD}"
    found: str | None = (event.get("stageVariables") or {}).get(DASHBOARD_URL)
    return found


def masked(event: Event, shown: Callable[[str], str] = masked_body) -> str | None:
    """Return the body as `shown` masks it for the log, or None if none was sent. Never raises."""
    body = event.get("body")
    if not isinstance(body, str) or not body:
        return None
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True).decode()
        except ValueError:  # not Base64, or not UTF-8
            return f"[not UTF-8: {len(body)} characters of Base64]"
    return shown(body)


def body_bytes(event: Event) -> bytes:
    """Return the body byte for byte. Raises Refused: request_invalid if it is not Base64, body_too_large."""
    body = event.get("body") or ""
    try:
        sent = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except ValueError:  # no Base64, or half a character
        raise Refused(Code.REQUEST_INVALID, "The body is not valid Base64.") from None
    if len(sent) > MAX_OPEN_BYTES:
        raise Refused(Code.BODY_TOO_LARGE, f"The body can have at most {MAX_OPEN_BYTES:,} bytes.")
    return sent


def body_text(event: Event, at_most: int = MAX_BODY_BYTES) -> str:
    """Return the body as text. Raises Refused: request_invalid if it is not UTF-8, body_too_large.

    Whatever charset its Content-Type names: JSON is UTF-8 (RFC 8259, section 8.1), and so are forms (URL standard,
    section 5.1). Of a body that a gateway has decoded, U+FFFD is all that is left of other bytes, so two such bodies
    would be the same request.
    """
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True).decode()
        except ValueError:  # not Base64, or not UTF-8
            raise Refused(Code.REQUEST_INVALID, "The body is not UTF-8.") from None
    elif REPLACEMENT in body:
        raise Refused(Code.REQUEST_INVALID, f"The body is {NOT_UTF_8}")
    if len(body) > at_most or len(body.encode(errors="replace")) > at_most:
        raise Refused(Code.BODY_TOO_LARGE, f"The body can have at most {at_most:,} bytes.")
    return body


def media_type(headers: Headers) -> str | None:
    """Return the body's media type in lower case and without parameters, or None if no Content-Type was sent."""
    given = headers.get("content-type")
    return given[0].partition(";")[0].strip().lower() if given else None


def parameters_of(event: Event) -> Mapping[str, list[str]]:
    """Return the values of each query parameter, decoded by the gateway. Raises Refused: request_invalid."""
    several: Mapping[str, list[str]] = event.get("multiValueQueryStringParameters") or {
        name: [value] for name, value in (event.get("queryStringParameters") or {}).items()
    }
    if not all(_is_utf_8(text) for name, values in several.items() for text in (name, *values)):
        raise Refused(Code.REQUEST_INVALID, f"The query is {NOT_UTF_8}")
    return several


def refuse_card_numbers(body: Mapping[str, Any], *, of_form: bool = False) -> None:
    """Raise Refused(live_card_in_sandbox) if a string in a body, or a name in it, contains a card number.

    Published test numbers count too: code that writes one into a text would write a real one in production.
    """
    if runtime.settings_of(TextSettings).accept_card_numbers_in_text:
        return
    place = place_of_card_number(body, of_form=of_form)
    if place is not None:
        raise Refused(
            Code.LIVE_CARD_IN_SANDBOX,
            "This field contains a card number. Card numbers are accepted in card.number only.",
            parameter_name(place),
        )


def refuse_unknown_headers(headers: Headers) -> None:
    """Raise Refused(header_unknown) for an unknown `X-Sandbox-…` header: one that is misspelled must not approve."""
    for name in headers:
        if name.startswith(_STEERS) and name not in _STEERING:
            raise Refused(
                Code.HEADER_UNKNOWN,
                f"Supported X-Sandbox headers: {OUTCOME_HEADER} and {FAULT_HEADER}.",
                parameter_name(name),
            )


def sent_keys(headers: Headers, names: Iterable[str] = KEY_HEADERS) -> list[str]:
    """Return all idempotency keys of a request, unparsed.

    Raises Refused(idempotency_key_invalid) for a header that is repeated, even with the same value: it is not a list
    (RFC 9110, section 5.3), and some gateways would make one key of both.
    """
    for name in names:
        if len(headers.get(name.lower(), ())) > 1:
            raise Refused(Code.IDEMPOTENCY_KEY_INVALID, f"Send one {name} header.", name)
    return [key for name in names for key in headers.get(name.lower(), ())]


def one_key(given: Sequence[str]) -> str:
    """Return the one key that all of these values are, bare or as structured-field strings (RFC 8941, 3.3.3).

    Raises Refused(idempotency_key_invalid).
    """
    keys = {_bare(value.strip(" \t")) for value in given}  # RFC 9110, section 5.5: no other whitespace is stripped
    key = keys.pop()
    if keys:
        raise Refused(Code.IDEMPOTENCY_KEY_INVALID, f"{' and '.join(KEY_HEADERS)} differ. Send one.", KEY_HEADERS[1])
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not _PRINTABLE.fullmatch(key):
        raise Refused(
            Code.IDEMPOTENCY_KEY_INVALID,
            f"Send one idempotency key of 1 to {MAX_KEY_LENGTH} printable ASCII characters.",
        )
    return key


def key_sent(headers: Headers) -> str | None:
    """Return the idempotency key as sent, masked for the log, or None if none was sent."""
    for name in KEY_HEADERS:
        if values := headers.get(name.lower()):
            return masked_text(values[0], MAX_KEY_LENGTH) or None
    return None


def api_key_sent(event: Event, headers: Headers) -> str | None:
    """Return the request's one API key: the one that the gateway accepted, if it says which. None without one."""
    keys = _api_keys(event, headers)
    return keys[0] if len(keys) == 1 else None


def _api_keys(event: Event, headers: Headers) -> list[str]:
    identity = (event.get("requestContext") or {}).get("identity") or {}
    return [identity["apiKey"]] if identity.get("apiKey") else headers.get("x-api-key", [])


def _check_operator(event: Event, headers: Headers) -> None:
    key = api_key_sent(event, headers)
    if key is not None and is_operator_key(key):
        return
    if key is not None and merchant_of(key) is not None:
        raise Refused(
            Code.FORBIDDEN,
            "A merchant's key cannot move the clock, which all merchants share. `paysandbox keys create --operator` "
            "creates a key that can.",
        )
    raise Refused(
        Code.API_KEY_INVALID,
        "Send one X-Api-Key header with an operator's key. `paysandbox keys create --operator` creates one.",
    )


def _merchant(event: Event, headers: Headers) -> str:
    key = api_key_sent(event, headers)
    merchant = merchant_of(key) if key is not None else None
    if merchant is None and key is not None and is_operator_key(key):
        raise Refused(
            Code.API_KEY_INVALID, "An operator's key moves the clock and opens nothing else. Use a merchant's."
        )
    if merchant is None:
        raise Refused(
            Code.API_KEY_INVALID, "Send one X-Api-Key header with a valid key. `paysandbox keys create` creates one."
        )
    return merchant


def _sent(route: Route, event: Event, headers: Headers, at_most: int) -> Mapping[str, Any]:
    if route.body_format is BodyFormat.FORM:
        if media_type(headers) not in (None, FORM):
            raise Refused(Code.MEDIA_TYPE_UNSUPPORTED, f"Use Content-Type: {FORM}.")
        from paysandbox.http.form import read_form  # few routes take a form

        return read_form(body_text(event, at_most))
    if media_type(headers) not in (None, "application/json"):
        raise Refused(Code.MEDIA_TYPE_UNSUPPORTED, "Use Content-Type: application/json.")
    return read_object(body_text(event, at_most))


def _query(event: Event, route: Route, readers: Readers) -> Any:
    several = parameters_of(event)
    if readers.query is None:
        if several and route.access is not Access.PUBLIC:  # others' links to pages, and webhook URLs, have parameters
            faults = [Fault(Code.PARAMETER_UNKNOWN, "Unknown parameter.", parameter_name(name)) for name in several]
            raise refusal_of_faults(faults[:MAX_FAULTS])
        return None
    for name, values in several.items():
        if len(values) != 1:
            raise Refused(Code.PARAMETER_INVALID, "This parameter is repeated.", parameter_name(name))
    return readers.query({name: values[0] for name, values in several.items()})


def _idempotency_key(headers: Headers, *, optional: bool) -> str:
    given = sent_keys(headers)
    if not given and optional:
        return ""
    if not given:
        raise Refused(Code.IDEMPOTENCY_KEY_REQUIRED, "Send an X-Idempotency-Key header, such as a fresh UUID.")
    return one_key(given)


def outcome_header(headers: Headers) -> str | None:
    """Return the outcome that the caller requests, unparsed. Raises Refused(outcome_invalid) for several headers."""
    given = headers.get(OUTCOME_HEADER.lower(), [])
    if len(given) > 1:
        raise Refused(Code.OUTCOME_INVALID, f"Send one {OUTCOME_HEADER} header.", OUTCOME_HEADER)
    return given[0].strip(" \t") if given else None


def _bare(value: str) -> str:
    quoted = _QUOTED.fullmatch(value)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value
