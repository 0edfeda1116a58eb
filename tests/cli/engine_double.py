"""Stub of the engine's process: holds the home's lock as the launcher does, and ends in the requested way.

python engine_double.py <home> graceful|stuck|deaf|unable
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from engine.lock import LOCK_NAME, hold, now
from engine.state import generations
from engine.state.generations import FOLDER_NAME, Mark, engine_name

home, way = Path(sys.argv[1]), sys.argv[2]
held = hold(home / LOCK_NAME)
worker = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)


def save():
    """Save as the launcher does when asked to stop."""
    facts = json.loads((home / LOCK_NAME).read_text(encoding="utf-8"))
    beside = generations.begin(home / FOLDER_NAME)
    generations.put("payments", beside / "dynamodb.json", None)
    generations.commit(beside, Mark(now(), facts["port"], engine_name(facts), last=True))


def on_stop_signal(*_):
    """`graceful` saves and ends, `stuck` saves and stays, `deaf` does neither, `unable` ends without having saved."""
    if way == "deaf":
        return
    if way == "unable":
        os._exit(0)
    save()
    if way == "graceful":
        os._exit(0)


signal.signal(signal.SIGTERM, on_stop_signal)
sys.stdout.write("ready\n")
sys.stdout.flush()
while True:
    time.sleep(0.01)
