"""What strangers can make an environment cost in a day."""

import pytest

from stacks.api.gateway import ACCOUNT_LIMITS
from stacks.operations.prices import usd
from tests.infra.operations.strangers_price import access_line_bytes, firewall_day, open_methods, worst_day
from tests.infra.templates import ROOT, Synthesized, templates_for

CEILINGS_USD = {"dev": 600, "staging": 600, "prod": 900}


@pytest.fixture(params=["dev", pytest.param("staging", marks=pytest.mark.full), "prod"])
def deployed(request: pytest.FixtureRequest) -> Synthesized:
    return templates_for(env=request.param)


def test_the_worst_day_has_a_ceiling(deployed: Synthesized) -> None:
    assert usd(worst_day(deployed), beyond_free=False) <= CEILINGS_USD[deployed.environment.name]


def test_the_guide_has_these_prices() -> None:
    page = " ".join((ROOT / "docs" / "how-to" / "deploy.md").read_text().split())
    firewall = usd(firewall_day(ACCOUNT_LIMITS.per_s), beyond_free=False)
    assert f"up to {CEILINGS_USD['dev']} USD a day in dev and staging and {CEILINGS_USD['prod']} in prod" in page
    assert f"{round(firewall)} USD a day" in page


def test_a_line_of_the_access_log_is_short(deployed: Synthesized) -> None:
    """Every request has one, also those that API Gateway refuses and does not charge for."""
    assert access_line_bytes(deployed) <= 200


def test_outside_of_prod_no_method_takes_more_than_ten_open_requests_a_second() -> None:
    assert max(method.per_s for method in open_methods(templates_for(env="dev"))) == 10


def test_preflights_run_no_function(deployed: Synthesized) -> None:
    methods = [*open_methods(deployed)]
    assert {method.method.partition(" ")[0] for method in methods if not method.runs_function} == {"OPTIONS"}
    assert len({(one.stack, one.method) for one in methods}) == len(methods) > 100
