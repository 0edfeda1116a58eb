"""The house rules that no linter knows: names that must agree, calls with a better replacement, files nobody needs.

Each rule says what to do instead. An exception that nothing needs any more fails too.
"""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import NoneType
from typing import TypeGuard, get_args, get_type_hints

import pytest

from api_reference.routes import ROUTES
from paysandbox.http.answer import Documented
from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import HANDLER, Api, functions_of
from paysandbox.payments.authorization_body import AuthorizePayment
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Action
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.routes import READ_STRIPE_OBJECTS, WRITE_STRIPE_OBJECTS, ResourceRoute
from paysandbox.stripe_api.resource_kit.sweep import load_due
from paysandbox.stripe_api.routes import RESOURCE_ROUTES, ROUTES as V1_ROUTES
from tests import walls
from tests.project.parsed import nodes, tree

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "layers" / "shared" / "python"
LAYER = SHARED / "paysandbox"
LAMBDAS = ROOT / "lambdas"
SCRIPTS = (ROOT / "layers" / "build.py", ROOT / "layers" / "reference.py", ROOT / "app.py")
OURS = (
    LAYER,
    LAMBDAS,
    ROOT / "stacks",
    ROOT / "cli",
    ROOT / "engine",
    ROOT / "api_reference",
    ROOT / "dashboard_site",
    *SCRIPTS,
)

MAX_HANDLER_LINES = 40
MAX_FILES_OF_FOLDER = 25


@cache
def sources(*roots: Path) -> tuple[Path, ...]:
    """The Python files of these folders, or these files."""
    return tuple(sorted(file for root in roots for file in ([root] if root.suffix else root.rglob("*.py"))))


