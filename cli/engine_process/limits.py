"""The limits of what the local engine keeps in memory, with their environment variables."""

from typing import Final

ENTRIES_VARIABLE: Final = "LOG_ENTRIES_MAX"
ENTRIES_MAX: Final = 20_000
"""How many entries the request log keeps, and the feed as many (retention.py)."""
