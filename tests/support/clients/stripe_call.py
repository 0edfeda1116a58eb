"""One request to a handler of the Stripe-compatible API: the event of its REST API, and the response.

stripe_send(handler, CAPTURE_PAYMENT_INTENT, {"amount_to_capture": 100}, path={"intent": "pi_…"})
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from stripe._encode import _api_encode

from paysandbox.http.cors import ANY_ORIGIN, CORS_ORIGINS
from paysandbox.http.route import Route
from tests.support.builders import build
from tests.support.clients.call import Context, Reply

Handler = Callable[[Any, Any], dict[str, Any]]

FORM = "application/x-www-form-urlencoded"
BEFORE_BASIL: Final = "2025-02-24.acacia"
"""The last version of Stripe's in which what is released is shown as a refund."""

BEFORE_ENDIVE: Final = "2026-08-26.dahlia"
"""The last version of Stripe's that takes `payment_method_types` of an intent."""


OF_MOBILE_SDK: Final = {"Authorization": f"Bearer sk_test_{build.MERCHANT}_{'a' * 32}", "Stripe-Version": BEFORE_ENDIVE}
"""Headers of a request for an ephemeral key, which is made of the key that creates it and for a version."""


class StripeReply(Reply):
    """The response to the caller."""

    @property
    def error(self) -> dict[str, Any]:
        """The error, or nothing if the request succeeded, or was refused in OAuth's format."""
        error = self.json.get("error", {})
        return error if isinstance(error, dict) else {}


def stripe_event(
    route: Route,
    params: Mapping[str, Any] | str | None = None,
    *,
    key: str | None = None,
    path: Mapping[str, str] | None = None,
    merchant: str | None = build.MERCHANT,
    kind: str = "secret",
    authorizer: Mapping[str, str] | None = None,
    content_type: str | None = FORM,
    headers: Mapping[str, str | Sequence[str]] | None = None,
    request_id: str | None = None,
    domain: str = "127.0.0.1",
) -> dict[str, Any]:
    """Return the event of one request.

    `authorizer` is the context that the authorizer returned, otherwise that of a key of the merchant and the kind.
    `params` are encoded like the official SDK's, as body or query; text is sent as is.
    """
    text = params if isinstance(params, str) else urlencode(list(_api_encode(params or {})))
    several = {name: [value] if isinstance(value, str) else [*value] for name, value in (headers or {}).items()}
    if key is not None:
        several["Idempotency-Key"] = [key]
    is_post = route.method == "POST"
    if is_post and content_type is not None:
        several["Content-Type"] = [content_type]
    known = {} if merchant is None else {"merchant": merchant, "kind": kind, "principalId": merchant}
    known = known if authorizer is None else {**authorizer}
    query = None if is_post else parse_qs(text, keep_blank_values=True) or None
    return {
        "resource": route.path,
        "path": route.path.format_map(path) if path else route.path,
        "httpMethod": route.method,
        "headers": {name: values[-1] for name, values in several.items() if values},
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
        "multiValueQueryStringParameters": query,
        "pathParameters": dict(path) if path else None,
        "stageVariables": {CORS_ORIGINS: ANY_ORIGIN},
        "requestContext": {
            "requestId": request_id or str(uuid.uuid4()),
            "resourcePath": route.path,
            "httpMethod": route.method,
            "stage": "v1",
            "domainName": domain,
            "authorizer": known,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "tests"},
        },
        "body": text if is_post else None,
        "isBase64Encoded": False,
    }


def stripe_send(
    handler: Handler, route: Route, params: Mapping[str, Any] | str | None = None, **parts: Any
) -> StripeReply:
    """Send the request with `params`. `parts` are parameters of `stripe_event`."""
    response = handler(stripe_event(route, params, **parts), Context())
    return StripeReply(response["statusCode"], response["headers"], response["body"])
