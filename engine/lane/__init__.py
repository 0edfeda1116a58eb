"""The lane: calls of AWS by functions on this machine, over sockets of their workers instead of HTTP."""

from typing import Final

VARIABLE: Final = "FUNCTION_CALLS"
"""How functions call AWS: a variable of the engine. `http`: as everybody else does."""
SETTING: Final = "PAYSANDBOX_FUNCTION_CALLS"
"""The same as a setting of `paysandbox up`."""
BY_HTTP: Final = "http"
