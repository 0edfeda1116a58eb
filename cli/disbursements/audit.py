"""The audit of an environment's funds and disbursements."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.disbursements.funds_audit import FundsAudit

# A full read each, for what was written during the one before.
_READ_AGAIN: Final = 2
PAUSE_S = 1.0


def audit_funds(target: Target) -> FundsAudit | None:
    """Audit funds and disbursements. None: the environment has none."""
    from cli.disbursements.tables import find_table
    from paysandbox.disbursements import funds_scan

    table = find_table(target)
    if table is None:
        return None
    left = iter(range(_READ_AGAIN))

    def look_again() -> bool:
        time.sleep(PAUSE_S)
        return next(left, None) is not None

    return funds_scan.audit_funds(table, look_again=look_again)


def facts(audited: FundsAudit) -> dict[str, Any]:
    """The JSON output."""
    return {
        "fundings": audited.fundings,
        "movements": audited.movements,
        "disbursements": audited.disbursements,
    }
