"""Paths as a reader of this machine knows them: below the current folder without it, and below the home with `~`."""

from __future__ import annotations

import re
from pathlib import Path


def with_short_paths(text: str, here: Path, home: Path) -> str:
    """Return a text to be read, in which paths below `here` are relative, and others below `home` begin with `~`.

    It is not for a shell: quotes are left as they are, and a shell expands no `~` within them.
    """
    for folder, instead in ((here, ""), (home, "~/")):
        if folder != Path(folder.anchor):
            text = re.sub(rf"(?<![\w./~-]){re.escape(str(folder))}/", instead, text)
    return text
