"""How far a reader walks to follow a request, and how far the machine does: in a commit, and in this checkout.

    python -m benchmarks.structure [REV]        about a minute; without a commit, this checkout alone

Read: from the handler, each function of ours that its code calls, or passes to be called, is followed once, in the
order of the code, also where it is called rarely. A *stop* is a module visited on the way, a *room* the folder of one,
and a *return* a call into a module that was visited before. A method is followed where only one class has one of its
name.

Run: each call of a function of ours that the second such request makes, against moto, with the commit's own tests'
caller. That a record takes its values is not counted, as it is not of a dataclass. Then the modules, and the calls from
one module into another that ran before.
"""

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.before_and_after import ROOT, checkout

HANDLERS: Final[Mapping[str, str]] = {
    "authorize": "authorize_payment",
    "capture": "capture_payment",
    "refund": "refund_payment",
    "create and confirm": "create_payment_intent",
}
"""The handlers by their files, whose folders differ between commits. The last is one request with `confirm=true`."""

SOURCES: Final = ("layers/shared/python", "lambdas")

_RUN: Final = """
import importlib, json, os, subprocess, sys
from contextlib import redirect_stdout
from io import StringIO
try:
    from tests.support.builders import build
    from tests.support.clients.call import Merchant
    from tests.support.clients.stripe_merchant import StripeMerchant
    from tests.support.worlds import tables
except ModuleNotFoundError:  # a commit that had them in one folder
    from tests.support import build, tables
    from tests.support.call import Merchant
    from tests.support.stripe_merchant import StripeMerchant
tree, handlers = sys.argv[1], json.loads(sys.argv[2])
folders = tuple(f"{tree}/{part}/" for part in json.loads(sys.argv[3]))
ran = []
def watch(frame, event, _):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(folders) and code.co_name not in ("<module>", "_init"):
        ran.append(frame.f_globals["__name__"])
def watched(real):
    def handler(event, context):
        sys.setprofile(watch)
        try:
            return real(event, context)
        finally:
            sys.setprofile(None)
    return handler
for name in handlers.values():
    module = importlib.import_module(name)
    module.handler = watched(module.handler)
def tables_of_tree():
    words = [sys.executable, "-c", tables._SYNTHESIZE]
    done = subprocess.run(words, cwd=tree, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return json.loads(done.stdout)
tables._tables = tables_of_tree  # its own would import this checkout's
found = {}
def second(name, *acts):
    for act in acts:
        ran.clear()
        act()
    found[name] = list(ran)
with tables.sandbox(), redirect_stdout(StringIO()):
    demo, shop = Merchant(build.MERCHANT), StripeMerchant()
    second("authorize", demo.authorize, demo.authorize)
    held = [demo.authorized(), demo.authorized()]
    second("capture", *(lambda of=of: demo.capture(of) for of in held))
    captures = [demo.captured(), demo.captured()]
    second("refund", *(lambda of=of: demo.refund(of) for of in captures))
    second("create and confirm", shop.held, shop.held)
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Read:
    """A walk through the code."""

    stops: int
    rooms: int
    returns: int


@dataclass(frozen=True, slots=True)
class Run:
    """A request that was run."""

    calls: int
    modules: int
    returns: int


Function = tuple[str, str, str | None]
"""Module, function or class, and method."""
Definition = ast.FunctionDef | ast.ClassDef

_SPECIAL: Final = ("__init__", "__post_init__", "__enter__", "__exit__")
_ANY_OBJECT: Final = frozenset(name for of in (str, dict, list, set, bytes) for name in dir(of)) | {"read", "close"}


class _Module:
    """What a module defines, and which names of others it imports, wherever it does."""

    def __init__(self, text: str) -> None:
        tree = ast.parse(text)
        self.defined: dict[str, Definition] = {
            node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        self.imported: dict[str, tuple[str, str]] = {
            each.asname or each.name: (node.module, each.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for each in node.names
        }


@dataclass(slots=True)
class _Walk:
    modules: Mapping[str, _Module]
    methods: Mapping[str, Function]
    seen: set[Function] = field(default_factory=set["Function"])
    stops: list[str] = field(default_factory=list[str])
    returns: int = 0

    def follow(self, function: Function, caller: str | None = None) -> None:
        """Walk through a function, and all that it names, unless the walk has been there."""
        if function in self.seen:
            return
        self.seen.add(function)
        module, name, method = function
        if module not in self.stops:
            self.stops.append(module)
        elif module != caller:
            self.returns += 1
        node = self.modules[module].defined[name]
        if not isinstance(node, ast.ClassDef):
            self._through(node, module, None)
            return
        for each in _methods(node):
            if each.name == method or (method is None and each.name in _SPECIAL):
                self._through(each, module, node)

    def _through(self, code: ast.FunctionDef, module: str, of: ast.ClassDef | None) -> None:
        own = {node.arg for node in ast.walk(code) if isinstance(node, ast.arg)}
        own |= {node.id for node in ast.walk(code) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for part in (*code.decorator_list, *code.body):
            for node, called in _in_order(part):
                function = self._named(node, module, of, own, called=called)
                if function is not None:
                    self.follow(function, module)

    def _named(
        self, node: ast.expr, module: str, of: ast.ClassDef | None, own: set[str], *, called: bool
    ) -> Function | None:
        if isinstance(node, ast.Name):
            found = None if node.id in own else self._defined(module, node.id)
            return found if called or (found and self._is_function(found)) else None
        if not isinstance(node, ast.Attribute):
            return None
        if isinstance(node.value, ast.Name):
            holder = node.value.id
            if holder in ("self", "cls") and of is not None and node.attr in {each.name for each in _methods(of)}:
                return module, of.name, node.attr
            if holder in self.modules[module].imported:
                package, name = self.modules[module].imported[holder]
                if f"{package}.{name}" in self.modules:
                    return self._defined(f"{package}.{name}", node.attr)
        return self.methods.get(node.attr) if called else None

    def _is_function(self, found: Function) -> bool:
        return isinstance(self.modules[found[0]].defined[found[1]], ast.FunctionDef)

    def _defined(self, module: str, name: str) -> Function | None:
        """Return the function or class that a name in a module stands for."""
        while module in self.modules:
            if name in self.modules[module].defined:
                return module, name, None
            if name not in self.modules[module].imported:
                return None
            module, name = self.modules[module].imported[name]
        return None


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [each for each in node.body if isinstance(each, ast.FunctionDef)]


def _in_order(node: ast.AST, *, called: bool = False) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the names in a piece of code, and whether they are called: after their arguments. No annotations."""
    if isinstance(node, ast.Call):
        parts = [*node.args, *(each.value for each in node.keywords)]
    elif isinstance(node, ast.AnnAssign):
        parts = [node.value] if node.value else []
    elif isinstance(node, ast.FunctionDef):
        parts = [*node.decorator_list, *node.body]
    else:
        parts = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.arg)]
    for part in parts:
        yield from _in_order(part)
    if isinstance(node, ast.Call):
        yield from _in_order(node.func, called=True)
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield node, called