def place(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def module_name(file: Path) -> str:
    root = SHARED if file.is_relative_to(SHARED) else LAMBDAS if file.is_relative_to(LAMBDAS) else ROOT
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def handlers() -> list[Path]:
    return [file for file in sources(LAMBDAS) if file.name != "__init__.py"]


# --- three names ------------------------------------------------------------------------------------------------------


EVERY_ROUTE = (*ROUTES, *V1_ROUTES)


WITH_OWN_HANDLER = [route for route in EVERY_ROUTE if route.handler_name is None]


def _handler_of(each: ResourceRoute) -> tuple[str | None, str | None]:
    """The function of Lambda that is to answer a route of a resource, and the handler there."""
    if isinstance(each.operation, Action):
        return each.operation.by.function, each.operation.by.handler_name
    rights = each.resource.routes.rights
    other = {"GET": rights.read_by, "POST": rights.updated_by}.get(each.route.method)
    if other is None or each.operation == "create":
        return each.route.function, each.route.function
    return other.function, other.handler_name


def _test_of(each: ResourceRoute) -> Path:
    """The kit's operations differ by what a resource declares, and are tested in one file. A verb, and what another
    object holds, has a file of its own, in the folder of its path's resource."""
    folder = ROOT / "tests" / each.route.group / "handlers"
    if isinstance(each.operation, Action) or each.resource.rules.holder:
        return folder / each.route.resource / f"test_{each.route.name}.py"
    return folder / "resources" / f"test_{each.resource.name}.py"


def test_routes_of_resources_name_the_handler_that_they_share(subtests: pytest.Subtests) -> None:
    for each in RESOURCE_ROUTES:
        with subtests.test(each.route.name):
            assert (each.route.function, each.route.handler_name) == _handler_of(each)
            assert (LAMBDAS / f"{each.route.module.replace('.', '/')}.py").is_file()
            assert _test_of(each).is_file()


def test_the_function_of_a_verb_is_in_its_module(subtests: pytest.Subtests) -> None:
    for each in RESOURCE_ROUTES:
        if isinstance(each.operation, Action):
            with subtests.test(each.route.name):
                function = getattr(importlib.import_module(each.operation.module), each.operation.name)
                assert get_type_hints(function) == {"request": Request, "return": StripeAnswer}


def test_what_is_done_when_an_object_is_due_is_in_its_module(subtests: pytest.Subtests) -> None:
    for each in RESOURCES.values():
        if (due := each.rules.time.due) is not None:
            with subtests.test(each.object):
                assert [*get_type_hints(load_due(due)).values()] == [StoredObject, datetime, bool]


def test_other_routes_that_share_a_handler_have_its_test(subtests: pytest.Subtests) -> None:
    """They differ by one word of their paths, such as the trains of a script."""
    of_resources = [each.route for each in RESOURCE_ROUTES]
    for route in (route for route in EVERY_ROUTE if route.handler_name and route not in of_resources):
        with subtests.test(route.name):
            assert route.name.startswith(f"{route.handler_name}_")
            assert (LAMBDAS / f"{route.module.replace('.', '/')}.py").is_file()
            assert (ROOT / "tests" / route.group / "handlers" / f"test_{route.handler_name}.py").is_file()
            assert route in importlib.import_module(f"paysandbox.{route.group}.routes").ROUTES


def test_routes_handlers_and_tests_share_a_name(subtests: pytest.Subtests) -> None:
    for route in WITH_OWN_HANDLER:
        with subtests.test(route.name):
            assert (LAMBDAS / f"{route.module.replace('.', '/')}.py").is_file()
            folder = ROOT / "tests" / route.group / "handlers" / Path(*route.module.split(".")[1:-1])
            assert (folder / f"test_{route.name}.py").is_file()
            module, name = route.entry_point
            assert name in (HANDLER, route.name)
            handler = load_handler(route)
            docstring = importlib.import_module(module).__doc__ if name == HANDLER else handler.__doc__
            assert docstring is not None
            assert docstring.startswith(f"{route.method} {'/v1' if route.api is Api.V1 else ''}{route.path}: ")
            # The row that the decorator was given, not one that was copied with the handler.
            given = inspect.getclosurevars(handler).nonlocals
            given = inspect.getclosurevars(given["own"]).nonlocals if "own" in given else given
            assert given["route"] is route


def test_a_module_of_several_handlers_is_of_one_function_and_has_no_other(subtests: pytest.Subtests) -> None:
    """A route of the Stripe-compatible API that shares its function lies with those that share its resource too."""
    named = [route for route in WITH_OWN_HANDLER if route.entry_point[1] != HANDLER]
    for module in {route.module for route in named}:
        with subtests.test(module):
            routes = [route for route in named if route.module == module]
            assert len({route.function_name for route in routes}) == 1
            functions = [node for node in tree(LAMBDAS / f"{module.replace('.', '/')}.py").body if _is_handler(node)]
            assert sorted(node.name for node in functions) == sorted(route.entry_point[1] for route in routes)


def _is_handler(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and public(node)


def test_the_handler_of_a_function_that_others_share_passes_their_requests_on(subtests: pytest.Subtests) -> None:
    for function in functions_of(EVERY_ROUTE):
        own, others = ([r for r in function.routes if (r.function is None) is is_own] for is_own in (True, False))
        if own and others:
            with subtests.test(function.name):
                handler = importlib.import_module(function.module).handler
                given = inspect.getclosurevars(handler).nonlocals["by_address"]
                assert given == {(route.method, route.path): route for route in others}


def test_every_handler_has_a_route_or_a_test(subtests: pytest.Subtests) -> None:
    known = {function.module for function in functions_of(EVERY_ROUTE)} | {route.module for route in EVERY_ROUTE}
    for file in handlers():
        with subtests.test(place(file)):
            if module_name(file) not in known:
                assert [*(ROOT / "tests" / file.relative_to(LAMBDAS).parts[0]).rglob(f"test_{file.name}")]


_MODULES = {route.module for route in EVERY_ROUTE}
OF_THE_KIT = {READ_STRIPE_OBJECTS, WRITE_STRIPE_OBJECTS} | {
    each.route.function_name for each in RESOURCE_ROUTES if each.route.handler_name == each.route.function
}
DISPATCHERS = [
    function
    for function in functions_of(EVERY_ROUTE)
    if function.module not in _MODULES and function.name not in OF_THE_KIT
]


def test_shared_functions_dispatch_by_method_and_path(subtests: pytest.Subtests) -> None:
    for function in DISPATCHERS:
        with subtests.test(function.name):
            module = importlib.import_module(function.module)
            given = inspect.getclosurevars(module.handler).nonlocals["by_address"]
            assert given == {(route.method, route.path): route for route in function.routes}


def test_route_names_and_paths_are_unique() -> None:
    names = Counter(route.name for route in ROUTES)
    addresses = Counter((route.method, route.path) for route in ROUTES)

    assert {name for name, count in (names + addresses).items() if count > 1} == set()


def test_routes_are_in_their_groups_file() -> None:
    for route in (route for route in ROUTES if route.handler_name is None):
        rows = importlib.import_module(f"paysandbox.{route.group}.routes")
        assert getattr(rows, route.name.upper()) is route


def test_no_top_level_name_shadows_the_standard_library() -> None:
    """A group's folder is an import root there: one that is called `calendar` would be imported in its place."""
    names = {entry.stem for root in (LAMBDAS, SHARED) for entry in root.iterdir()}

    assert names & sys.stdlib_module_names == set()


READ_WITHOUT_SHAPE = {"authorize_payment": AuthorizePayment}
"""What a handler reads instead of its row's shape, with the same values (tests/http/test_reading.py)."""


def test_handlers_use_their_routes_models(subtests: pytest.Subtests) -> None:
    """`Call[Body, Query]` is what a type checker goes by; the row is what requests are held to."""
    for route in WITH_OWN_HANDLER:
        with subtests.test(route.name):
            given = get_args(get_type_hints(inspect.unwrap(load_handler(route)))["call"])
            body = READ_WITHOUT_SHAPE.get(route.name, route.body_shape)
            assert given == (body or NoneType, route.query_shape or NoneType)


# --- suppressions -----------------------------------------------------------------------------------------------------

REASONLESS = re.compile(r"# (?:noqa|pyright: ignore|type: ignore)(?:\[[^\]]*\]|: [A-Z0-9, ]+)?\s*$")


def test_suppressions_state_their_reason() -> None:
    every = sources(*OURS, ROOT / "tests", ROOT / "benchmarks", ROOT / "load_tests")
    found = [
        f"{place(file)}:{number}"
        for file in every
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if REASONLESS.search(line)
    ]
    assert found == []


# --- size -------------------------------------------------------------------------------------------------------------


def test_folders_have_few_modules() -> None:
    """In a folder of more, what lies together no longer says where a thing is: of the product and of the tests."""
    modules = [file for file in sources(*OURS, ROOT / "tests") if file.name not in {"__init__.py", "conftest.py"}]
    folders = Counter(place(file.parent) for file in modules)

    assert {folder: count for folder, count in folders.items() if count > MAX_FILES_OF_FOLDER} == {}


def test_handlers_stay_short(subtests: pytest.Subtests) -> None:
    """A handler that grows is a decision without a name; it has a place in the domain."""
    shared = {function.module for function in DISPATCHERS} | {each.route.module for each in RESOURCE_ROUTES}
    for file in [f for f in handlers() if module_name(f) not in shared]:
        with subtests.test(place(file)):
            functions = [node for node in nodes(file) if isinstance(node, ast.FunctionDef)]
            lines = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}

            assert functions
            assert {name: count for name, count in lines.items() if count > MAX_HANDLER_LINES} == {}


# --- calls that have a better replacement -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Ban:
    """Names that are not used under `roots`, what is used instead, and the files that may."""

    names: tuple[str, ...]
    instead: str
    roots: tuple[Path, ...] = OURS
    but: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.names[0]


AWS = "layers/shared/python/paysandbox/aws"
PROVISIONING = "lambdas/provisioning"
CUSTOM_RESOURCE = f"{PROVISIONING}/custom_resource.py"
GENERATE_SECRET = f"{PROVISIONING}/generate_secret.py"
CLOUD = (LAYER, LAMBDAS)

# Rules, shapes and stores: what works with them may measure time in fractions.
NEAR_MONEY = tuple(SHARED / f"{name.replace('.', '/')}.py" for kind in walls.kinds(ROOT) for name in kind)

BANS = (
    Ban(
        ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"),
        "aws.runtime.now(), once per request, handed on as an argument: time can be moved then",
        roots=CLOUD,
        but=(f"{AWS}/runtime.py", f"{AWS}/telemetry.py"),  # a metric is of wall time
    ),
    Ban(
        ("time.sleep", "asyncio.sleep"),
        "nothing: a payer waits for it, and it is paid for",
        roots=CLOUD,
        # Once per deployment, while CloudFormation waits; and between tries of a write that AWS did not take.
        but=(CUSTOM_RESOURCE, f"{AWS}/backoff.py"),
    ),
    Ban(
        ("random", "secrets", "uuid", "os.urandom"),
        "aws.runtime, and an argument for the domain",
        roots=CLOUD,
        but=(f"{AWS}/runtime.py", f"{AWS}/backoff.py", GENERATE_SECRET),  # backoff: jitter
    ),
    Ban(
        ("os.environ", "os.getenv", "os.putenv"),
        "aws.runtime.settings_of(…), with the setting in aws/settings.py",
        roots=CLOUD,
        but=(
            f"{AWS}/runtime.py",
            # What stores need, which may not know the clients.
            *(f"{AWS}/index_shards.py", f"{AWS}/search_time.py"),
            f"{AWS}/tracing.py",  # decides at import whether the X-Ray SDK is loaded
            f"{AWS}/idempotency.py",  # whether Powertools' is disabled
            "layers/shared/python/paysandbox/http/middleware.py",
        ),
    ),
    Ban(
        ("print", "sys.stdout", "logging", "breakpoint"),
        "aws.telemetry, which never shows a body",
        roots=CLOUD,
        # Itself; of a deployment; and of the X-Ray SDK's own warnings.
        but=(f"{AWS}/telemetry.py", CUSTOM_RESOURCE, f"{AWS}/tracing.py"),
    ),
    Ban(
        ("boto3.client", "boto3.resource", "boto3.Session"),
        "a cached client of aws.runtime",
        roots=CLOUD,
        but=(
            *(f"{AWS}/runtime.py", GENERATE_SECRET),
            *(f"{PROVISIONING}/{name}.py" for name in ("empty_bucket", "publish_dashboard", "update_stage")),
        ),
    ),
    Ban(
        ("boto3", "botocore"),
        "aws.runtime and stores",
        roots=tuple(LAMBDAS / group for group in ("events", "monitoring", "payments", "request_log")),
    ),
    Ban(
        ("float", "decimal", "Decimal", "round", "fractions"),
        "int, in minor units: money is never a fraction",
        roots=(*NEAR_MONEY, LAMBDAS),
        but=(
            # PayPal's amounts are decimal texts.
            "layers/shared/python/paysandbox/disbursements/paypal/messages.py",
            # JSON's numbers, which are refused as amounts.
            "layers/shared/python/paysandbox/http/body_shape.py",
            # Durations, and shares of requests, in JSON and at the terminal. The cost is computed in picodollars.
            "layers/shared/python/paysandbox/metrics/figures.py",
            "layers/shared/python/paysandbox/metrics/schemas.py",
            # Seconds, for botocore.
            "layers/shared/python/paysandbox/aws/dynamodb/contention.py",
        ),
    ),
    Ban(
        (
            "print",
            "sys.stdout",
            "sys.stderr",
            "sys.__stdout__",
            "sys.__stderr__",
            "logging",
            "warnings",
            "traceback.print_exc",
            "typer.echo",
            "typer.secho",
            "typer.prompt",
            "typer.confirm",
            "click",
            "rich.print",
            "rich.print_json",
            "rich.get_console",
            "rich.ansi",
            "rich.console.Console",
            "rich.json",
            "rich.markdown",
            "rich.markup",
            "rich.pretty",
            "rich.prompt",
            "rich.syntax",
            "rich.text",
        ),
        "cli.terminal.output and cli.terminal.console: what others wrote is shown there, and obeyed by no terminal",
        roots=(ROOT / "cli", ROOT / "engine"),
        # The engine's own process, whose output is a log.
        but=(
            "engine/engine_log.py",
            "engine/workers/fork_server.py",
            "engine/lock.py",
            "engine/start.py",
            "engine/state/snapshots.py",
            "cli/terminal/output.py",
            "cli/terminal/console.py",
        ),
    ),
    Ban(("pickle", "marshal", "shelve", "eval", "exec"), "json: what is read is not run", roots=OURS),
    Ban(("hashlib.md5", "hashlib.sha1"), "hashlib.sha256", roots=OURS),
)

BANNED_IN_PART = {name.partition(".")[0] for ban in BANS for name in ban.names}


def test_banned_names_have_a_replacement(subtests: pytest.Subtests) -> None:
    for ban in BANS:
        with subtests.test(str(ban)):
            found = {
                (place(file), line, used)
                for file in sources(*ban.roots)
                for line, used in names_used(file)
                if any(used == name or used.startswith(name + ".") for name in ban.names)
            }
            excused = {entry for entry in found if entry[0] in ban.but}

            assert found - excused == set(), f"use instead: {ban.instead}"
            assert {file for file, _, _ in excused} == set(ban.but), "an exception that nothing needs any more"


@cache
def names_used(file: Path) -> tuple[tuple[int, str], ...]:
    """Every name that a file uses of what is banned in part. Found once, because each ban asks for them."""
    return tuple((line, used) for line, used in uses(nodes(file)) if used.partition(".")[0] in BANNED_IN_PART)


def uses(module: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """Every dotted name that a module uses, by its nodes, under the name by which the world knows it."""
    known: dict[str, str] = {}
    for node in module:
        if isinstance(node, ast.Import):
            for name in node.names:
                known[name.asname or name.name.partition(".")[0]] = name.name
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                # A class is known by its own name: `datetime.now`, not `datetime.datetime.now`.
                full = name.name if name.name[0].isupper() or name.name == node.module else f"{node.module}.{name.name}"
                known[name.asname or name.name] = full
                yield node.lineno, f"{node.module}.{name.name}"
    for node in module:
        if isinstance(node, ast.Name | ast.Attribute) and (dotted := dotted_name(node)):
            first, _, rest = dotted.partition(".")
            yield node.lineno, ".".join(filter(None, [known.get(first, first), rest]))


def dotted_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted_name(node.value)):
        return f"{before}.{node.attr}"
    return None


@pytest.mark.parametrize(
    "source, used",
    [
        ("from datetime import datetime\ndatetime.now()", "datetime.now"),
        ("import time\ntime.time()", "time.time"),
        ("from time import time\ntime()", "time.time"),
        ("import time as t\nt.sleep(1)", "time.sleep"),
        ("from os import environ", "os.environ"),
        ("import os\nos.environ['A']", "os.environ"),
        ("import random\nrandom.random()", "random.random"),
        ("print('x')", "print"),
        ("from rich.text import Text\nText('x')", "rich.text.Text"),
        ("import typer\ntyper.echo('x')", "typer.echo"),
    ],
)
def test_banned_names_are_found_under_every_import_form(source: str, used: str) -> None:
    assert used in {name for _, name in uses([*ast.walk(ast.parse(source))])}


def test_product_code_raises_instead_of_asserting() -> None:
    """`python -O` drops assert statements; `raise AssertionError` stays."""
    found = [
        f"{place(file)}:{node.lineno}"
        for file in sources(*CLOUD)
        for node in nodes(file)
        if isinstance(node, ast.Assert)
    ]

    assert found == []


def test_money_code_has_no_fractions() -> None:
    found = [
        f"{place(file)}:{node.lineno}"
        for file in sources(*NEAR_MONEY)
        for node in nodes(file)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]

    assert found == []


# --- imports ----------------------------------------------------------------------------------------------------------

IMPORTS_EVERYTHING = """
import importlib, socket, sys

def refuse(*_, **__):
    raise AssertionError("something talks to the network while it is imported")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
sys.path[:0] = sys.argv[1].split(",")
for name in sys.argv[2].split(","):
    importlib.import_module(name)
prose = {"api_reference.openapi", "api_reference.routes"}
uninvited = (prose | {"aws_cdk", "stacks", "cli", "moto"}) & set(sys.modules)
assert not uninvited, f"handlers import {uninvited}"
for name in sys.argv[3].split(","):
    importlib.import_module(name)
"""


def test_every_module_is_imported_with_an_empty_environment_and_no_network() -> None:
    """Nothing happens at import but definitions. Handlers come first: they are to import little else."""
    paths, invited = f"{SHARED},{LAMBDAS}", ",".join(map(module_name, handlers()))
    # Loaded where traces are recorded alone: the X-Ray SDK opens a socket when it is imported.
    without_sdk = [file for file in sources(LAYER) if file.name != "trace_emitter.py"]
    rest = ",".join(map(module_name, without_sdk))

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORTS_EVERYTHING, paths, invited, rest],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def imported(file: Path) -> set[str]:
    """The modules that a file names in its imports, those of its own package included."""
    found: set[str] = set()
    for node in nodes(file):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def test_the_layer_has_no_dead_modules() -> None:
    """A module imported only by its tests is not part of the product."""
    needed = {name for file in sources(*OURS) for name in imported(file)}
    shapes = [shape for route in ROUTES for shape in (route.answer, route.body, route.query)]
    needed |= {shape.module for shape in shapes if isinstance(shape, Documented)}
    needed |= {each.operation.module for each in RESOURCE_ROUTES if isinstance(each.operation, Action)}
    packages = {module_name(file) for file in sources(LAYER) if file.name == "__init__.py"}

    assert {module_name(file) for file in sources(LAYER)} - needed - packages == set()


