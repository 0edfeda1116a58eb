"""Inject faults into one request: its own, which a header or its metadata asks for, or one of its merchant's rules.

Of a request, one fault is injected at most: its own before those of rules, and of these the oldest. What has happened
by then stands: a request whose answer is lost has been handled as any other, and its log line says so.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws import runtime
from paysandbox.aws.backoff import pause
from paysandbox.aws.settings import FaultSettings
from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import APPLIED_HEADER, FAULT_HEADER, FAULT_METADATA, MERCHANT_HEADER
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.faults import kinds
from paysandbox.http.faults.fault import CHANGES, Fault, read_fault
from paysandbox.http.faults.fault_rules import Firing, Match, Rule, of_moment
from paysandbox.http.faults.faults_table import (
    FaultsTable,
    bind_failure,
    bound_failure,
    count_for_rule,
    count_of_request,
    put_firing,
    rules_of,
)
from paysandbox.http.faults.hold import Hold, can_hold, hold_in, with_hold
from paysandbox.http.faults.kinds import Moment
from paysandbox.http.form import read_form
from paysandbox.http.html import HTML
from paysandbox.http.request import Event, Headers, body_text, path_of
from paysandbox.http.route import Api, BodyFormat, Route

_OF_CARD: Final = frozenset({"number", "cvc"})
_METADATA_PARAM: Final = f"metadata.{FAULT_METADATA}"
_SHOULD_RETRY: Final = "Stripe-Should-Retry"
_NOTHING_DONE: Final = "This error was injected (%s). Nothing was done."
_INJECTED: Final = "This error was injected (%s)."
_REASONS: Final = {"502": "Bad Gateway", "503": "Service Temporarily Unavailable", "504": "Gateway Time-out"}
_CODES: Final = {
    "500": Code.INTERNAL_ERROR,
    "502": Code.UPSTREAM_ERROR,
    "503": Code.SERVICE_UNAVAILABLE,
    "504": Code.UPSTREAM_TIMEOUT,
}

Response = dict[str, Any]


@record
class Refusals:
    """How the request's API renders an error, and the error for an idempotency key that is in use."""

    render: Callable[[Refused], Response]
    in_use: Callable[[], Refused]


@record(kw_only=True)
class FaultedRequest:
    """What is known of a request before it is handled.

    `key` is its idempotency key, if it has one. `is_of_page`: its API key is one that pages have.
    """

    route: Route
    event: Event
    headers: Headers
    merchant: str
    key: str | None
    request_id: str
    has_rules: bool
    is_of_page: bool


