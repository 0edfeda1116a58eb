"""Eight majors of stripe-python and six of stripe-node on the deployed sandbox: one principal flow each.

The current majors have tests of their own (test_stripe_python.py, test_stripe_node.py). Of these, the full tier runs
the oldest and the newest for Python, and all for Node; none is in the fast tier, since they are installed from the
registries.
"""

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.tools.stripe_majors import NODE, PYTHON, run_node, run_python
from tests.support.tools.tiers import soak_but

pytestmark = pytest.mark.full

FIRST_AND_LAST = [*PYTHON][:: len(PYTHON) - 1]


def test_there_are_eight_and_six() -> None:
    assert (len(PYTHON), len(NODE)) == (8, 6)


@pytest.mark.parametrize("package", soak_but(PYTHON, keep=FIRST_AND_LAST.__contains__))
def test_python(package: str, sandbox: Sandbox, api: Api) -> None:
    assert run_python(package, sandbox.base_url, api.api_key) == package.removeprefix("stripe==") + "\n"


def test_node(sandbox: Sandbox, api: Api) -> None:
    """In one process, since a start of Node.js takes longer than the flow."""
    versions = [package.removeprefix("npm:stripe@") for package in NODE.values()]
    assert run_node(sandbox.base_url, api.api_key).split() == versions
