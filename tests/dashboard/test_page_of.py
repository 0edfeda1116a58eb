"""The pages that IDs lead to: the dashboard's table of Stripe's objects is that of the resources."""

import re
from pathlib import Path

import pytest

from paysandbox.stripe_api.declared import RESOURCES

SOURCE = (Path(__file__).resolve().parents[2] / "dashboard/src/api/pageOf.ts").read_text()
TABLE = dict(re.findall(r'^  (\w+): "([^"]+)",$', SOURCE, re.MULTILINE))
PATHS = {resource.prefix.partition("_")[0]: resource.path[1:] for resource in RESOURCES.values()}


def test_the_table_is_read() -> None:
    assert {"cus", "cs", "src"} <= TABLE.keys()


@pytest.mark.parametrize("prefix", TABLE)
def test_a_prefix_leads_to_the_path_of_its_resource(prefix: str) -> None:
    assert TABLE[prefix] == PATHS[prefix]