class Injection:
    """The faults of one request, and what became of them."""

    def __init__(self, request: FaultedRequest, refusals: Refusals, sent: Mapping[str, Any], own: Fault | None) -> None:
        """Begin with a request that has its `own` fault, or may have one by rules."""
        self._request, self._refusals, self._sent, self._own = request, refusals, sent, own
        self._table = FaultsTable(runtime.dynamodb(), runtime.settings_of(FaultSettings).faults_table)
        self._now = runtime.wall_now()
        self._now_ms = int(self._now.timestamp() * 1_000)
        self._identity = _identity(request, sent)
        self._rules: tuple[Rule, ...] = ()
        self._firing: Firing | None = None
        self._fault: Fault | None = None
        self.held_ms = 0
        """How many milliseconds the engine holds the request or its response."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the log line has of an injected fault."""
        return {} if self._fault is None else {"fault": self._fault.text}

    def before(self) -> Response | None:
        """Let the request wait, or refuse it, if a fault before the operation hits it. Raises Refused.

        Returns what the function returns instead of a response if the request waits elsewhere, before the function is
        invoked again.
        """
        request = self._request
        if (hold := hold_in(request.event)) is not None:
            self._end_hold(hold)
            return None
        if self._own is not None:
            if self._own.kind.moment is Moment.BEFORE and (number := self._number_of_own(self._own)):
                return self._begin(self._own, None, f"{self._identity}:{number}")
            return None
        if not request.has_rules:
            return None
        self._rules = rules_of(self._table, request.merchant, self._now_ms)
        self._repeat_bound_failure()
        found = self._hit(of_moment(self._rules, Moment.BEFORE), _facts_sent(request, self._sent))
        return None if found is None else self._begin(found[0].fault, found[0], f"{found[0].seed}:{found[1]}")

    def after(self, response: Response, outcome: str | None, transaction_id: str | None) -> Response:
        """Return what the client gets of the request's response. Writes the log of faults, if one was injected.

        The operation is done by now: if the rest fails, the client gets the response as it is.
        """
        try:
            if self._fault is None and response["statusCode"] < 500:
                self._find_after(response, outcome)
            if self._firing is None or self._fault is None:
                return response
            done = self._fault.kind.moment is Moment.AFTER or self._fault.kind.name == kinds.SLOW
            status = response["statusCode"] if done else None
            firing = replace(self._firing, status=status, transaction_id=transaction_id if done else None)
            put_firing(self._table, self._request.merchant, firing, self._now_ms)
            applied = self._applied(self._fault, response)
            if can_hold(self._request.event):
                applied["headers"] |= {MERCHANT_HEADER: self._request.merchant}
            return applied
        except (ClientError, BotoCoreError):
            self._fault = None
            return response

    def _number_of_own(self, fault: Fault) -> int | None:
        """Count the request, and return how often it was sent, if its own fault hits it this time."""
        request = self._request
        identity = f"{fault.text}\n{self._identity}"
        number = count_of_request(self._table, request.merchant, identity, request.request_id, self._now_ms)
        return number if number <= fault.times or fault.kind.name == kinds.STRIPE_500 else None

    def _hit(self, rules: list[Rule], facts: Match) -> tuple[Rule, int] | None:
        """Return the first rule that hits the request, and the request's number among those that match the rule."""
        request = self._request
        for rule in rules:
            if not rule.match.hits(facts) or not _fits(rule.fault, request.route):
                continue
            number = count_for_rule(self._table, request.merchant, rule.id, request.request_id)
            if number is not None and rule.hits(number):
                return rule, number
        return None

    def _find_after(self, response: Response, outcome: str | None) -> None:
        if self._own is not None:
            if self._own.kind.moment is Moment.AFTER and self._number_of_own(self._own):
                self._fire(self._own, None)
            return
        sent, request = _facts_sent(self._request, self._sent), self._request
        found = self._hit(of_moment(self._rules, Moment.AFTER), _with_answer(sent, response, outcome))
        if found is None:
            return
        self._fire(found[0].fault, found[0])
        if found[0].fault.kind.name == kinds.STRIPE_500 and request.key is not None:
            bind_failure(self._table, request.merchant, self._identity, request.request_id, self._now_ms)

    def _repeat_bound_failure(self) -> None:
        request = self._request
        if request.route.api is not Api.V1 or request.key is None or request.route.method not in CHANGES:
            return
        first = bound_failure(self._table, request.merchant, self._identity)
        if first is not None:
            fault = read_fault(kinds.STRIPE_500, FAULT_HEADER)
            self._fire(fault, None)
            detail = _INJECTED % fault.text
            raise Refused(Code.INTERNAL_ERROR, detail, replayed=True, first_request=first)

    def _fire(self, fault: Fault, rule: Rule | None) -> Firing:
        request = self._request
        self._fault = fault
        self._firing = Firing(
            at=format_timestamp(self._now),
            request_id=request.request_id,
            route=request.route.name,
            fault=fault.text,
            rule=rule.id if rule else None,
        )
        return self._firing

    def _end_hold(self, hold: Hold) -> None:
        """Go on as if the request had waited here. If the engine did not hold it, nothing was injected."""
        if hold.ms:
            self._firing, self.held_ms = Firing(**hold.firing), hold.ms
            self._fault = read_fault(self._firing.fault, FAULT_HEADER)

    def _begin(self, fault: Fault, rule: Rule | None, seed: str) -> Response | None:
        firing = self._fire(fault, rule)
        match fault.kind.name:
            case kinds.SLOW if can_hold(self._request.event):
                hold = Hold(max(fault.slow_ms(seed), 1), self._request.merchant, vars(firing))
                return with_hold({}, hold)
            case kinds.SLOW:
                pause(fault.slow_ms(seed))
                return None
            case kinds.THROTTLE:
                raise Refused(Code.RATE_LIMITED, _NOTHING_DONE % fault.text)
            case kinds.CONFLICT_IN_PROGRESS:
                raise self._refusals.in_use()
            case kinds.TIMEOUT_BEFORE_COMMIT:
                raise Refused(Code.UPSTREAM_TIMEOUT, _NOTHING_DONE % fault.text)
            case _:
                raise Refused(_CODES[str(fault.values["status"])], _NOTHING_DONE % fault.text)

    def _applied(self, fault: Fault, response: Response) -> Response:
        """Return the response of a request that a fault has hit."""
        headers = {**response["headers"], APPLIED_HEADER: fault.text}
        match fault.kind.name:
            case kinds.THROTTLE:
                return response | {"headers": headers | {"Retry-After": str(fault.values["retry_after"])}}
            case kinds.TIMEOUT_BEFORE_COMMIT:
                return response | {"headers": headers | {APPLIED_HEADER: f"{fault.kind.name};s={fault.values['s']}"}}
            case kinds.SLOW_AFTER_COMMIT:
                if can_hold(self._request.event):
                    self.held_ms = fault.number("ms")
                    headers[APPLIED_HEADER] = f"{fault.kind.name};ms={self.held_ms}"
                else:
                    pause(fault.number("ms"))
                return response | {"headers": headers}
            case kinds.COMMIT_THEN_TIMEOUT:
                lost = self._refusals.render(Refused(Code.UPSTREAM_TIMEOUT, _INJECTED % fault.text))
                return lost | {
                    "headers": lost["headers"] | {APPLIED_HEADER: f"{fault.kind.name};s={fault.values['s']}"}
                }
            case kinds.COMMIT_THEN_RESET:
                lost = self._refusals.render(Refused(Code.UPSTREAM_ERROR, _INJECTED % fault.text))
                return lost | {"headers": lost["headers"] | {APPLIED_HEADER: fault.text}}
            case kinds.COMMIT_THEN_TRUNCATE:
                body = response["body"].encode()
                cut = f"{fault.kind.name};bytes={fault.values['bytes']};length={len(body)}"
                left = body[: fault.number("bytes")].decode(errors="ignore")
                return response | {"body": left, "headers": headers | {APPLIED_HEADER: cut}}
            case kinds.GATEWAY_5XX:
                return _of_gateway(fault, headers)
            case kinds.STRIPE_500:
                failed = self._refusals.render(Refused(Code.INTERNAL_ERROR, _INJECTED % fault.text))
                return failed | {"headers": failed["headers"] | {APPLIED_HEADER: fault.text, _SHOULD_RETRY: "false"}}
            case _:
                return response | {"headers": headers}


