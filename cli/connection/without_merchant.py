"""Why some commands have no `--merchant`: what they do is of all merchants, of none, or of the one that they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WHOLE: Final = "It is for the whole sandbox, with all merchants."
_TEXT: Final = "It prints the same for every merchant."
_CLOCK: Final = "All merchants have the same clock."
_NAMED: Final = "The ID says which merchant it is."
_DONORS: Final = "Donations are to the sandbox's own merchant."
_PROVIDER: Final = "A provider's statement is about the disbursements of all merchants."

REASONS: Final[Mapping[str, str]] = {
    "up": _WHOLE,
    "down": _WHOLE,
    "doctor": _WHOLE,
    "state": _WHOLE,
    "eject": _WHOLE,
    "verify": _WHOLE,
    "redrive": "A dead-letter queue has messages of all merchants.",
    "open": "The dashboard shows all merchants. Choose one there.",
    "clock": _CLOCK,
    "cards": _TEXT,
    "faults kinds": _TEXT,
    "help": _TEXT,
    "version": _TEXT,
    "completion": _TEXT,
    "events rebuild": "It rebuilds the events of all merchants.",
    "disbursements resolve": _NAMED,
    "disbursements statement": _PROVIDER,
    "disbursements reconcile": _PROVIDER,
    "disbursements secrets": "All merchants are paid through the same account of the provider.",
    "settlements run": "A run settles all merchants.",
    "settlements reconcile": "The report says which merchant it is of.",
    "donations": _DONORS,
    "keys sync": "It is for the keys of all merchants.",
    "keys revoke": "KEY_ID, or the key, says which merchant it is.",
    "audit": "The ledger balances over all merchants, so all are checked.",
    "lose": "Each run creates a merchant of its own.",
}
"""By the command, or the group that it is in, without `paysandbox`."""


def reason_of(command_path: str) -> str | None:
    """Return why a command (`paysandbox settlements run`) has no `--merchant`, or None if nothing is known of it."""
    words = command_path.split()[1:]
    return next((REASONS[name] for size in (2, 1) if (name := " ".join(words[:size])) in REASONS), None)
