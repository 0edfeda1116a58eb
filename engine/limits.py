"""Limits of the local engine, most of them of its memory: settings of `paysandbox up`, and variables of the engine."""

from typing import Final

ENTRIES_SETTING: Final = "PAYSANDBOX_LOG_ENTRIES_MAX"
ENTRIES_VARIABLE: Final = "LOG_ENTRIES_MAX"
ENTRIES_MAX: Final = 20_000
"""How many entries the request log keeps, and the feed as many (engine/state/retention.py)."""

PAYMENTS_SETTING: Final = "PAYSANDBOX_PAYMENTS_MAX"
PAYMENTS_VARIABLE: Final = "PAYMENTS_MAX"
PAYMENTS_MAX: Final = 200_000
"""How many payments the ledger takes (engine/state/payment_limit.py)."""

SEARCH_SETTING: Final = "PAYSANDBOX_SEARCH_MS"
SEARCH_MS: Final = 300
"""For how many milliseconds a request compares what no index has, about: it reads 100 or 200 at once."""

PROBE: Final = "probe"
"""The merchant of the payment that proves that the sandbox works. It appears in no other merchant's lists."""
