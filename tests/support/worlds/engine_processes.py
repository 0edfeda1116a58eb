"""The processes of a home's engines."""

from pathlib import Path

import psutil

from cli.sandbox import engine


def engine_processes(home: Path) -> list[int]:
    """Return the IDs of the processes of this home's engines, whether they have its lock or wait for it.

    Linux shows a process without arguments for a moment after it has started. Poll for one that was just started.
    """
    words = [str(engine.LAUNCHER), str(home)]
    return [each.pid for each in psutil.process_iter(["cmdline"]) if (each.info["cmdline"] or [])[-2:] == words]