# --- names and words --------------------------------------------------------------------------------------------------

SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base", "service", "lib"}


def test_no_meaningless_file_names() -> None:
    folders = (*OURS, ROOT / "tests", ROOT / "layers" / "shared")
    named = {part for file in sources(*folders) for part in (*file.relative_to(ROOT).parts[:-1], file.stem)}

    assert named & SAYS_NOTHING == set()


def test_every_public_name_has_a_docstring() -> None:
    """Modules, classes, functions and methods; not a protocol's own hooks (`__str__`)."""
    silent = [f"{place(file)}: {name}" for file in sources(*CLOUD) for name in without_docstring(tree(file))]

    assert silent == []


def without_docstring(module: ast.Module) -> Iterator[str]:
    classes = [node for node in module.body if isinstance(node, ast.ClassDef) and public(node)]
    scopes: list[ast.Module | ast.ClassDef] = [module, *classes]
    if not ast.get_docstring(module):
        yield "the module"
    for node in (node for scope in scopes for node in scope.body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and public(node) and not ast.get_docstring(node):
            yield node.name


def public(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return not node.name.startswith("_")


def test_immutable_data_of_functions_are_records() -> None:
    """A frozen dataclass costs each cold start the compilation of its methods (`core/record.py`)."""
    frozen = [
        f"{file.relative_to(ROOT)}: {node.name}"
        for file in sources(LAYER, LAMBDAS)
        for node in nodes(file)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if (words := ast.unparse(decorator)).startswith("dataclass(frozen=True") and "order=True" not in words
    ]
    assert frozen == []
