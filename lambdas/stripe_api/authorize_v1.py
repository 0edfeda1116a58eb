"""Authorizer of the Stripe-compatible API: identifies the key of a request and what it grants. It logs nothing.

It returns the key itself as `usageIdentifierKey`: API Gateway looks it up among its own keys, and meters the request by
that key's usage plan. A publishable key is a key of API Gateway too, but on plans of this API alone. Of a key that was
issued elsewhere it returns the digest, which is that key's text in API Gateway, so that its own text is stored nowhere.

An unknown key and a missing one are refused differently: the policy for an unknown key names no merchant, and a key to
meter by that is on no usage plan. API Gateway refuses it as an invalid API key, and the handlers refuse whoever has no
merchant. The context has the key as such a refusal shows it.

An ephemeral key is no key of API Gateway: it is metered by that of the key that created it, and its policy names its
customer. It takes a read more than other keys, of the key that created it: without that, it opens nothing.

API Gateway caches a policy and applies it to every request with the same header, so the policy covers everything that
the key grants, not only the method of this request.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.http.keys.credential import (
    WRONG_KEY,
    KeyKind,
    ephemeral_key_named,
    is_issued_elsewhere,
    masked_wrong_key,
    sent_as_key,
)
from paysandbox.http.keys.known_keys import known_key

# Methods and paths of the stage. A publishable key can read and confirm single intents; the handlers check each one's
# client secret, and a source's. With that of a customer session, it can read a customer's cards and remove one. It can
# find a Checkout session's page, and create payment methods, sources and tokens of both kinds, as Stripe's browser
# library does.
OPENED: Final[Mapping[KeyKind, tuple[str, ...]]] = {
    KeyKind.SECRET: ("*",),
    # Not `/*`, which would open `/payment_intents/search` too.
    KeyKind.PUBLISHABLE: (
        "POST/confirmation_tokens",
        "POST/elements/payment_methods/pm_*/detach",
        "GET/elements/sessions",
        "GET/payment_intents/pi_*",
        "POST/payment_intents/pi_*/confirm",
        "POST/payment_methods",
        "GET/payment_pages/cs_*",
        "GET/setup_intents/seti_*",
        "POST/setup_intents/seti_*/confirm",
        "POST/sources",
        "GET/sources/src_*",
        "POST/tokens",
    ),
    # The handlers check the customer that the others name, or whose payment method it is.
    KeyKind.EPHEMERAL: (
        "GET/customers/{customer}",
        "GET/customers/{customer}/payment_methods",
        "GET/payment_methods",
        "POST/payment_methods/*/attach",
        "POST/payment_methods/*/detach",
    ),
}


ON_NO_PLAN: Final = "unknown"
"""In place of a key to meter by. No key of API Gateway is as short: it takes 20 characters and more."""


class UnauthorizedError(Exception):
    """API Gateway answers 401 if an authorizer fails with exactly this message, and 500 for any other failure."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Return the policy of a key. Raises UnauthorizedError if none is sent.

    The context has `merchant` and `kind` if the key is known, and the masked key as `wrong_key`: a known key that is on
    no usage plan is refused as an unknown one is.
    """
    authorization = _authorization(event)
    sent = sent_as_key(authorization)
    shown = {WRONG_KEY: masked_wrong_key(sent)}
    # arn:aws:execute-api:<region>:<account>:<API>/<stage>/<method>/<path>
    stage_arn = "/".join(event["methodArn"].split("/")[:2])
    if ephemeral_key_named(sent):
        return _of_ephemeral_key(authorization, stage_arn, shown)
    known = known_key(authorization)
    if known is None and not sent:
        raise UnauthorizedError
    if known is None:
        return _policy(ON_NO_PLAN, stage_arn, OPENED[KeyKind.SECRET], shown, ON_NO_PLAN)
    text, key = known
    metered = key.digest if is_issued_elsewhere(text) else text
    grants = {"merchant": key.merchant, "kind": str(key.kind)}
    return _policy(key.key_id, stage_arn, OPENED[key.kind], grants | shown, metered)


def _of_ephemeral_key(authorization: Sequence[str], stage_arn: str, shown: Mapping[str, str]) -> dict[str, Any]:
    """Return the policy of an ephemeral key, or of an unknown one if it is none, or no longer one."""
    from paysandbox.stripe_api.ephemeral.keys import known_ephemeral_key  # few requests have one

    key = known_ephemeral_key(authorization)
    if key is None:
        return _policy(ON_NO_PLAN, stage_arn, OPENED[KeyKind.SECRET], shown, ON_NO_PLAN)
    opened = tuple(what.format(customer=key.customer) for what in OPENED[KeyKind.EPHEMERAL])
    grants = {
        "merchant": key.merchant,
        "kind": str(KeyKind.EPHEMERAL),
        "customer": key.customer,
        "expires": str(key.expires),
        **shown,
    }
    return _policy(key.id, stage_arn, opened, grants, key.metered_by)


def _policy(
    principal: str, stage_arn: str, opened: tuple[str, ...], context: Mapping[str, str], metered: str
) -> dict[str, Any]:
    allowed = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": [f"{stage_arn}/{what}" for what in opened],
    }
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
        "context": dict(context),
        "usageIdentifierKey": metered,
    }


def _authorization(event: Mapping[str, Any]) -> list[str]:
    """Return the header's values. AWS keeps the client's case of header names, the local engine lowercases them."""
    headers: Mapping[str, list[str]] = event["multiValueHeaders"] or {}
    return [value for name, values in headers.items() if name.lower() == "authorization" for value in values]
