"""Paths of the native API below `/v1`, which otherwise is the base path of the Stripe-compatible API."""

from typing import Final

NATIVE_BELOW_V1: Final = "v1/api"
"""The base path, without slashes around it. Stripe's API has no resource of the name `api`."""


def is_native_below_v1(path: str) -> bool:
    """Return whether a path of a domain that serves both APIs belongs to the native one, although it is below /v1."""
    return path == f"/{NATIVE_BELOW_V1}" or path.startswith(f"/{NATIVE_BELOW_V1}/")
