"""A settlement of everything so far, for the dashboard's button: as `paysandbox settlements run --now --wait`.

The engine runs this module as a program, with the home in its environment (engine/wall/settlement_run.py):

    {}  →  {"batch": "2026-11-20"}
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli.sandbox.dashboard_program import answer

if TYPE_CHECKING:
    from cli.connection.target import Target


def settled(target: Target, _: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settle all merchants up to now. Return the name of the batch, which is closed."""
    from cli.settlement.run import settle_up_to_now

    return {"batch": settle_up_to_now(target).name}


def main() -> int:
    """Answer the request on standard input. A failure is one line on standard error."""
    return answer(settled)


if __name__ == "__main__":
    sys.exit(main())