def injection_of(request: FaultedRequest, refusals: Refusals) -> Injection | None:
    """Return what injects faults into a request, or None if it asks for none and has no rules.

    Raises Refused: fault_unknown, faults_not_allowed.
    """
    sent = _sent(request)
    own = _own_fault(request, sent)
    if own is None and not request.has_rules and hold_in(request.event) is None:
        return None
    if not runtime.settings_of(FaultSettings).faults_table:
        raise not_allowed(FAULT_HEADER)
    return Injection(request, refusals, sent, own)


def not_allowed(param: str | None = None) -> Refused:
    """Return the error of an environment that injects no faults."""
    return Refused(Code.FAULTS_NOT_ALLOWED, "Faults are injected where the clock may be moved.", param)


def _of_gateway(fault: Fault, headers: Mapping[str, str]) -> Response:
    """Return the error of a gateway that knows nothing of the API."""
    status = str(fault.values["status"])
    bodies = {
        "html": (HTML, f"<html><head><title>{status} {_REASONS[status]}</title></head></html>"),
        "json": ("application/json", '{"message":"Internal server error"}'),
        "empty": ("text/plain", ""),
    }
    content_type, body = bodies[str(fault.values["body"])]
    shown = {"Content-Type": content_type, APPLIED_HEADER: headers[APPLIED_HEADER]}
    return {"statusCode": int(status), "headers": shown, "body": body, "isBase64Encoded": False}


