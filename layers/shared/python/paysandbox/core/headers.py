"""Names of headers of our own."""

from typing import Final

OUTCOME_HEADER: Final = "X-Sandbox-Outcome"
"""What a caller asks the simulated bank to say."""
