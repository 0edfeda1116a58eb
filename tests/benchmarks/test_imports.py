"""Modules that no payment handler may load at its start, since a payer would wait for them."""

from collections.abc import Callable, Iterator

import pytest

from api_reference.routes import ROUTES
from benchmarks.cold_import import modules_of
from layers import build
from paysandbox.aws.resources import STRIPE_SECRET_KEY
from paysandbox.donations import routes as donations
from paysandbox.http.route import Function, Route, functions_of
from paysandbox.payments import routes as payments
from paysandbox.stripe_api import routes as stripe_api
from tests.benchmarks.module_loader import module_loader
from tests.support.tools.tiers import first_of_each, soak_but

FORBIDDEN = (
    "aws_xray_sdk",  # only `tracing=full` loads it; Lambda traces without it
    "aws_lambda_powertools.event_handler",  # routes are picked by a dictionary
    "aws_lambda_powertools.utilities.parser",
    "aws_cdk",
    "babel",
    "cli",
    "httpx",
    "iso4217",  # 29 ms for a table that stands in the domain
    "paysandbox.payments.schemas",  # 10 ms for shapes of answers, which only documents and tests read
    "paysandbox.reference.error_docs",
    "api_reference.examples",
    "api_reference.openapi",
    "requests",
    "stacks",
    "stripe",
)


ASKS_STRIPE = frozenset({"requests", "stripe"})
"""Of what is forbidden, what whoever asks Stripe loads: 200 ms."""


Loader = Callable[[str], frozenset[str]]
LOADED_BY_ALL = "paysandbox.aws.runtime"


@pytest.fixture(scope="module")
def load() -> Iterator[Loader]:
    """Provide a function that returns the modules that a handler loads, and those of LOADED_BY_ALL."""
    with module_loader(LOADED_BY_ALL) as modules_of_handler:
        yield modules_of_handler


@pytest.mark.full
@pytest.mark.parametrize("route", donations.ROUTES, ids=lambda route: route.name)
def test_only_handlers_that_call_stripe_load_its_sdk(route: Route, load: Loader) -> None:
    found = load(route.module)
    assert found & set(FORBIDDEN) == (ASKS_STRIPE if route.may_use(STRIPE_SECRET_KEY) else set())


SHARED = [function for function in functions_of(ROUTES + stripe_api.ROUTES) if len(function.routes) > 1]
OWN = [function for function in SHARED if any(route.module == function.module for route in function.routes)]
"""Those with the name of one of their routes, whose handler passes the others on."""
DISPATCHED = [function for function in SHARED if function not in OWN]


@pytest.mark.full
@pytest.mark.parametrize(
    "function",
    soak_but(DISPATCHED, keep=first_of_each(DISPATCHED, by=lambda function: function.group == "stripe_api")),
    ids=lambda function: function.name,
)
def test_a_shared_function_loads_one_module_and_its_dispatcher(function: Function, load: Loader) -> None:
    """So a cold start costs what it costs a function that answers the routes of this module alone."""
    route = function.routes[0]
    found = load(f"{function.module}, {route.module}")
    assert found - load(route.module) == {"paysandbox.http.dispatch", function.module}
    assert found & {other.module for other in function.routes} == {route.module}


@pytest.mark.full
@pytest.mark.parametrize("function", OWN, ids=lambda function: function.name)
def test_a_function_with_a_route_of_its_own_loads_no_other(function: Function, load: Loader) -> None:
    others = {route.module for route in function.routes} - {function.module}
    assert load(function.module) & others == set()


PAYING = (*payments.ROUTES, *stripe_api.ROUTES)
FIRST_OF_GROUP = first_of_each(PAYING, by=lambda route: route.group)


@pytest.mark.full
@pytest.mark.parametrize("route", soak_but(PAYING, keep=FIRST_OF_GROUP), ids=lambda route: route.name)
def test_payment_handlers_load_no_unneeded_modules(route: Route, load: Loader) -> None:
    found = load(route.module)
    assert route.module in found
    assert {name for name in found for banned in FORBIDDEN if name == banned or name.startswith(banned + ".")} == set()
    others = {other.module for other in PAYING} - {route.module}
    assert found & others == set()


MONEY = (payments.AUTHORIZE_PAYMENT, payments.CAPTURE_PAYMENT, payments.VOID_PAYMENT, payments.REFUND_PAYMENT)
_OF_STEPS = ("attempt_rules", "authentication", "bank_steps", "plan", "plan_rules", "simulated_action", "simulation")
OF_SIMULATED_STEPS = frozenset(f"paysandbox.payments.{name}" for name in _OF_STEPS)


@pytest.mark.full
@pytest.mark.parametrize("route", MONEY, ids=lambda route: route.name)
def test_only_payments_with_a_plan_load_its_modules(route: Route, load: Loader) -> None:
    assert load(route.module) & OF_SIMULATED_STEPS == set()


OF_SHAPES = ("annotated_types", "pydantic", "pydantic_core", "typing_inspection")
"""pydantic, and what only it loads: a quarter of the CPU time of a start."""


@pytest.fixture(scope="module")
def of_an_authorization() -> frozenset[str]:
    """Provide the modules that an authorization loads in a new Python, and no others."""
    return modules_of("payments.authorize_payment")


def test_an_authorization_is_read_without_pydantic(of_an_authorization: frozenset[str]) -> None:
    """Only a body that is refused needs it, and no request that is answered does."""
    found = of_an_authorization
    assert {name for name in found if name.partition(".")[0] in OF_SHAPES} == set()
    assert found & {"paysandbox.payments.requests", "paysandbox.http.queries", "paysandbox.http.shapes"} == set()


def test_payments_load_no_class_whose_methods_are_compiled_for_it(of_an_authorization: frozenset[str]) -> None:
    """A frozen dataclass takes 0.4 to 1.5 ms, and payments load 80 (core/record.py)."""
    found = (name for name in of_an_authorization if name.startswith("paysandbox."))
    sources = {name: build.SHARED / "python" / f"{name.replace('.', '/')}.py" for name in found}
    compiled = [name for name, file in sources.items() if file.is_file() and "@dataclass(frozen" in file.read_text()]
    assert set(compiled) <= {"paysandbox.core.record"}


def test_what_is_loaded_for_all_is_loaded_by_each(of_an_authorization: frozenset[str], load: Loader) -> None:
    assert load("payments.authorize_payment") == of_an_authorization
