"""The name of a sandbox: `paysandbox --name b up` starts one beside the default one, with its own state and port."""

from __future__ import annotations

import os
import re
from typing import Final

import typer

NAME_VARIABLE: Final = "PAYSANDBOX_NAME"

DEFAULT: Final = "default"
"""Selects the sandbox that has no name."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def sandbox_name() -> str | None:
    """Return the name that was selected, or None for the default sandbox."""
    name = os.environ.get(NAME_VARIABLE)
    return None if name in {None, "", DEFAULT} else name


def is_name(text: str) -> bool:
    """Return whether a sandbox can have this name: it is also the name of a folder."""
    return _NAME.fullmatch(text) is not None


def select(name: str | None) -> str | None:
    """Make this process, and those that it starts, use the sandbox with this name. Raises BadParameter."""
    if name:
        if not is_name(name):
            raise typer.BadParameter(
                f"{name!r} is not a name for a sandbox. Use up to 32 letters, digits, hyphens and underscores, "
                "starting with a letter or digit."
            )
        os.environ[NAME_VARIABLE] = name
    return name
