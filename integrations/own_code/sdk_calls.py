"""Makes the calls that it reads, a JSON object a line, with the SDK of its environment, and writes the answers."""

import json
import os
import sys
from urllib.parse import quote

import stripe
from stripe import api_requestor


def _call(asked: dict) -> dict:
    requestor = api_requestor.APIRequestor(
        os.environ["SECRET_KEY"], api_base=os.environ["API"], api_version=os.environ.get("STRIPE_VERSION") or None
    )
    headers = dict(asked["headers"])
    if asked["idempotency_key"]:
        headers["Idempotency-Key"] = asked["idempotency_key"]
    try:
        response, _ = requestor.request(asked["method"].lower(), quote(asked["path"]), asked["params"], headers)
    except stripe.error.StripeError as error:
        return {"status": error.http_status, "body": error.json_body}
    return {"status": response.code, "body": response.data}


for line in sys.stdin:
    print(json.dumps(_call(json.loads(line))), flush=True)
