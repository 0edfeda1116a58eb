"""The sources as syntax trees. Each is parsed once, because the tests of the house rules go through all files."""

import ast
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def tree(file: Path) -> ast.Module:
    with _uncollected():
        return ast.parse(file.read_text(), str(file))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Every node of the file."""
    module = tree(file)
    with _uncollected():
        return tuple(ast.walk(module))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep what is made here out of garbage collections: going through the trees again and again takes three quarters
    of the time."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