def handlers_in(tree: Path) -> dict[str, str]:
    """Return the modules of the handlers in these sources."""
    lambdas = tree / "lambdas"
    files = {name: next(lambdas.rglob(f"{handler}.py")) for name, handler in HANDLERS.items()}
    return {name: ".".join(file.relative_to(lambdas).with_suffix("").parts) for name, file in files.items()}


def read(tree: Path) -> dict[str, Read]:
    """Return the walk from each handler in these sources."""
    modules = {
        ".".join(file.relative_to(tree / source).with_suffix("").parts): _Module(file.read_text())
        for source in SOURCES
        for file in sorted((tree / source).rglob("*.py"))
        if ".built" not in file.parts
    }
    named = [
        (method.name, (module, node.name, method.name))
        for module, each in modules.items()
        for node in each.defined.values()
        if isinstance(node, ast.ClassDef)
        for method in _methods(node)
    ]
    times = Counter(name for name, _ in named)
    methods = {name: function for name, function in named if times[name] == 1 and name not in _ANY_OBJECT}
    found: dict[str, Read] = {}
    for name, handler in handlers_in(tree).items():
        walk = _Walk(modules, methods)
        walk.follow((handler, "handler", None))
        rooms = {module.rpartition(".")[0] for module in walk.stops}
        found[name] = Read(len(walk.stops), len(rooms), walk.returns)
    return found


def run(tree: Path) -> dict[str, Run]:
    """Return the calls of each request in these sources."""
    path = os.pathsep.join(str(tree / part) for part in (".", *SOURCES))
    words = [sys.executable, "-c", _RUN, str(tree), json.dumps(handlers_in(tree)), json.dumps(SOURCES)]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(words, cwd=tree, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return {name: _figures(modules) for name, modules in json.loads(done.stdout).items()}


def _figures(modules: list[str]) -> Run:
    seen, returns, last = set[str](), 0, ""
    for module in modules:
        returns += module in seen and module != last
        seen.add(module)
        last = module
    return Run(len(modules), len(seen), returns)


def report(before: Path | None) -> Iterator[str]:
    """Yield the lines of a table: the commit's figure, this checkout's, and their ratio."""
    trees = [tree for tree in (before, ROOT) if tree is not None]
    for title, names, measured in (
        ("read", ("stops", "rooms", "returns"), [read(tree) for tree in trees]),
        ("run", ("calls", "modules", "returns"), [run(tree) for tree in trees]),
    ):
        yield f"{title:<20}" + "".join(f"{name:>24}" for name in names)
        for handler in HANDLERS:
            cells: list[str] = []
            for name in names:
                figures = [getattr(each[handler], name) for each in measured]
                ratio = f" ({figures[-1] / figures[0]:.2f})" if before else ""
                cells.append(" → ".join(map(str, figures)) + ratio)
            yield f"{handler:<20}" + "".join(f"{cell:>24}" for cell in cells)


def main() -> int:
    """Print the table."""
    if len(sys.argv) > 2:
        sys.stderr.write("usage: python -m benchmarks.structure [REV]\n")
        return 2
    with checkout(sys.argv[1]) if len(sys.argv) == 2 else nullcontext() as before:
        for line in report(before):
            sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
