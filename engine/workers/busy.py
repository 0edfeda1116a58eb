"""The response when the engine has no worker for a request: a problem of the API with Retry-After."""

import json
import uuid
from collections.abc import Callable
from typing import Any


def refuse_as_unavailable(functions: Any, problem: Callable[[], dict[str, Any]]) -> None:
    """Respond with 503 and Retry-After instead of ministack's own 429. `functions` is its Lambda service."""
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
