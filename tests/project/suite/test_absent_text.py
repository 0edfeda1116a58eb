"""A test that asserts the absence of a short text may fail by accident: ids, keys and cursors are random letters.

The rule is for every assertion about a text, as far as the source shows that it is one, since any text may have such a
part.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from math import log2
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.project.parsed import nodes

ROOT = Path(__file__).resolve().parents[3]
# A random text of 10,000 characters has one of this many bits once in 50,000 runs: five letters, eight hexadecimal or
# nine decimal digits.
ENOUGH_BITS = 29
# What ids, keys, digests, cursors and times are written with, the smallest alphabet first.
ALPHABETS = {
    r"[0-9.:]*": 10,
    r"[0-9a-f]*|[0-9A-F]*": 16,
    r"[0-9A-Z]*": 36,
    r"[0-9A-Za-z+/=_-]*": 64,
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
TEXT_ATTRIBUTES = {"text", "stdout", "stderr", "out", "err", "output", "html"}
TEXT_METHODS = {
    "decode",
    "dumps",
    "encode",
    "format",
    "getvalue",
    "join",
    "lower",
    "read_bytes",
    "read_text",
    "replace",
}
TEXT_FUNCTIONS = {"ascii", "dumps", "format", "repr", "str"}
TEXT_NAMES = {"html", "kept", "output", "said", "text"}


def written_by_chance(text: str | bytes) -> bool:
    """Whether a text of random letters and digits may have `text` in it."""
    characters = text.decode("latin-1") if isinstance(text, bytes) else text
    size = next((size for characters_of, size in ALPHABETS.items() if re.fullmatch(characters_of, characters)), None)
    return size is not None and 0 < len(characters) * log2(size) < ENOUGH_BITS


class Values:
    """What the names in a function stand for, as far as literals in the same file say it."""

    def __init__(self, module: ast.AST, function: Function) -> None:
        self._of: dict[str, list[ast.expr]] = {}
        self._annotated: dict[str, ast.expr] = {}
        self._returns: dict[str, ast.expr] = {}
        for statement in ast.iter_child_nodes(module):
            self._assigned(statement)
            if isinstance(statement, Function) and statement.returns:
                self._returns[statement.name] = statement.returns
        local = Values.__new__(Values)
        local._of, local._annotated = {}, {}
        for node in ast.walk(function):
            local._assigned(node)
        for argument in ast.walk(function.args):
            if isinstance(argument, ast.arg):
                local._of.setdefault(argument.arg, [])
                if argument.annotation:
                    local._annotated[argument.arg] = argument.annotation
        for decorator in function.decorator_list:
            local._parametrized(decorator)
        self._of |= local._of
        self._annotated |= local._annotated

    def _assigned(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                self._bind(target, value)
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case ast.For(target=target, iter=over) | ast.comprehension(target=target, iter=over):
                for element in self.elements(over):
                    self._bind(target, element)
            case _:
                pass

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self._of.setdefault(name, []).append(value)
            case (ast.Tuple(elts=targets), ast.Tuple(elts=values)) if len(targets) == len(values):
                for one, its in zip(targets, values, strict=True):
                    self._bind(one, its)
            case _:
                pass

    def _parametrized(self, decorator: ast.expr) -> None:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[ast.Constant(value=str(names)), cases, *_]):
                names = ast.Tuple([ast.Name(name.strip()) for name in names.split(",")])
                for case in self.elements(cases):
                    self._bind(names if len(names.elts) > 1 else names.elts[0], case)
            case _:
                pass

    def elements(self, node: ast.expr) -> Sequence[ast.expr]:
        """Those of a literal, or of the name of one; none of what is not known."""
        match node:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return elements
            case ast.Dict(keys=keys):
                return [key for key in keys if key]
            case ast.Name(id=name):
                return [one for value in self._of.get(name, ()) if value is not node for one in self.elements(value)]
            case _:
                return []

    def literals(self, node: ast.expr) -> Iterator[str | bytes]:
        match node:
            case ast.Constant(value=str() | bytes() as text):
                yield text
            case ast.BinOp(
                op=ast.Mult(), left=ast.Constant(value=str() | bytes() as text), right=ast.Constant(value=int(times))
            ):
                yield text * times
            case ast.Name(id=name):
                for value in self._of.get(name, ()):
                    if not isinstance(value, ast.Name):
                        yield from self.literals(value)
            case _:
                pass

    def is_text(self, node: ast.expr) -> bool:
        match node:
            case ast.JoinedStr():
                return True
            case ast.Attribute(attr=attribute):
                return attribute in TEXT_ATTRIBUTES
            case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
                return self.is_text(left) or self.is_text(right)
            case (
                ast.BoolOp(values=[value, *_])
                | ast.NamedExpr(value=value)
                | ast.Subscript(value=value, slice=ast.Slice())
            ):
                return self.is_text(value)
            case ast.Call():
                return self._answers_text(node)
            case ast.Name(id=name):
                values = [value for value in self._of.get(name, ()) if not isinstance(value, ast.Name)]
                annotated = self._annotated.get(name)
                if annotated or values:
                    return _is_text_type(annotated) or any(self.is_text(value) for value in values)
                return name in TEXT_NAMES
            case _:
                return False

    def _answers_text(self, call: ast.Call) -> bool:
        match call.func:
            case ast.Attribute(attr=method):
                scripts = [str(script) for argument in call.args for script in self.literals(argument)]
                return method in TEXT_METHODS or any("JSON.stringify" in script for script in scripts)
            case ast.Name(id=name):
                return name in TEXT_FUNCTIONS or _is_text_type(self._returns.get(name))
            case _:
                return False


def _is_text_type(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id in {"str", "bytes"}


def absences(test: ast.expr, *, holds: bool = True) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What `test` looks for, and in what, wherever it `holds` (or not) because that is absent."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from absences(operand, holds=not holds)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            if isinstance(operator, ast.In | ast.NotIn):
                if isinstance(operator, ast.NotIn) is holds:
                    yield left, right
            elif (is_nothing := _is_nothing(right)) is not None:
                equal = isinstance(operator, ast.Eq | ast.Is)
                yield from absences(left, holds=holds is (equal is not is_nothing))
        case ast.Call(func=ast.Attribute(value=text, attr="count" | "find"), args=[part, *_]) if not holds:
            yield part, text
        case ast.Call(func=ast.Attribute(attr="search" | "findall"), args=[part, text, *_]) if not holds:
            yield part, text
        case _:
            for part in _parts(test):
                yield from absences(part, holds=holds)


def _parts(test: ast.expr) -> Sequence[ast.expr]:
    """Those that make it true, or not empty."""
    match test:
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return parts
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.Call(func=ast.Name(id="all"), args=[ast.GeneratorExp(elt=element)]):
            return [element]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return [test.elt, *(condition for loop in test.generators for condition in loop.ifs)]
        case ast.Call(func=ast.Name(), args=[part]) | ast.NamedExpr(value=part):
            return [part]
        case _:
            return []


def _is_nothing(node: ast.expr) -> bool | None:
    """Whether a comparison with it says that there is none; None if it says neither."""
    written = ast.unparse(node)
    if written in {"True", "{True}"}:
        return False
    return True if written in {"[]", "{}", "()", "set()", "0", "-1", "None", "False", "{False}", "''"} else None


def accidental(every: Sequence[ast.AST]) -> Iterator[str]:
    """The assertions that may fail by accident, each with its line, in all nodes of a module."""
    functions = [node for node in every if isinstance(node, Function)]
    assertions = [node for node in every if isinstance(node, ast.Assert)]
    for line, part, whole in ((node.lineno, *look) for node in assertions for look in absences(node.test)):
        around = [function for function in functions if function.lineno <= line <= (function.end_lineno or 0)]
        if around and isinstance(part, ast.Constant | ast.Name | ast.BinOp):
            values = Values(every[0], around[-1])
            if values.is_text(whole) and (short := [*filter(written_by_chance, values.literals(part))]):
                yield f"{line}: {short}"


def test_absent_text_is_none_that_chance_writes() -> None:
    """Look for a longer text, one with characters that ids do not have, or into the fields."""
    files = sorted((ROOT / "tests").rglob("*.py"))
    assert [f"{file.relative_to(ROOT)}:{one}" for file in files for one in accidental(nodes(file))] == []


@pytest.mark.parametrize(
    "lines",
    [
        'assert "b0b" not in page.text',
        'assert b"b0b" not in page.text.encode()',
        'assert not "b0b" in str(page)',
        'assert ("b0b" in repr(page)) is False',
        'assert "b0b" not in f"{page}" + "seen"',
        'assert "b0b" not in "".join(bodies)',
        'assert "b0b" not in (page.text or "")',
        'assert page and "b0b" not in json.dumps(page)',
        'assert "a" * 4 not in page.text',
        'assert "4242" not in capsys.readouterr().out',
        'assert "4242" not in page.read("JSON.stringify(value)")',
        'assert not any(name in page.text for name in ("Lovelace", "b0b"))',
        'assert all(name not in page.text for name in ["b0b"])',
        'assert not [name for name in ("Lovelace", "b0b") if name in page.text]',
        'assert [name for name in ("b0b",) if name in page.text] == []',
        'assert {name for name in {"b0b": 1} if name in page.text} == set()',
        'assert {name in page.text for name in ("b0b",)} == {False}',
        'assert len([name for name in ("b0b",) if name in page.text]) == 0',
        'assert page.text.count("b0b") == 0',
        'assert page.text.find("b0b") == -1',
        'assert not re.search("b0b", page.text)',
        'assert re.findall(r"b0b", page.text) == []',
        'for name in ("b0b",):\n    assert name not in page.text',
        'name, other = "b0b", "Lovelace"\nassert name not in page.text',
        'text = page.text\nassert "b0b" not in text',
        'assert "b0b" not in (text := str(page))',
        'assert NICKNAME not in page.text',
        'assert parameter not in page.text',
        'assert "b0b" not in annotated',
        'assert "b0b" not in written(page)',
    ],
)  # fmt: skip
def test_an_assertion_that_chance_can_fail_is_named(lines: str) -> None:
    assert [*accidental(_test_of(lines))] != []


@pytest.mark.parametrize(
    "lines",
    [
        'assert "b0b" in page.text',
        'assert not [name for name in ("b0b",) if name not in page.text]',
        'assert "Lovelace" not in page.text',
        'assert "111111116" not in page.text',
        'assert "@" not in page.text',
        """assert '"b0b"' not in page.text""",
        'assert "b b" not in page.text',
        'assert "id" not in page.json',
        'assert "id" not in {"b0b": page}',
        'names = ["b0b"]\nassert "id" not in names',
        'assert [key for key in keys if "4242" in key] == []',
        'assert page.text.count("b0b") == 1',
    ],
)  # fmt: skip
def test_others_are_not(lines: str) -> None:
    assert [*accidental(_test_of(lines))] == []


def _test_of(lines: str) -> Sequence[ast.AST]:
    start = """
        NICKNAME = "b0b"

        def written(page) -> str: ...

        @pytest.mark.parametrize("number, parameter", [(1, "b0b")])
        def test(page, number, parameter, annotated: str):
    """
    return [*ast.walk(ast.parse(dedent(start).rstrip() + "\n" + indent(lines, "    ")))]
