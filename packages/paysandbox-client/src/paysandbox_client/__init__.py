"""A typed client for the native API of Serverless Payments Sandbox, with idempotency keys and retries.

    sandbox = Sandbox("http://127.0.0.1:4610", "sk_test_…")
    payment = sandbox.authorize_payment({"amount": 1250, "currency": "USD", "card": {…}})

The shapes of bodies and answers are TypedDicts in `paysandbox_client.shapes`. It is imported for annotations only.
"""

from paysandbox_client.errors import ApiError, NoAnswerError, RequestError
from paysandbox_client.sandbox import Sandbox

__all__ = ["ApiError", "NoAnswerError", "RequestError", "Sandbox"]
