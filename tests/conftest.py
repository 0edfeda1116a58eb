"""What every test has, and what some ask for by name."""

import gc
import signal
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from paysandbox.aws import threads
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments.payment import Payment, state_of
from tests.passed_before import leave_out
from tests.support.tools import every_module
from tests.support.tools.tiers import EXAMPLES, TIERS, few_of_each, mark_rest_of_matrices
from tests.support.worlds import aws_models, moto_shortcuts, tables
from tests.support.worlds.memory_ledger import MemoryLedger

TESTS = Path(__file__).parent
LAYER = TESTS.parent / "layers/shared/python/paysandbox"
# The features whose code runs in Lambda, which have a folder of tests each. None in the copy of tests/mutants.py.
IN_LAMBDA = {folder.name for parent in (LAYER, TESTS.parent / "lambdas") for folder in parent.glob("*")}

# The feature some of whose functions botocore calls, in the midst of a call to AWS.
CALLED_BY_BOTOCORE: Final = "aws"

# How many cases of a test are traced for coverage.
TRACED_CASES: Final = 8

# Examples are the same on every machine, and no slow neighbor fails a test.
for _tier, _examples in EXAMPLES.items():
    settings.register_profile(
        _tier,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
        max_examples=_examples,
    )
settings.load_profile("all")

# If jsonschema finds it, it compiles a grammar for two seconds in every process. It is for the format "iri", which no
# schema here has.
sys.modules["rfc3987_syntax"] = None  # pyright: ignore[reportArgumentType] - how Python says that a module is missing


def pytest_addoption(parser: pytest.Parser) -> None:
    """Choose who answers DynamoDB's calls in handler tests (tests/support/worlds/handlers.py), and name a list of the
    tests that need not run again (tests/passed_before.py)."""
    parser.addoption("--dynamodb", choices=("own", "moto"), default="own")
    parser.addoption("--passed-before", type=Path)


def pytest_configure(config: pytest.Config) -> None:
    """Whoever is asked to end does so as after Ctrl-C: with the fixtures that end what they started."""
    if config.getoption("markexpr") == TIERS["fast"]:
        settings.load_profile("fast")
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@cache
def feature_of(path: Path) -> str:
    """Return the folder of a test's file."""
    return path.relative_to(TESTS).parts[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave most of a handler's matrix to the full tier. First, because pytest selects by mark afterwards.

    The time of a test that is marked with one is never less than that of all: the full tier has patience, since a busy
    machine takes four times as long.

    Coverage is that of a few cases of each test for what runs in Lambda: `full` ones and the rest of a table repeat
    what those run, and a test of a program is none of a rule that it calls.
    """
    mark_rest_of_matrices(items)
    of_all = config.getoption("timeout") or 0
    for item in items:
        if (mark := item.get_closest_marker("timeout")) and mark.args[0] < of_all:
            item.add_marker(pytest.mark.timeout(of_all), append=False)
    traced = few_of_each(items, TRACED_CASES)
    for item in items:
        if item not in traced or feature_of(item.path) not in IN_LAMBDA:
            item.add_marker(pytest.mark.untraced)
    if passed := config.getoption("passed_before"):
        leave_out(config, items, passed, is_measured=config.pluginmanager.has_plugin("_cov"))


def pytest_collection_finish() -> None:
    """Keep what is loaded now out of every later garbage collection: to go through it takes a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """End the measurement that pytest-cov starts in each process of pytest-xdist beside the one that counts.

    Coverage returns to it at each pause, and would trace every test.
    """
    coverage = session.config.pluginmanager.get_plugin("_cov")
    if coverage and hasattr(session.config, "workerinput"):
        coverage.cov_controller.pause()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Trace the import of every module before a test needs it, and nothing else until the first traced test.

    What is collected stays, so no garbage collection goes through it meanwhile.
    """
    if coverage := session.config.pluginmanager.get_plugin("_cov"):
        every_module.import_all()
        coverage.cov_controller.pause()
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Trace a test with its fixtures unless it is marked `untraced`: tracing doubles the time of all code.

    The threads that the layer keeps end with each test, since a thread is traced from its start or never.
    """
    coverage = item.config.pluginmanager.get_plugin("_cov")
    traced = not item.get_closest_marker("untraced")
    if coverage and traced:
        coverage.cov_controller.resume()
        if feature_of(item.path) == CALLED_BY_BOTOCORE:
            moto_shortcuts.traces_botocore.set()
    try:
        return (yield)
    finally:
        if coverage and traced:
            coverage.cov_controller.pause()
            moto_shortcuts.traces_botocore.clear()
        if coverage:
            threads._POOLS.pools.clear()


@pytest.fixture(autouse=True, scope="session")
def aws_models_held() -> Iterator[None]:
    """Every AWS call of the functions is one that botocore's model of AWS allows."""
    with aws_models.held():
        yield


@pytest.fixture
def memory_ledger() -> MemoryLedger:
    """An empty ledger that is no table: rules need none."""
    return MemoryLedger()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """An empty ledger in an AWS of its own."""
    with tables.sandbox() as empty:
        yield empty


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Tables of cases by what they say: steps by their names, a payment by its status."""
    if isinstance(val, Payment):
        return str(state_of(val).status)
    if isinstance(val, list) and all(callable(step) for step in val):
        return ", ".join(step.__name__ for step in val) or "at first"
    return None
