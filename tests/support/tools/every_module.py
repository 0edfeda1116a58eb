"""Every module of the layer and of the functions."""

import importlib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
ROOTS: Final = (ROOT / "layers/shared/python", ROOT / "lambdas")
SDK: Final = "paysandbox.aws.trace_emitter"
"""Loaded where traces are recorded alone: the X-Ray SDK opens a socket when it is imported."""


def import_all() -> None:
    """Import every module, except the one that opens a socket."""
    for root in ROOTS:
        for file in sorted(root.glob("*/**/*.py")):
            module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            if module != SDK:
                importlib.import_module(module)
