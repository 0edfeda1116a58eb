"""A second port of the API: a setting of `paysandbox up`, and a variable of the engine. Empty: none.

For clients that have the port of another program in their settings. Links and pages name the first one.
"""

from typing import Final

SETTING: Final = "PAYSANDBOX_SECOND_PORT"
VARIABLE: Final = "SECOND_PORT"
