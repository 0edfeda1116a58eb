"""What strangers can make an environment cost in a day."""

import pytest

from stacks.operations.prices import usd
from tests.infra.operations.strangers_price import open_methods, worst_day
from tests.infra.templates import Synthesized, templates_for


@pytest.fixture(params=["dev", pytest.param("staging", marks=pytest.mark.full), "prod"])
def deployed(request: pytest.FixtureRequest) -> Synthesized:
    return templates_for(env=request.param)


def test_the_worst_day_has_a_ceiling(deployed: Synthesized) -> None:
    """The guide has these numbers (docs/how-to/deploy.md, "Limit anonymous callers")."""
    ceiling_usd = {"dev": 850, "staging": 850, "prod": 1_410}[deployed.environment.name]
    assert usd(worst_day(deployed), beyond_free=False) < ceiling_usd


def test_outside_of_prod_no_method_takes_more_than_ten_open_requests_a_second() -> None:
    assert max(method.per_s for method in open_methods(templates_for(env="dev"))) == 10


def test_preflights_run_no_function(deployed: Synthesized) -> None:
    methods = [*open_methods(deployed)]
    assert {method.method.partition(" ")[0] for method in methods if not method.runs_function} == {"OPTIONS"}
    assert len({(one.stack, one.method) for one in methods}) == len(methods) > 100
