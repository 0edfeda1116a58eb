"""Paths of the native API below /v1, on a domain that both APIs share."""

import pytest

from api_reference.routes import ROUTES
from paysandbox.http.native_paths import NATIVE_BELOW_V1, is_native_below_v1
from paysandbox.stripe_api.catalog.operations import operations
from paysandbox.stripe_api.routes import ROUTES as STRIPE_ROUTES


@pytest.mark.parametrize(
    "path, native",
    [
        ("/v1/api", True),
        ("/v1/api/customer", True),
        ("/v1/api/payment/c/p/cancel", True),
        ("/v1/api/unknown", True),
        ("/v1", False),
        ("/v1/apis", False),
        ("/v1/payment_intents", False),
        ("/api/customer", False),
        ("/x/v1/api/customer", False),
        ("/V1/API/customer", False),
        ("", False),
    ],
)
def test_native_paths(path: str, native: bool) -> None:
    assert is_native_below_v1(path) is native


def test_every_native_route_below_v1_is_recognized() -> None:
    below = [route.path for route in ROUTES if route.path.startswith("/v1")]
    assert below
    assert all(is_native_below_v1(path) for path in below)


def test_stripe_has_no_such_path() -> None:
    taken = [f"/v1{route.path}" for route in STRIPE_ROUTES if route.path != "/{proxy+}"]
    taken += [operation.partition(" ")[2] for operation in operations()]
    assert not [path for path in taken if path.startswith(f"/{NATIVE_BELOW_V1}")]
