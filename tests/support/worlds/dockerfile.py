"""The instructions of the Dockerfile, by stage."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
_TEXT: Final = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
_LINES: Final = [line for line in _TEXT.replace("\\\n", " ").splitlines() if line.strip()]

INSTRUCTIONS: Final = [(name, " ".join(text.split())) for name, _, text in (line.partition(" ") for line in _LINES)]
"""The name and the arguments of each instruction, which are on one line."""


def _stages() -> list[list[tuple[str, str]]]:
    begins = [place for place, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM"]
    return [INSTRUCTIONS[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]


STAGES: Final = _stages()
"""The stages. The last one is the image."""


def arguments(name: str, stage: Sequence[tuple[str, str]] | None = None) -> list[str]:
    """Return the arguments of every instruction of this name in a stage, by default that of the image."""
    return [text for instruction, text in (STAGES[-1] if stage is None else stage) if instruction == name]
