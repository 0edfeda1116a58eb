"""The pages that IDs lead to: those of resources whose objects can be retrieved by their ID alone."""

import json

import pytest

from docs.dashboard_facts import resources_json
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.routes import ROUTES

PATHS = json.loads(resources_json())["paths"]
RETRIEVED = {route.path for route in ROUTES if route.method == "GET"}


@pytest.mark.parametrize("prefix", PATHS)
def test_a_prefix_leads_to_the_path_of_its_resource(prefix: str) -> None:
    assert f"/{PATHS[prefix]}/{{id}}" in RETRIEVED
    assert PATHS[prefix] in {each.path[1:] for each in RESOURCES.values() if each.prefix.partition("_")[0] == prefix}
