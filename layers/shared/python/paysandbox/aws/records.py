"""Records of a table's stream, and what reading one may raise."""

from typing import Final

TROUBLE: Final = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, StopIteration, OverflowError, RecursionError,
)  # fmt: skip
"""What reading an image raises that is not of the form that this code writes, and folding what contradicts itself."""


class UnreadableRecordError(Exception):
    """A record that says nothing to this code, however often it is read."""
