"""The scenarios of all features, in the order of the routes' groups, and the first of each route."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from api_reference.routes import ROUTES
from paysandbox.http.route import Api, Route
from tests.support.scenario import Scenario

_TESTS: Final = Path(__file__).resolve().parents[1]


def _of_features() -> Iterator[Scenario]:
    for group in dict.fromkeys([*(route.group for route in ROUTES), "stripe_api"]):
        if (_TESTS / group / "scenarios.py").exists():
            yield from importlib.import_module(f"tests.{group}.scenarios").SCENARIOS


_ALL: Final = tuple(_of_features())
EVERY_SCENARIO: Final = tuple(scenario for scenario in _ALL if scenario.counted)
SCENARIOS: Final = tuple(scenario for scenario in EVERY_SCENARIO if scenario.route.api is not Api.V1)
"""Those of the native API."""


def first_of(route: Route) -> Scenario:
    """Return a route's first scenario. Pages of the docs have none; their paths are those of the examples."""
    of_route = (scenario for scenario in _ALL if scenario.route is route)
    return next(of_route, None) or Scenario("a page of the docs", route, (), lambda *_: {"path": route.path_examples})
