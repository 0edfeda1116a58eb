"""THIRD_PARTY_LICENSES: the licenses of the npm packages whose code is in the wheel.

Packages from PyPI are not in it: they are installed beside it, with their own licenses.
"""

import json
from pathlib import Path
from typing import Final

from layers.reference import COPIED, NODE_MODULES, ROOT

FILE_NAME: Final = "THIRD_PARTY_LICENSES"

_INTRODUCTION: Final = "The wheel of Serverless Payments Sandbox contains code of these npm packages."
_HEADING: Final = "## "


def notices() -> str:
    """Return the notices of the dashboard, as its build wrote them, and of the scripts of the pages under /docs."""
    built = (ROOT / "dashboard" / "built" / "licenses.txt").read_text(encoding="utf-8")
    dashboard = built[built.index(_HEADING) :].rstrip()
    packages = sorted({file.partition("/")[0] for file in COPIED.values()})
    return "\n\n".join([_INTRODUCTION, *map(_package, packages), dashboard]) + "\n"


def _package(name: str) -> str:
    facts = json.loads((NODE_MODULES / name / "package.json").read_text(encoding="utf-8"))
    files = [file for file in COPIED.values() if file.startswith(f"{name}/") and Path(file).suffix in {"", ".txt"}]
    texts = [(NODE_MODULES / file).read_text(encoding="utf-8").strip() for file in files]
    return "\n\n".join([f"{_HEADING}{name} - {facts['version']} ({facts['license']})", *texts])
