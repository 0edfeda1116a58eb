"""What every test has."""

from collections.abc import Iterator

import pytest

from tests.support import aws_models


@pytest.fixture(autouse=True, scope="session")
def aws_models_held() -> Iterator[None]:
    """Every AWS call of the functions is one that botocore's model of AWS allows."""
    with aws_models.held():
        yield
