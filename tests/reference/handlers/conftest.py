"""The files that the handlers serve are there, as a build leaves them."""

import pytest

from layers.reference import reference_files
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names


@pytest.fixture(autouse=True, scope="session")
def built() -> None:
    """As `make test` does first; for whoever starts pytest alone."""
    reference_files()
