"""The largest payment that the contract allows, and the longest texts in it."""

from paysandbox.payments.limits import MAX_METADATA_BYTES, MAX_METADATA_KEYS, MAX_TEXT_BYTES, metadata_text
from paysandbox.payments.payment import MAX_AMOUNTS, MAX_CAPTURES, Payment
from paysandbox.payments.requests import AuthorizePayment, RefundPayment
from tests.support.builders import build

# The contract counts text in characters; these are the longest in bytes that it accepts.
LONGEST_CHARACTER = "\U0001f4b6"
LONGEST_TEXT = LONGEST_CHARACTER * (MAX_TEXT_BYTES // 4)
LONGEST_REFERENCE = LONGEST_CHARACTER * 100
ROOM_FOR_LATER_BYTES = 64 * 1024
"""Expiry, settlement and disputes append to a payment and are never refused for lack of space: 235 bytes for each of
200 operations' settlement, plus a margin.
"""


def largest_metadata() -> str:
    """Return the largest metadata that the contract allows: the handler stores the map as one JSON text."""
    value = "\x01" * ((MAX_METADATA_BYTES // MAX_METADATA_KEYS - 8) // len("\\u0001"))
    metadata = {f"{number:02}": value for number in range(MAX_METADATA_KEYS)}
    AuthorizePayment.model_validate(
        build.authorize_body(metadata=metadata, description=LONGEST_TEXT, reference=LONGEST_REFERENCE)
    )
    return metadata_text(metadata)


def largest_payment() -> Payment:
    """Return a payment with the maximum number of refunds, then captures, which have their own limit."""
    RefundPayment.model_validate(build.refund_body(reason=LONGEST_TEXT))
    refunds = MAX_AMOUNTS - 1
    return build.lived(
        99_999_999,
        captures=[50_000_000, *[1_000_000] * (MAX_CAPTURES - 1)],
        refunds=[(1, 300_001)] * refunds,
        reason=LONGEST_TEXT,
        request_id="c" * 36,
        merchant="m" * 32,
        description=LONGEST_TEXT,
        reference=LONGEST_REFERENCE,
        metadata=largest_metadata(),
    )
