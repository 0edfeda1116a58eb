"""Stripe's official SDK for Node: the flows of stripe_node.mjs, run by the project's own node."""

import subprocess
import sys
from pathlib import Path
from typing import Final

NODE: Final = Path(sys.executable).with_name("node")
PROGRAM: Final = Path(__file__).with_suffix(".mjs")
WITHIN_S: Final = 120


def node(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the program and return its output, whatever its exit code."""
    return subprocess.run([NODE, PROGRAM, *words], input=stdin, capture_output=True, timeout=WITHIN_S, check=False)
