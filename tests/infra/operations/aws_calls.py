"""Record this process's AWS calls as IAM actions and resources."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.endpoint import Endpoint

Call = tuple[str, str]

# By service: the request parameter that names the resource, and the format of the end of its ARN.
_OVER: Mapping[str, tuple[str, str]] = {
    "cloudformation": ("StackName", "stack/{}/*"),
    "cognito-idp": ("UserPoolId", "userpool/{}"),
    "dynamodb": ("TableName", "table/{}"),
}
_WITHOUT_RESOURCE = ("GetAccountSettings",)


@contextmanager
def watched() -> Iterator[set[Call]]:
    """Record the action and the end of the resource's ARN of every call in the block. Calls are still made."""
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
    if operation.name in _WITHOUT_RESOURCE:
        return f"{service}:{operation.name}", "*"
    body = request["body"]
    parameter, arn = _OVER[service]
    sent = body if isinstance(body, Mapping) else json.loads(body)
    return f"{service}:{operation.name}", arn.format(sent[parameter])