def _identity(request: FaultedRequest, sent: Mapping[str, Any]) -> str:
    """Return what a repetition of a request has too: its key; without one, its path, query and body.

    A digest of it is stored, from which a card's number or code could be found by trying all: they are left out.
    """
    if request.key is not None:
        return json.dumps([request.route.name, request.key])
    query = request.event.get("multiValueQueryStringParameters") or request.event.get("queryStringParameters")
    whole = [request.route.name, path_of(request.event), query, _without_card(sent)]
    return without_card_numbers(json.dumps(whole, sort_keys=True))


def _without_card(sent: Any) -> Any:
    if isinstance(sent, Mapping):
        return {name: _without_card(value) for name, value in sent.items() if name not in _OF_CARD}
    return [_without_card(value) for value in sent] if isinstance(sent, list) else sent


def _fits(fault: Fault, route: Route) -> bool:
    return fault.fits(route.method, of_stripe=route.api is Api.V1)


def _own_fault(request: FaultedRequest, sent: Mapping[str, Any]) -> Fault | None:
    """Return the fault that a request asks for: in the header, or else in the metadata of a route that takes some.

    Metadata of a page asks for nothing: whoever has the page could slow down its merchant.
    """
    given = request.headers.get(FAULT_HEADER.lower(), [])
    metadata: Any = sent.get("metadata")
    text, param = (given[0], FAULT_HEADER) if given else (None, _METADATA_PARAM)
    if text is None and isinstance(metadata, Mapping) and FAULT_METADATA in metadata and not request.is_of_page:
        text = metadata[FAULT_METADATA] if request.route.takes_metadata else None
    if not isinstance(text, str) or len(given) > 1:
        if given:
            raise Refused(Code.FAULT_UNKNOWN, f"Send one {FAULT_HEADER} header.", FAULT_HEADER)
        return None
    fault = read_fault(text, param)
    if not _fits(fault, request.route):
        where = "the Stripe-compatible API" if fault.kind.of_stripe else "requests that change something"
        where = "rules" if fault.kind.moment is Moment.WEBHOOK else where
        raise Refused(Code.FAULT_UNKNOWN, f"{fault.kind.name} is for {where}.", param)
    return fault


def _sent(request: FaultedRequest) -> Mapping[str, Any]:
    """Return the body, or nothing if it is none that can be read: the handler refuses it."""
    if request.route.body is None:
        return {}
    try:
        text = body_text(request.event)
        is_form = request.route.api is Api.V1 or request.route.body_format is BodyFormat.FORM
        sent: Any = read_form(text) if is_form else json.loads(text)
    except (Refused, ValueError):
        return {}
    return sent if isinstance(sent, Mapping) else {}


def _facts_sent(request: FaultedRequest, sent: Mapping[str, Any]) -> Match:
    """Return what a request says of itself."""
    return Match(route=request.route.name, reference=_reference(sent), card_last4=_last4(sent))


def _with_answer(sent: Match, response: Response, outcome: str | None) -> Match:
    """Add what its answer says."""
    try:
        body: Any = json.loads(response["body"])
    except ValueError:
        body = {}
    if not isinstance(body, Mapping):
        body = {}
    return replace(
        sent,
        outcome=outcome,
        reference=sent.reference or _reference(body),
        card_last4=sent.card_last4 or _last4(body),
    )


def _reference(body: Mapping[str, Any]) -> str | None:
    metadata: Any = body.get("metadata")
    order: Any = metadata.get("order") if isinstance(metadata, Mapping) else None
    found: Any = body.get("reference") or order
    return found if isinstance(found, str) else None


def _last4(body: Mapping[str, Any]) -> str | None:
    for place in (body.get("payment_method_data"), body):
        card: Any = place.get("card") if isinstance(place, Mapping) else None
        if isinstance(card, Mapping):
            digits: Any = card.get("last4") or card.get("number")
            if isinstance(digits, str):
                return digits.replace(" ", "")[-4:]
    return None
