"""What every test has."""

import signal
from collections.abc import Iterator

import pytest

from tests.support import aws_models


def pytest_configure() -> None:
    """Whoever is asked to end does so as after Ctrl-C: with the fixtures that end what they started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def aws_models_held() -> Iterator[None]:
    """Every AWS call of the functions is one that botocore's model of AWS allows."""
    with aws_models.held():
        yield
