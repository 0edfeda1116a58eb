"""Tokens of transactions, by which a repeated one is recognized."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.dynamodb.refusals import RefusedError

REMEMBERED_S: Final = 10 * 60
"""TransactWriteItems, "ClientRequestToken": valid for 10 minutes after the first request that uses it is completed."""


@dataclass(slots=True)
class Tokens:
    """The tokens of the transactions that were written in the last ten minutes. `clock` is in seconds."""

    clock: Callable[[], float] = time.monotonic
    _written: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])

    def is_repeated(self, token: str, transaction: str) -> bool:
        """Return whether the transaction has been written. Raises RefusedError if the token was another's."""
        self._forget_expired()
        _, written = self._written.get(token, (0.0, None))
        if written not in {None, transaction}:
            raise RefusedError(
                "IdempotentParameterMismatchException",
                "DynamoDB rejected the request because you retried a request with a different payload but with an "
                "idempotent token that was already used.",
            )
        return written is not None

    def remember(self, token: str, transaction: str) -> None:
        """Remember a transaction that has been written."""
        self._written[token] = self.clock() + REMEMBERED_S, transaction

    def _forget_expired(self) -> None:
        now = self.clock()
        for token, (until, _) in [*self._written.items()]:
            if until > now:
                break
            del self._written[token]
