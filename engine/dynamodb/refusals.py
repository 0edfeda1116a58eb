"""How a request ends if it is not answered: refused, as DynamoDB would refuse it, or not known here."""

from collections.abc import Mapping
from typing import Any, Final

_SERVICE: Final = "com.amazonaws.dynamodb.v20120810#"
_VALIDATION: Final = "com.amazon.coral.validate#ValidationException"


class UnusualRequestError(Exception):
    """A request that the product does not send. Nothing was read or written: another implementation can answer it."""


class RefusedError(Exception):
    """DynamoDB refuses the request, with status 400, and nothing of it was written.

    `code` is the error's name without its namespace, and `extra` what the body has beside the message.
    """

    def __init__(self, code: str, message: str, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(code, message)
        self.code: Final = code
        self.message: Final = message
        self.extra: Final[Mapping[str, Any]] = extra or {}

    def body(self) -> dict[str, Any]:
        """Return the body of the response."""
        error_type = _VALIDATION if self.code == "ValidationException" else f"{_SERVICE}{self.code}"
        # The one error of DynamoDB whose message is in upper case (API reference, TransactWriteItems, examples).
        name = "Message" if self.code == "TransactionCanceledException" else "message"
        return {"__type": error_type, name: self.message, **self.extra}


def invalid(message: str) -> RefusedError:
    """Return DynamoDB's refusal of a request that can never succeed."""
    return RefusedError("ValidationException", message)


def condition_failed(item: Mapping[str, Any] | None = None) -> RefusedError:
    """Return the refusal of a write whose condition is false. `item` is the stored one, if the request asks for it."""
    extra = {} if item is None else {"Item": item}
    return RefusedError("ConditionalCheckFailedException", "The conditional request failed", extra)
