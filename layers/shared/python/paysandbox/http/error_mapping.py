"""Map exceptions to the errors that a caller receives. Transient AWS errors can be retried with the same key."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws.contention import is_contention
from paysandbox.aws.schema import LEDGER_IS_FULL
from paysandbox.core.errors import Code, Contended, Refused

_TRANSIENT: Final = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "TransactionInProgressException",
    }
)


_WITHOUT_KEY: Final = (
    "It is unknown whether the request took effect, and it has no idempotency key. Check before you repeat it."
)


def refusal_of(error: Exception, *, without_key: bool = False) -> Refused:
    """Return the error for an exception: itself if it is Refused, else service_unavailable or internal_error.

    `without_key`: the request could have had an idempotency key and has none, so sending it again may repeat it.
    """
    if isinstance(error, Refused):
        return error
    told = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
    if told.get("Code") == LEDGER_IS_FULL:
        return Refused(Code.PAYMENT_LIMIT_REACHED, told.get("Message", ""))
    if isinstance(error, ClientError) and is_contention(error.response):
        return Contended()
    if without_key:
        return Refused(Code.SERVICE_UNAVAILABLE if _is_transient(error) else Code.INTERNAL_ERROR, _WITHOUT_KEY)
    if _is_transient(error):
        return Refused(Code.SERVICE_UNAVAILABLE, "Retry with the same idempotency key. The operation is not repeated.")
    return Refused(
        Code.INTERNAL_ERROR, "Retry with the same idempotency key. If the error persists, report the request_id."
    )


def _is_transient(error: Exception) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        code = error.response.get("Error", {}).get("Code")
        return status >= 500 or code in _TRANSIENT
    return isinstance(error, BotoCoreError)
