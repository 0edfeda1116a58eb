"""An attempt at an intent, with the bank's answer: what the rules of an intent and of an open attempt decide about."""

from paysandbox.core.record import record
from paysandbox.payments.bank.acquirer import Answer
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class AuthorizationAttempt:
    """An attempt to authorize `terms`, and the bank's `answer`. `capture_id` is used if it is captured at once.

    `authentication` is the result of the challenge that the cardholder answered before, if any. `idempotency_key` is
    the caller's, if one was sent. A challenge's page is under `base_url` and leads to `return_url` afterwards.
    """

    terms: IntentTerms
    answer: Answer
    operation_id: str
    capture_id: str
    authentication: AuthenticationResult | None = None
    idempotency_key: str | None = None
    base_url: str = ""
    return_url: str | None = None
