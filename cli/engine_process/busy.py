"""What a client is told when the engine has no worker for its request: our own problem, and when to come again."""

import json
import uuid
from collections.abc import Callable
from typing import Any


def refuse_as_unavailable(functions: Any, problem: Callable[[], dict[str, Any]]) -> None:
    """Answer 503 with Retry-After where ministack would answer 429 in words of its own. `functions` is its service."""
    to_response = functions.lambda_execute_result_to_api_proxy_response

    def respond(result: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
        if not result.get("throttle"):
            return to_response(result)
        headers = {
            "Content-Type": "application/problem+json",
            "Retry-After": "1",
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
        }
        body = json.dumps({**problem(), "request_id": str(uuid.uuid4())})
        return {"statusCode": 503, "headers": headers, "body": body}, None

    functions.lambda_execute_result_to_api_proxy_response = respond
