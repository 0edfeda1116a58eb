"""Each difference that docs/explanation/engine-differences.md lists names a test, and that test exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "explanation" / "engine-differences.md").read_text()
ENGINE = (ROOT / "requirements" / "engine.in").read_text()

HEAD = ["AWS", "Local engine", "Test"]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows(document: str) -> list[list[str]]:
    """The cells of every row of every table, heads and rulers left out."""
    lines = [line for line in document.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row != HEAD and not set(row) <= {"---"}]


def unheld(row: list[str]) -> list[str]:
    """Return the faults of a row: it names no test, or one that does not exist."""
    named = TEST.findall(row[-1])
    missing = [f"{path}::{name}" for path, name in named if name not in functions(ROOT / path)]
    return missing if named and row[-1].count("::") == len(named) else [*missing, "names no test"]


def functions(file: Path) -> set[str]:
    if not file.is_file():
        return set()
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.full
def test_each_difference_has_a_test() -> None:
    assert rows(DOCUMENT)
    assert [row for row in rows(DOCUMENT) if len(row) != len(HEAD)] == []
    assert {row[0]: faults for row in rows(DOCUMENT) if (faults := unheld(row))} == {}


def test_page_names_the_pinned_engine() -> None:
    (pinned,) = re.findall(r"^ministack==(\S+)$", ENGINE, re.MULTILINE)
    assert f"ministack {pinned}" in DOCUMENT


@pytest.mark.parametrize(
    "held_by, wrong",
    [
        ("`tests/project/docs/test_engine_differences.py::test_page_names_the_pinned_engine`", []),
        ("", ["names no test"]),
        ("a promise", ["names no test"]),
        ("`tests/project/docs/test_engine_differences.py::unheld`", ["names no test"]),
        ("`tests/project/test_none.py::test_none`", ["tests/project/test_none.py::test_none"]),
        (
            "`tests/project/docs/test_engine_differences.py::test_that_left`",
            ["tests/project/docs/test_engine_differences.py::test_that_left"],
        ),
    ],
)
def test_a_row_without_its_test_is_found(held_by: str, wrong: list[str]) -> None:
    assert unheld(["so", "otherwise", held_by]) == wrong
