"""Names in the code and in the tests use the field's words, not a private dialect."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.project.parsed import nodes

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("api_reference", "cli", "engine", "lambdas", "layers/shared/python", "stacks")

DIALECT = {
    "anew": "again, or say what starts over",
    "heard": "received, observed",
    "hears": "receives, is subscribed to",
    "mended": "fixed",
    "nobody": "no_…, missing, unknown",
    "tells": "reports, publishes",
    "told": "published, reported, printed, or the thing itself",
    "whatever": "regardless of, any",
    "whoever": "any caller",
    "wish": "request",
    "wished": "requested",
}
"""Words, and how to put them instead."""

DIALECT_OF_VARIABLES = DIALECT.keys() | {"aside", "asked", "kept", "loose", "news", "parked", "said", "suspects"}
"""Words that say nothing about what a variable holds."""
PRONOUNS = {"one", "ones"}
EXCUSED = {"set_aside"}
"""The field's word for what a settlement leaves out, as its answers have it."""


TEST = re.compile(r"^ *def (test_\w+)", re.MULTILINE)


def names(module: Iterable[ast.AST]) -> Iterator[str]:
    """Iterate over the functions and classes that a file defines, by its nodes."""
    for node in module:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def variables(module: Iterable[ast.AST]) -> Iterator[str]:
    """Iterate over the parameters, variables and attributes that a file defines, by its nodes."""
    for node in module:
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def words(name: str) -> set[str]:
    """Return the words of a name, of either style, in lower case."""
    return {word.lower() for part in name.split("_") for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", part)}


@pytest.mark.parametrize("folder", PRODUCT)
def test_no_dialect_in_product_code(folder: str) -> None:
    files = {file: nodes(file) for file in (ROOT / folder).rglob("*.py")}
    assert files
    assert [
        f"{file.name}: {name}" for file in files for name in names(files[file]) if words(name) & DIALECT.keys()
    ] == []
    found = [(file.name, name) for file in files for name in variables(files[file]) if name not in EXCUSED]
    assert [entry for entry in found if words(entry[1]) & DIALECT_OF_VARIABLES or entry[1] in PRONOUNS] == []


def test_no_dialect_in_the_names_of_tests() -> None:
    tests = [file for folder in ("tests", "integrations") for file in (ROOT / folder).rglob("test_*.py")]
    found = [(file.name, name) for file in tests for name in TEST.findall(file.read_text())]
    assert len(found) > 1000
    assert [f"{file}: {name}" for file, name in found if words(name) & DIALECT.keys()] == []


@pytest.mark.parametrize("name, found", [
    ("test_what_was_told", {"told"}),
    ("PaymentTold", {"told"}),
    ("_hears", {"hears"}),
    ("toldest_ApiHeard2", {"heard"}),
    ("test_the_oldest_threshold", set()),
])  # fmt: skip
def test_words_of_a_name(name: str, found: set[str]) -> None:
    assert words(name) & DIALECT.keys() == found
