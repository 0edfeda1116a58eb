"""Errors of reading records from a table's stream."""

from typing import Final

READ_ERRORS: Final = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, StopIteration, OverflowError, RecursionError,
)  # fmt: skip
"""Errors that parsing a malformed image, or folding inconsistent operations, may raise."""


class UnreadableRecordError(Exception):
    """The record cannot be parsed. Retrying does not help."""


class RejectedEventError(Exception):
    """SNS permanently rejects an event of the record, with this code."""
