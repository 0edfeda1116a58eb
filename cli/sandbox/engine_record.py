"""What a home's record says of its running engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.connection.target import LOCAL, local_target
from cli.state import saved_state

if TYPE_CHECKING:
    from cli.sandbox.engine import Engine
    from cli.state.state_dir import StateDir


def record_engine(home: StateDir, running: Engine) -> None:
    """Write the record, whose home's lock the caller holds."""
    target = local_target(home, running.port, home.read().region)
    home.change(
        environment=LOCAL,
        port=running.port,
        pid=running.pid,
        started_at=running.started_at,
        aws_endpoint_url=target.aws_endpoint_url,
        base_url=target.base_url,
        last_graceful_stop=saved_state.saved_at(home),
    )
