"""Gateway responses with what a request's authorizer returned (`$context.authorizer.…`), as on AWS.

ministack passes an authorizer's context to the function and fills none of it into its own responses.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

_VARIABLE: Final = re.compile(rb"\$context\.authorizer\.([A-Za-z]\w*)")

_context: ContextVar[Mapping[str, Any] | None] = ContextVar("authorizer_context", default=None)


def fill_in_authorizer_context(gateway: Any) -> None:
    """Make ministack fill it in. `gateway` is its API Gateway service."""
    authorize, refuse = (
        gateway.authorize_request_v1,
        gateway.gateway_error_response,
    )

    async def authorize_and_keep_context(*arguments: Any) -> Any:
        refusal, context = await authorize(*arguments)
        _context.set(context)
        return refusal, context

    def refuse_with_context(*arguments: Any) -> Any:
        status, headers, body = refuse(*arguments)
        returned = _context.get() or {}
        return status, headers, _VARIABLE.sub(lambda name: str(returned.get(name[1].decode(), "")).encode(), body)

    gateway.authorize_request_v1 = authorize_and_keep_context
    gateway.gateway_error_response = refuse_with_context
