"""`@endpoint(route)`: the one place where requests become calls, and answers and refusals become responses."""

import functools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.cors import EVERY_ANSWER
from paysandbox.counts import Count
from paysandbox.domain.masking import masked_text
from paysandbox.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, Code, Refused, problem
from paysandbox.routes.route import Route
from paysandbox.runtime import watch
from paysandbox.runtime.request import Call, Event, headers_of, key_sent, masked, read_call, read_merchant, request_id
from paysandbox.runtime.warm import warm

Response = dict[str, Any]

_TRANSIENT: Final = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "TransactionInProgressException",
    }
)

_MAX_DETAIL: Final = 500
# Sorted keys, since a map that was in DynamoDB comes back in any order, and a replay is the same bytes.
_json: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_COUNTED: Final = {
    "approved": Count.APPROVED,
    "declined": Count.DECLINED,
    "captured": Count.CAPTURED,
    "voided": Count.VOIDED,
    "refunded": Count.REFUNDED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200: its body, whether it repeats an earlier one, and for the log what it was about and how it ended."""

    body: Mapping[str, Any]
    replayed: bool = False
    transaction_id: str | None = None
    outcome: str = "ok"


@dataclass(frozen=True, slots=True)
class Page:
    """A 200 that is a text of some other kind (HTML, a script), and for how many seconds a browser may keep it.

    Text and never base64: API Gateway decodes that only for callers whose first `Accept` it was told of, and a
    browser's is `*/*`. Large texts are compressed by the gateway, for those who ask.
    """

    text: str
    content_type: str
    max_age_s: int = 0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    outcome: str = "shown"


def endpoint(route: Route) -> Callable[[Callable[[Call], Answer | Page]], Callable[[Event, Any], Response]]:
    """Make a Lambda handler of a function from a call to its answer.

    A refusal becomes its problem; trouble on AWS's side a 503 that may be repeated under the same key; anything else
    a 500. Each is logged in one line, from which the request log is made: it holds the body, masked.
    """

    warm(route)

    def decorate(answer_call: Callable[[Call], Answer | Page]) -> Callable[[Event, Any], Response]:
        @functools.wraps(answer_call)
        def handler(event: Event, context: Any) -> Response:
            started = time.perf_counter()
            line: dict[str, Any] = {
                "request_id": request_id(event, context),
                "route": route.name,
                "method": route.method,
                "cold_start": watch.cold_start(),
            }
            try:
                headers = headers_of(event)
                line["idempotency_key"] = key_sent(headers) if route.idempotent else None
                line["body"] = masked(event) if route.body else None
                merchant = read_merchant(route, event, headers)
                line["merchant"] = merchant or None
                call = read_call(route, event, headers, context, merchant)
                answer = answer_call(call)
                response = _answered(answer, line["request_id"])
                line |= _facts(answer)
                count = _count(answer)
            except Exception as error:  # noqa: BLE001 - the last place that can still answer the caller
                refused = _refused(error)
                if refused.code is Code.INTERNAL_ERROR or refused.code is Code.SERVICE_UNAVAILABLE:
                    line |= watch.unexpected(error)
                line |= {"outcome": "refused", "code": str(refused.code), "param": refused.param}
                line["detail"] = masked_text(refused.detail, _MAX_DETAIL) or None
                response = _problem(refused, event, line["request_id"])
                count = Count.FAILED if response["statusCode"] >= 500 else Count.REFUSED
            line["status"] = response["statusCode"]
            line["duration_ms"] = round((time.perf_counter() - started) * 1000, 3)
            facts = {name: fact for name, fact in line.items() if fact is not None}
            watch.request_line(facts, count, failed=response["statusCode"] >= 500)
            return response

        return handler

    return decorate


def _facts(answer: Answer | Page) -> dict[str, Any]:
    """What the log says of an answer."""
    if isinstance(answer, Page):
        return {"outcome": answer.outcome}
    return {
        "transaction_id": answer.transaction_id,
        "outcome": answer.outcome,
        "replayed": answer.replayed or None,
    }


def _count(answer: Answer | Page) -> str | None:
    """The metric that an answer counts for. Reads count for none: Lambda's own Invocations has them."""
    if isinstance(answer, Answer) and answer.replayed:
        return Count.REPLAYED
    return _COUNTED.get(answer.outcome)


def _refused(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if _is_transient(error):
        return Refused(Code.SERVICE_UNAVAILABLE, "Try again with the same idempotency key; nothing is done twice.")
    return Refused(Code.INTERNAL_ERROR, "Tell us the request_id. A retry with the same key does nothing twice.")


def _is_transient(error: Exception) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        return status >= 500 or error.response.get("Error", {}).get("Code") in _TRANSIENT
    return isinstance(error, BotoCoreError)


def _problem(refused: Refused, event: Event, request: str) -> Response:
    body = problem(
        refused.code,
        detail=refused.detail,
        instance=event.get("resource"),
        request_id=request,
        param=refused.param,
        possible=refused.possible,
        errors=refused.errors,
        prefix=_prefix(event),
    )
    response = _response(body["status"], _json(body), request, PROBLEM_CONTENT_TYPE)
    retry_after_s = PROBLEMS[refused.code].retry_after_s
    if retry_after_s is not None:
        response["headers"]["Retry-After"] = str(retry_after_s)
    return response


def _prefix(event: Event) -> str:
    """The stage, where it is part of the address: on the gateway's own host names, not under a domain."""
    context = event.get("requestContext") or {}
    return f"/{context.get('stage')}" if ".execute-api." in (context.get("domainName") or "") else ""


def _answered(answer: Answer | Page, request: str) -> Response:
    if isinstance(answer, Answer):
        response = _response(200, _json(answer.body), request, "application/json")
        if answer.replayed:
            response["headers"]["Idempotent-Replayed"] = "true"
        return response
    response = _response(200, answer.text, request, answer.content_type)
    if answer.max_age_s:
        response["headers"]["Cache-Control"] = f"public, max-age={answer.max_age_s}"
    response["headers"] |= answer.headers
    return response


def _response(status: int, text: str, request: str, content_type: str) -> Response:
    headers = {"Content-Type": content_type, "Cache-Control": "no-store", "Request-Id": request, **EVERY_ANSWER}
    return {"statusCode": status, "headers": headers, "body": text, "isBase64Encoded": False}
