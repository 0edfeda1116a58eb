"""Powertools' idempotency, with records that bind a key to what it is for.

Powertools calls the persistence layer before and after the effect of a request:

    _put_record     binds the key with one conditional write, or finds what it is bound to
    (the effect)    runs each time, and happens once by the ID that the key is bound to
    _update_record  stores nothing: an answer is rendered again from what the effect recorded, so no record has secrets
    _delete_record  deletes nothing: after a failure, a retry must find the same ID

There is no record "in progress". A request that is killed between any two calls leaves no lock, and its retry completes
it.
"""

import os
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemNotFoundError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.idempotency.serialization.custom_dict import CustomDictSerializer

DISABLED_VARIABLE: Final = "POWERTOOLS_IDEMPOTENCY_DISABLED"

_Bound = TypeVar("_Bound")
_Result = TypeVar("_Result")


class KeyRecords(BasePersistenceLayer, Generic[_Bound]):
    """A persistence layer for one request. `bind` is its conditional write, and returns what the key is bound to.

    It raises Refused if the key is bound to another request.
    """

    def __init__(self, bind: Callable[[], _Bound]) -> None:
        super().__init__()
        self._bind = bind
        self.bound: _Bound | None = None

    def _put_record(self, data_record: DataRecord) -> None:  # noqa: ARG002 - Powertools' signature
        """Bind the key, or find what it is bound to."""
        self.bound = self._bind()

    def _get_record(self, idempotency_key: str) -> DataRecord:  # noqa: ARG002 - Powertools' signature
        """Always raises: a bound key is found by the write itself, so Powertools never asks for a record."""
        raise IdempotencyItemNotFoundError

    def _update_record(self, data_record: DataRecord) -> None:
        """Does nothing: no answer is stored."""

    def _delete_record(self, data_record: DataRecord) -> None:
        """Does nothing: a key stays bound after a failure."""


def run_bound(
    key_id: str, context: Any, bind: Callable[[], _Bound], effect: Callable[[_Bound], _Result]
) -> tuple[_Result, _Bound]:
    """Bind a key, then run `effect` with what it is bound to. Returns the result of both.

    `key_id` identifies the key in Powertools' messages, and `context` is Lambda's of the request. Raises what `bind`
    and `effect` raise, and RuntimeError if Powertools' idempotency is disabled.
    """
    if os.environ.get(DISABLED_VARIABLE):
        raise RuntimeError(f"Unset {DISABLED_VARIABLE}: requests with a key require idempotency.")
    records = KeyRecords(bind)
    _CONFIG.register_lambda_context(context)

    def bound() -> _Bound:
        if records.bound is None:
            raise AssertionError("Powertools binds a key before the effect")
        return records.bound

    @idempotent_function(
        data_keyword_argument="key_id", persistence_store=records, config=_CONFIG, output_serializer=_NO_ANSWER
    )
    def run_once(*, key_id: str) -> _Result:  # noqa: ARG001 - read by Powertools
        return effect(bound())

    try:
        return run_once(key_id=key_id), bound()
    except IdempotencyPersistenceLayerError as error:
        raise error.__cause__ or error from None


def _no_answer(_: Any) -> dict[str, Any]:
    return {}


_NO_ANSWER: Final = CustomDictSerializer(_no_answer, _no_answer)
_CONFIG: Final = IdempotencyConfig()
