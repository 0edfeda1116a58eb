"""Stands in for the engine's process: holds the home's lock as the launcher does, and ends in the way asked for.

python engine_double.py <home> graceful|stuck|deaf|unable
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cli.engine_process.lock import LOCK_NAME, hold
from cli.engine_process.state import marking

home, way = Path(sys.argv[1]), sys.argv[2]
held = hold(home / LOCK_NAME)
worker = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)


def save(services):
    """As ministack: one file per service."""
    for name, get_state in services.items():
        (home / "state" / f"{name}.json").write_text(get_state(), encoding="utf-8")


def asked_to_stop(*_):
    """`graceful` saves and ends, `stuck` saves and stays, `deaf` does neither, `unable` ends without having saved."""
    if way == "deaf":
        return
    if way == "unable":
        os._exit(0)
    marking(save, home / "state")({"dynamodb": lambda: "payments"})
    if way == "graceful":
        os._exit(0)


signal.signal(signal.SIGTERM, asked_to_stop)
sys.stdout.write("ready\n")
sys.stdout.flush()
while True:
    time.sleep(0.01)
