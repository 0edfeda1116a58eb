"""Makes the calls that it reads, a JSON object a line, with the SDK of its environment, and writes the answers."""

import json
import os
import sys
from urllib.parse import quote

import stripe

_KEY, _API, _VERSION = os.environ["SECRET_KEY"], os.environ["API"], os.environ.get("STRIPE_VERSION") or None

_ERROR = stripe.StripeError if hasattr(stripe, "StripeError") else stripe.error.StripeError


def _call(asked: dict) -> dict:
    headers = dict(asked["headers"])
    if asked["idempotency_key"]:
        headers["Idempotency-Key"] = asked["idempotency_key"]
    send = _by_client if hasattr(stripe, "StripeClient") else _by_requestor
    try:
        response = send(asked["method"].lower(), quote(asked["path"]), asked["params"], headers)
    except _ERROR as error:
        return {"status": error.http_status, "body": error.json_body}
    return {"status": response.code, "body": response.data}


def _by_client(method: str, path: str, params: dict, headers: dict):
    """Send a call as the SDK does since 8.0. Since 13.0 it has no `api_requestor`."""
    client = stripe.StripeClient(_KEY, stripe_version=_VERSION, base_addresses={"api": _API})
    return client.raw_request(method, path, headers=headers, **params)


def _by_requestor(method: str, path: str, params: dict, headers: dict):
    """Send a call as the SDK did before 8.0."""
    from stripe import api_requestor

    response, _ = api_requestor.APIRequestor(_KEY, api_base=_API, api_version=_VERSION).request(
        method, path, params, headers
    )
    return response


for line in sys.stdin:
    print(json.dumps(_call(json.loads(line))), flush=True)
