"""Authorizer of the Stripe-compatible API: whose key a request sends, and what that key opens. It logs nothing.

API Gateway keeps an answer for a while and applies it to every request with the same header, so it says all that the
key opens, not whether it opens this one method.
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.http.credential import KeyKind
from paysandbox.http.known_keys import known_key

# Methods and paths of the stage. A publishable key reads and confirms single intents; the handlers ask it for each
# one's client secret.
OPENED: Final[Mapping[KeyKind, tuple[str, ...]]] = {
    KeyKind.SECRET: ("*",),
    KeyKind.PUBLISHABLE: ("GET/payment_intents/*", "POST/payment_intents/*/confirm"),
}


class UnauthorizedError(Exception):
    """API Gateway answers 401 to an authorizer that fails with exactly this word, and 500 to every other failure."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """A policy for the key, and in its context `merchant` and `kind`. Raises UnauthorizedError for no known key."""
    key = known_key(_authorization(event))
    if key is None:
        raise UnauthorizedError
    # arn:aws:execute-api:<region>:<account>:<API>/<stage>/<method>/<path>
    stage_arn = "/".join(event["methodArn"].split("/")[:2])
    allowed = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": [f"{stage_arn}/{what}" for what in OPENED[key.kind]],
    }
    return {
        "principalId": key.key_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
        "context": {"merchant": key.merchant, "kind": str(key.kind)},
    }


def _authorization(event: Mapping[str, Any]) -> list[str]:
    """The header's values. AWS names headers as the client did, the local engine in lower case."""
    headers: Mapping[str, list[str]] = event["multiValueHeaders"] or {}
    return [value for name, values in headers.items() if name.lower() == "authorization" for value in values]
