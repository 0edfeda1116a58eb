"""The targets of `make`, of both files."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
MAKEFILES: Final = "".join((ROOT / name).read_text() for name in ("Makefile", "development.mk"))
TARGETS: Final = frozenset(re.findall(r"^([a-z]+(?:-[a-z]+)*):", MAKEFILES, re.MULTILINE))
