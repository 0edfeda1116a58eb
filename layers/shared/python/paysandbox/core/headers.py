"""Names of the API's own headers."""

from typing import Final

OUTCOME_HEADER: Final = "X-Sandbox-Outcome"
"""The outcome that a caller requests from the simulated bank."""
