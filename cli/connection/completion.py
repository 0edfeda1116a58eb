"""Values for shell completion, looked up without boto3. A sandbox that is not running has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.connection.keys import MerchantKey


def complete_merchant(incomplete: str) -> list[str]:
    """Return the local sandbox's merchants whose names start with the text."""
    return sorted({key.merchant for key in _keys() if key.merchant.startswith(incomplete)})


def complete_key_id(incomplete: str) -> list[tuple[str, str]]:
    """Return the IDs of the local sandbox's API keys that start with the text, each with its merchant and plan."""
    return [(key.key_id, f"{key.merchant}, {key.plan}") for key in _keys() if key.key_id.startswith(incomplete)]


def complete_route(incomplete: str) -> list[str]:
    """Return the names of routes that start with the text."""
    from api_reference.routes import ROUTES
    from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES

    return sorted(route.name for route in (*ROUTES, *V1_ROUTES) if route.name.startswith(incomplete))


def _keys() -> Sequence[MerchantKey]:
    from cli.connection.keys import local_keys
    from cli.connection.target import LOCAL, resolve
    from cli.sandbox.state_dir import StateDir
    from cli.terminal.failure import Failure

    try:
        return local_keys(resolve(LOCAL, StateDir.find()))
    except Failure:
        return []
