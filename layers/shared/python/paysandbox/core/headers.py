"""Names of the API's own headers."""

from typing import Final

SANDBOX_PREFIX: Final = "X-Sandbox-"
"""Begins the name of every header that steers the simulation. One with an unknown name is refused."""

OUTCOME_HEADER: Final = "X-Sandbox-Outcome"
"""The outcome that a caller requests from the simulated bank."""

FAULT_HEADER: Final = "X-Sandbox-Fault"
"""A technical fault that a caller requests. Not simulated yet."""
