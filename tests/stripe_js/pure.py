"""Calls functions of stripe_js/ that need no browser, in one run of Node.js for all cases of a table."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from layers.stripe_js import SOURCES, arguments, cards, refusals

_NODE: Final = Path(sys.executable).parent / "node"
_PROGRAM: Final = """
const module = await import(process.argv[1]);
const tables = JSON.parse(process.argv[3]);
const given = (value) => tables[value] ?? (value?.date ? new Date(value.date) : value);
const results = JSON.parse(process.argv[2]).map(([name, ...values]) => module[name](...values.map(given)) ?? null);
console.log(JSON.stringify(results));
"""

CARDS: Final = "CARDS"
"""Stands for the layer's tables of cards, which functions take as a parameter."""

ARGUMENTS: Final = "ARGUMENTS"
"""Stands for the table of arguments likewise."""

REFUSALS: Final = "REFUSALS"
"""Stands for what a train's script has of it."""


def called(module: str, calls: Sequence[Sequence[Any]]) -> list[Any]:
    """Return what calls of a module's functions return: each is a name and values. `{"date": …}` is a Date."""
    tables = {CARDS: cards(), ARGUMENTS: arguments(), REFUSALS: refusals()}
    words = [str(SOURCES / module), json.dumps(calls), json.dumps(tables)]
    command = [_NODE, "--no-warnings", "--input-type=module", "--eval", _PROGRAM, *words]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
