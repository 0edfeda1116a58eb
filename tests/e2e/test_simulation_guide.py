"""Every line of docs/how-to/simulation.md works as the page says, on the deployed sandbox."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "simulation.md"

_CODE = re.compile(r"`([^`]+)`")
_ROW = re.compile(r"^\| (?P<wish>[^|]+) \| `(?P<line>paysandbox [^`]+)` \| (?P<answer>[^|]+) \|$")


@dataclass(frozen=True)
class Line:
    """A line of the page: what it is for, the lines that prepare it, the line itself, and what its answer contains."""

    wish: str
    before: tuple[str, ...]
    line: str
    answer: tuple[str, ...]

    def __str__(self) -> str:
        return self.wish


def lines() -> Iterator[Line]:
    """Yield the lines of the page. A paragraph that begins with "Start with" prepares those of the next table."""
    before: tuple[str, ...] = ()
    for paragraph in PAGE.read_text().split("\n\n"):
        rows = [found for text in paragraph.splitlines() if (found := _ROW.match(text))]
        yield from (Line(row["wish"], before, row["line"], tuple(_CODE.findall(row["answer"]))) for row in rows)
        starts = paragraph.startswith("Start with")
        code = _CODE.findall(paragraph.replace("\n", " ")) if starts else []
        before = tuple(text for text in code if text.startswith("paysandbox "))


LINES = [*lines()]


def test_there_are_forty() -> None:
    assert len(LINES) >= 40
    assert len({line.wish for line in LINES}) == len(LINES)


@pytest.mark.full
@pytest.mark.parametrize("line", LINES, ids=str)
def test_lines_work_as_written(line: Line, sandbox: Sandbox) -> None:
    ids: dict[str, str] = {}
    for text in line.before:
        remember(ids, json.loads(run(sandbox, text, ids)))
    said = run(sandbox, line.line, ids)
    assert [word for word in line.answer if word not in said] == [], said


def run(sandbox: Sandbox, text: str, ids: dict[str, str]) -> str:
    """Run a line with these IDs for `auth_…` and the like. Return what it prints, or the problem."""
    for placeholder, known in ids.items():
        text = text.replace(placeholder, known)
    assert "…" not in text
    _, *words = shlex.split(text)
    done = sandbox.run(*words, "--json", check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout if done.returncode == 0 else done.stderr


def remember(ids: dict[str, str], answer: Any) -> None:
    """Remember an answer's IDs: a disbursement's, or the payment's, capture's, dispute's and refund's in both APIs."""
    if "payment_id" in answer:
        ids["20261122T…"] = answer["payment_id"]
    if "auth_id" not in answer:
        return
    ids["auth_…"] = answer["auth_id"]
    ids["pi_…"] = answer["auth_id"].replace("auth_", "pi_")
    for capture in answer.get("captures", []):
        ids["cap_…"] = capture["transaction_id"]
    of_dispute = answer.get("dispute", answer)
    if "dispute_id" in of_dispute:
        ids["du_…"] = of_dispute["dispute_id"]
    if answer.get("transaction_id", "").startswith("ref_"):
        ids["ref_…"] = answer["transaction_id"]
        ids["re_…"] = answer["transaction_id"].replace("ref_", "re_")
