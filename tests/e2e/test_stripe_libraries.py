"""The calls of thirteen libraries, as they send them, at the deployed sandbox. `make test-stripe` asks Stripe."""

import pytest

from integrations.listed import Integration, Kind, integrations
from integrations.page import rows, stopped
from integrations.run import Sandbox as Place, run_library
from tests.e2e.conftest import Sandbox
from tests.support.api import Api

LIBRARIES = [one for one in integrations() if one.kind is Kind.LIBRARY]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_each_library_works_as_far_as_documented(library: Integration, sandbox: Sandbox, api: Api) -> None:
    """It reads what it expects in each answer, up to the refusal that the page names."""
    outcome = run_library(library, Place(sandbox.base_url, api.api_key, ""))
    assert (outcome.verdict, stopped(outcome)) == rows()[library.name], outcome.worked
