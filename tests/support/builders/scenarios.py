"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from api_reference.routes import ROUTES
from paysandbox.http.route import Api, Route
from tests.support.builders.scenario import Refusal, Scenario

_TESTS: Final = Path(__file__).resolve().parents[2]


def _of_features() -> Iterator[Any]:
    for group in dict.fromkeys([*(route.group for route in ROUTES), "stripe_api"]):
        if (_TESTS / group / "scenarios.py").exists():
            yield importlib.import_module(f"tests.{group}.scenarios")


_FEATURES: Final = tuple(_of_features())
REFUSALS: Final[tuple[Refusal, ...]] = tuple(one for feature in _FEATURES for one in getattr(feature, "REFUSALS", ()))
_ALL: Final[tuple[Scenario, ...]] = tuple(one for feature in _FEATURES for one in feature.SCENARIOS)
EVERY_SCENARIO: Final = tuple(scenario for scenario in _ALL if scenario.counted)
SCENARIOS: Final = tuple(scenario for scenario in EVERY_SCENARIO if scenario.route.api is not Api.V1)
"""Those of the native API."""


def first_of(route: Route) -> Scenario:
    """Return a route's first scenario. Pages of the docs have none; their paths are those of the examples."""
    of_route = (scenario for scenario in _ALL if scenario.route is route)
    return next(of_route, None) or Scenario("a page of the docs", route, (), lambda *_: {"path": route.path_examples})
