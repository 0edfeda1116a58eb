"""`@endpoint(route)`: the one place where requests become calls, and answers and refusals become responses."""

import functools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.errors import PROBLEM_CONTENT_TYPE, PROBLEMS, Code, Refused, problem
from paysandbox.routes.route import Route
from paysandbox.runtime import watch
from paysandbox.runtime.request import Call, Event, read_call, read_merchant, request_id
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

_COUNTED: Final = frozenset({"approved", "declined", "captured", "voided", "refunded"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200: its body, whether it repeats an earlier one, and for the log what it was about and how it ended."""

    body: Mapping[str, Any]
    replayed: bool = False
    transaction_id: str | None = None
    outcome: str = "ok"


def endpoint(route: Route) -> Callable[[Callable[[Call], Answer]], Callable[[Event, Any], Response]]:
    """Make a Lambda handler of a function from a call to its answer.

    A refusal becomes its problem; trouble on AWS's side a 503 that may be repeated under the same key; anything else
    a 500. Each is logged in one line; none repeats what was sent.
    """

    warm(route)

    def decorate(answer_call: Callable[[Call], Answer]) -> Callable[[Event, Any], Response]:
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
                merchant = read_merchant(route, event)
                line["merchant"] = merchant or None
                call = read_call(route, event, context, merchant)
                answer = answer_call(call)
                response = _response(200, answer.body, line["request_id"], replayed=answer.replayed)
                line |= {"transaction_id": answer.transaction_id, "outcome": answer.outcome}
                line["replayed"] = answer.replayed or None
                count = _count(answer)
            except Exception as error:  # noqa: BLE001 - the last place that can still answer the caller
                refused = _refused(error)
                if refused.code is Code.INTERNAL_ERROR or refused.code is Code.SERVICE_UNAVAILABLE:
                    line |= watch.unexpected(error)
                line |= {"outcome": "refused", "code": str(refused.code), "param": refused.param}
                response = _problem(refused, event, line["request_id"])
                count = "Failed" if response["statusCode"] >= 500 else "Refused"
            line["status"] = response["statusCode"]
            line["duration_ms"] = round((time.perf_counter() - started) * 1000, 3)
            facts = {name: fact for name, fact in line.items() if fact is not None}
            watch.request_line(facts, count, failed=response["statusCode"] >= 500)
            return response

        return handler

    return decorate


def _count(answer: Answer) -> str | None:
    """The metric that an answer counts for. Reads count for none: Lambda's own Invocations has them."""
    if answer.replayed:
        return "Replayed"
    return answer.outcome.capitalize() if answer.outcome in _COUNTED else None


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
    )
    response = _response(body["status"], body, request, content_type=PROBLEM_CONTENT_TYPE)
    retry_after_s = PROBLEMS[refused.code].retry_after_s
    if retry_after_s is not None:
        response["headers"]["Retry-After"] = str(retry_after_s)
    return response


def _response(
    status: int,
    body: Mapping[str, Any],
    request: str,
    *,
    content_type: str = "application/json",
    replayed: bool = False,
) -> Response:
    headers = {
        "Content-Type": content_type,
        "Cache-Control": "no-store",
        "Request-Id": request,
        "Access-Control-Allow-Origin": "*",
    }
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    # Sorted keys, since a map that was in DynamoDB comes back in any order, and a replay is the same bytes.
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"statusCode": status, "headers": headers, "body": text, "isBase64Encoded": False}
