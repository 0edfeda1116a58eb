"""Names of the API's own headers."""

from typing import Final

SANDBOX_PREFIX: Final = "X-Sandbox-"
"""Begins the name of every header that steers the simulation. One with an unknown name is refused."""

OUTCOME_HEADER: Final = "X-Sandbox-Outcome"
"""The outcome that a caller requests from the simulated bank."""

FAULT_HEADER: Final = "X-Sandbox-Fault"
"""A technical fault that a caller requests: `http/faults/kinds.py` has the table."""

FAULT_METADATA: Final = "sandbox_fault"
"""The name in `metadata` that requests one, for callers that cannot send a header."""

SEARCHED_HEADER: Final = "Sandbox-Searched"
"""How many objects a page of a search was compared with. Lists of the native API say it in `searched`."""

APPLIED_HEADER: Final = "Sandbox-Fault-Applied"
"""The fault that a response has. The wall of the local engine does the rest of it."""

MERCHANT_HEADER: Final = "Sandbox-Fault-Merchant"
"""Whose response it is that has a fault, for the wall of the local engine, which removes it."""
