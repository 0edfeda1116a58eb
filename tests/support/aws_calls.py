"""What this process asks AWS for, as IAM names it: the action, and what it is over."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.endpoint import Endpoint

Call = tuple[str, str]

# Of a JSON or query request, the parameter that names what it is over, and how the end of its ARN is written.
_OVER: Mapping[str, tuple[str, str]] = {
    "cloudformation": ("StackName", "stack/{}/*"),
    "cognito-idp": ("UserPoolId", "userpool/{}"),
    "dynamodb": ("TableName", "table/{}"),
}


@contextmanager
def watched() -> Iterator[set[Call]]:
    """Every call that is made in the block: its action, and the end of the ARN it is over. Calls are made as ever."""
    calls: set[Call] = set()
    make: Callable[..., Any] = Endpoint.make_request

    def make_request(endpoint: Endpoint, operation: Any, request: Mapping[str, Any]) -> Any:
        calls.add(_call(operation, request))
        return make(endpoint, operation, request)

    with patch.object(Endpoint, "make_request", make_request):
        yield calls


def _call(operation: Any, request: Mapping[str, Any]) -> Call:
    service = operation.service_model.service_name
    if service == "apigateway":
        return f"apigateway:{request['method']}", request["url_path"]
    body = request["body"]
    parameter, arn = _OVER[service]
    sent = body if isinstance(body, Mapping) else json.loads(body)
    return f"{service}:{operation.name}", arn.format(sent[parameter])
