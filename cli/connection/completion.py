"""Values for shell completion, looked up without boto3. A sandbox that is not running has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from paysandbox.core.suggestion import did_you_mean

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
    return sorted(name for name in _routes() if name.startswith(incomplete))


def known_route(name: str | None) -> str | None:
    """Return the name of a route. Raises BadParameter if there is no such route."""
    if name is not None and name not in (known := _routes()):
        hint = did_you_mean(name, known) or "The API reference lists the routes' names."
        raise typer.BadParameter(f"There is no route `{name}`. {hint}".rstrip())
    return name


def _routes() -> list[str]:
    from api_reference.routes import ROUTES
    from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES

    return [route.name for route in (*ROUTES, *V1_ROUTES)]


def _keys() -> Sequence[MerchantKey]:
    from cli.connection.keys import local_keys
    from cli.connection.target import LOCAL, resolve
    from cli.state.state_dir import StateDir
    from cli.terminal.failure import Failure

    try:
        return local_keys(resolve(LOCAL, StateDir.find()))
    except Failure:
        return []
