"""The time from saving a handler until a request shows the edit, with `paysandbox up --watch`.

The watching code of `up --watch` runs here, at the same interval, on a copy of this checkout's handlers and layer, so
that the working tree stays as it is. The sandbox can be that of the wheel.
"""

import shutil
import time
from pathlib import Path
from threading import Event, Thread
from typing import Final

import httpx

from cli.sandbox.installation import ROOT
from cli.sandbox.state_dir import StateDir
from cli.sandbox.watch import POLL_S, Watch, times

EDITS: Final = 3

_HANDLER: Final = "lambdas/payments/get_health.py"
_STATUS: Final = '"status": "ok"'
_PATIENCE_S: Final = 60
_ASK_EVERY_S: Final = 0.01


def measure(home: StateDir, port: int, tree: Path, edits: int = EDITS) -> list[float]:
    """Return the seconds of each edit. The copy of the sources is made in `tree`. Raises TimeoutError."""
    for name in ("lambdas", "layers/shared"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".built"))
    watch, ending = Watch(home, times(tree), lambda _: None, tree), Event()

    def look() -> None:
        while not ending.wait(POLL_S):
            watch.look()

    watching = Thread(target=look)
    watching.start()
    try:
        seconds: list[float] = []
        for number in range(edits):
            time.sleep(POLL_S * number / edits)  # at different times between two looks
            seconds.append(_edit(tree / _HANDLER, f"edited {number}", port))
        return seconds
    finally:
        ending.set()
        watching.join()


def _edit(handler: Path, status: str, port: int) -> float:
    original = (ROOT / _HANDLER).read_text(encoding="utf-8")
    edited = original.replace(_STATUS, f'"status": "{status}"')
    if edited == original:
        raise ValueError(f"{_HANDLER} does not have {_STATUS}")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE_S) as client:
        handler.write_text(edited, encoding="utf-8")
        saved = time.monotonic()
        while client.get("/health").raise_for_status().json()["status"] != status:
            if time.monotonic() > saved + _PATIENCE_S:
                raise TimeoutError(f"{_HANDLER} is not live {_PATIENCE_S} s after it was saved")
            time.sleep(_ASK_EVERY_S)
        return time.monotonic() - saved
