"""The sandboxes of one folder: the default one, and those that `paysandbox --name` selects."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator

from cli.sandbox import engine, processes
from cli.state.state_dir import StateDir
from cli.terminal.sandbox_name import DEFAULT


def reserve_port(home: StateDir) -> None:
    """Record a port for the first start of a named sandbox: a free one above the default, and no other sandbox's.

    A stopped sandbox keeps its port. The folder is locked meanwhile, so that two first starts at once get two ports.
    """
    if home.name is None or home.read().port is not None:
        return
    with (home.path.parent / ".lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        used = {other.read().port for other in _others(home)}
        first = engine.DEFAULT_PORT + 1
        home.change(
            port=next(port for port in range(first, 65536) if port not in used and not processes.is_taken(port))
        )


def running_others(home: StateDir) -> dict[str, str]:
    """Return the base URLs of the other running sandboxes of the home's folder, by name."""
    urls = {other.name or DEFAULT: other.read().base_url for other in _others(home) if engine.running(other)}
    return {name: url for name, url in urls.items() if url is not None}


def _others(home: StateDir) -> Iterator[StateDir]:
    for other in (home.default, *home.default.named()):
        if other != home:
            yield other
