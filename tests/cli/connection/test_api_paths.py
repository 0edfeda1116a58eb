"""Agreement of the program's short table of routes with the API's."""

import pytest

from api_reference.routes import ROUTES
from cli.connection import api_paths
from cli.connection.api_paths import ApiPath

LISTED = {name: value for name, value in vars(api_paths).items() if isinstance(value, ApiPath)}


def test_there_are_paths():
    assert len(LISTED) >= 8


def test_paths_match_their_routes(subtests: pytest.Subtests) -> None:
    for name, listed in LISTED.items():
        with subtests.test(str(name)):
            [route] = [route for route in ROUTES if route.name == name.lower()]
            assert listed == (route.method, route.path)
