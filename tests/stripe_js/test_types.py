"""The modules of stripe_js/ against the types in their comments, by TypeScript's compiler."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_types() -> None:
    program = ROOT / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([program, "-p", ROOT / "stripe_js"], text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
