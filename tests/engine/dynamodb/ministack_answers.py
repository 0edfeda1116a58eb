"""Answers requests to DynamoDB as ministack does. Run with the engine's Python by implementations.py.

A line of stdin is `{"tables": […], "requests": [[operation, request], …]}`, and the line of stdout for it the list of
`[status, body]`. Each line begins with these tables, empty.
"""

import asyncio
import json
import sys
from typing import Any

from ministack.services import dynamodb  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only


def answer(operation: str, request: dict[str, Any]) -> tuple[int, Any]:
    """Return the status and the body of a response."""
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    status, _, body = asyncio.run(dynamodb.handle_request("POST", "/", headers, json.dumps(request).encode(), {}))
    return status, json.loads(body)


for line in sys.stdin:
    case = json.loads(line)
    dynamodb.reset()
    for table in case["tables"]:
        assert answer("CreateTable", table)[0] == 200
    sys.stdout.write(json.dumps([answer(*request) for request in case["requests"]]) + "\n")
    sys.stdout.flush()
