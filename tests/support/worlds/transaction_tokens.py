"""The tokens of DynamoDB's transactions, which moto ignores.

DynamoDB executes a transaction once for each `ClientRequestToken` and the same parameters. A token that comes with
others is refused with IdempotentParameterMismatchException for ten minutes, here until the tables are put back ("Amazon
DynamoDB Transactions: How it works", AWS). A transaction that was canceled does not bind its token.
"""

import json
from typing import Final

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.responses import DynamoHandler

_executed: Final[dict[str, str]] = {}
_execute: Final = DynamoHandler.transact_write_items


_MISMATCH: Final = "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"


def _transact(self: DynamoHandler) -> ActionResult:
    token, writes = self.body.get("ClientRequestToken"), json.dumps(self.body["TransactItems"], sort_keys=True)
    if token is None or token not in _executed:
        answer = _execute(self)
        if token is not None:
            _executed[token] = writes
        return answer
    if _executed[token] != writes:
        raise DynamodbException(_MISMATCH, "The token was used with other parameters.")
    return ActionResult({})


def take() -> None:
    """Let moto keep tokens in this process from now on."""
    DynamoHandler.transact_write_items = _transact


def forget() -> None:
    """Forget all tokens, as after ten minutes."""
    _executed.clear()
