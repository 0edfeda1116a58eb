"""What went wrong, as the refusal that a caller is told: trouble on AWS's side may be repeated under the same key."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.core.errors import Code, Refused

_TRANSIENT: Final = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "TransactionInProgressException",
    }
)


def refusal_of(error: Exception) -> Refused:
    """The refusal that an exception is, or amounts to: service_unavailable or internal_error."""
    if isinstance(error, Refused):
        return error
    if _is_transient(error):
        return Refused(Code.SERVICE_UNAVAILABLE, "Try again with the same idempotency key; nothing is done twice.")
    return Refused(Code.INTERNAL_ERROR, "Tell us the request_id. A retry with the same key does nothing twice.")


def _is_transient(error: Exception) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        return status >= 500 or error.response.get("Error", {}).get("Code") in _TRANSIENT
    return isinstance(error, BotoCoreError)
