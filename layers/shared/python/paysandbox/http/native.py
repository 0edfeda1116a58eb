"""`@endpoint(route)`: turns requests into calls, and answers and errors into responses, for the native API."""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

from paysandbox.core.cards.masking import masked_body
from paysandbox.core.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, KeyInUse, Refused, problem
from paysandbox.core.json_text import json_text
from paysandbox.core.record import record
from paysandbox.http.html import HTML, PAGE_HEADERS, prefers_html, problem_page
from paysandbox.http.middleware import ApiProtocol, Handled, Prepare, Response, handle, succeeded, warm_up
from paysandbox.http.request import (
    AnyCall,
    Event,
    Headers,
    Read,
    Readers,
    api_key_sent,
    headers_of,
    pages_url,
    path_of,
    read_call,
    read_merchant,
    stage_prefix,
)
from paysandbox.http.route import Route

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""The Cache-Control of an immutable page: for a year."""


@record
class Answer:
    """A success, with the status of its route: its body, whether it is a replay, and the transaction and outcome for
    the log.

    An answer with a `tag` has it as ETag, and becomes a 304 for a client that already has it (RFC 9110, section
    13.1.2). Answers with the same tag say the same, even if their bytes differ.
    """

    body: Mapping[str, Any]
    replayed: bool = False
    transaction_id: str | None = None
    outcome: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    tag: str | None = None


@record(kw_only=True)
class Page:
    """A response with text of another type (HTML, a script): a 200 unless `status` says otherwise.

    `max_age_s` is how long a browser may use it without asking again: 0 makes it ask each time, and None forbids it to
    store the page. One whose address changes with its content is `immutable` (RFC 8246).

    A `tagged` page has an ETag and becomes a 304 for a client that already has it (RFC 9110, section 13.1.2).

    The body is text, never base64: API Gateway decodes base64 only if the first media type of `Accept` is registered as
    binary, and a browser's is `*/*`. The gateway compresses large bodies for clients that accept it.
    """

    text: str
    content_type: str
    status: int = 200
    max_age_s: int | None = None
    immutable: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    outcome: str = "shown"
    tagged: bool = False


def endpoint(
    route: Route, prepare: Prepare | None = None, *, read_body: Read | None = None
) -> Callable[[Callable[[AnyCall], Answer | Page]], Callable[[Event, Any], Response]]:
    """Make a Lambda handler of a function that answers a call.

    An error becomes an RFC 9457 problem. A transient AWS error becomes a 503 that can be retried with the same key, any
    other exception a 500. `prepare` runs before the first request (see `warm_up`).

    The body and the query are read by the route's shapes, which are loaded now. With `read_body`, a reader of the
    declared body (`parameters.py`), they are loaded only to refuse a body.
    """

    warm_up(route, prepare)
    readers = Readers(quick_reader(route, read_body)) if read_body else _readers_of(route)

    def decorate(answer_call: Callable[[AnyCall], Answer | Page]) -> Callable[[Event, Any], Response]:
        @functools.wraps(answer_call)
        def handler(event: Event, context: Any) -> Response:
            def answer(headers: Headers, merchant: str) -> Handled:
                call = read_call(route, event, headers, context, merchant, readers)
                return _answered(answer_call(call), route, call.request_id, headers)

            return handle(_NATIVE, route, event, context, answer)

        return handler

    return decorate


def quick_reader(route: Route, read_body: Read) -> Read:
    """Return a reader of bodies that refuses by the route's shape if `read_body` returns None."""

    def read(sent: Mapping[str, Any]) -> Any:
        body = read_body(sent)
        refuse = _readers_of(route).body if body is None else None
        return refuse(sent) if refuse else body

    return read


def _readers_of(route: Route) -> Readers:
    if route.body is None and route.query is None:
        return Readers()
    from paysandbox.http.shapes import readers_of  # loads pydantic, which routes without shapes do not need

    return readers_of(route)


def _problem(refused: Refused, event: Event, request: str) -> Response:
    body = problem(
        refused.code,
        detail=refused.detail,
        instance=event.get("resource"),
        request_id=request,
        param=refused.param,
        possible=refused.possible,
        errors=refused.errors,
        base_url=pages_url(event),
    )
    if _is_browser(event):
        response = _response(body["status"], problem_page(body, prefix=stage_prefix(event)), request, HTML)
        response["headers"] |= PAGE_HEADERS
    else:
        response = _response(body["status"], json_text(body), request, PROBLEM_CONTENT_TYPE)
    response["headers"]["Vary"] = "Accept"
    retry_after_s = PROBLEMS[refused.code].retry_after_s
    if retry_after_s is not None:
        response["headers"]["Retry-After"] = str(retry_after_s)
    return response


def _is_browser(event: Event) -> bool:
    """Whether the caller prefers HTML. A malformed event gets JSON, since rendering an error must not fail."""
    try:
        return prefers_html(headers_of(event).get("accept", []))
    except (AttributeError, TypeError, ValueError):
        return False


def _in_use(event: Event, headers: Headers) -> Refused:  # noqa: ARG001 - the signature of ApiProtocol
    return KeyInUse()


_NATIVE: Final = ApiProtocol(read_merchant, api_key_sent, masked_body, path_of, _problem, _in_use, lambda _: False)


def _answered(answer: Answer | Page, route: Route, request: str, headers: Headers) -> Handled:
    if isinstance(answer, Page):
        response = _response(answer.status, answer.text, request, answer.content_type)
        if answer.immutable:
            response["headers"]["Cache-Control"] = IMMUTABLE
        elif answer.max_age_s is not None:
            response["headers"]["Cache-Control"] = f"public, max-age={answer.max_age_s}"
        response["headers"] |= answer.headers
        if answer.tagged:
            _tag(response, hashlib.sha256(answer.text.encode()).hexdigest()[:32], headers)
        return succeeded(response, answer.outcome)
    response = _response(route.status, json_text(answer.body), request, "application/json")
    response["headers"] |= answer.headers
    if answer.tag is not None:
        _tag(response, answer.tag, headers)
    if answer.replayed:
        response["headers"]["Idempotent-Replayed"] = "true"
    return succeeded(response, answer.outcome, transaction_id=answer.transaction_id, replayed=answer.replayed)


def _tag(response: Response, text: str, headers: Headers) -> None:
    """Give a response its ETag, and make it a 304 without a body for a client that has it."""
    tag = f'"{text}"'
    response["headers"]["ETag"] = tag
    if _is_known(tag, headers):
        response["statusCode"], response["body"] = 304, ""


def _is_known(tag: str, headers: Headers) -> bool:
    """Return whether If-None-Match has this ETag. Weak tags match too, since the whole text is compared."""
    known = [etag.strip().removeprefix("W/") for value in headers.get("if-none-match", []) for etag in value.split(",")]
    return tag in known or "*" in known


def _response(status: int, text: str, request: str, content_type: str) -> Response:
    headers = {"Content-Type": content_type, "Cache-Control": "no-store", "Request-Id": request}
    return {"statusCode": status, "headers": headers, "body": text, "isBase64Encoded": False}
