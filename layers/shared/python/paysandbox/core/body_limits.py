"""How many bytes a request's body may have."""

from typing import Final

MAX_BODY_BYTES: Final = 1_000_000
MAX_OPEN_BYTES: Final = 256_000
"""The limit for a caller without an API key: a donor, a cardholder, or a webhook that is queued."""
