"""Leads Stripe's SDK for Node.js in an MCP server to the sandbox, since its host is set only by its program's code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_VARIABLE: Final = "NODE_OPTIONS"
_LOADED: Final = Path(__file__).with_name("stripe_to_sandbox.cjs")


def variables_to_sandbox(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variable by which Node.js loads what leads https://api.stripe.com to STRIPE_API_BASE.

    Quotes and backslashes in its value are escaped as node(1) says of NODE_OPTIONS.
    """
    file = str(_LOADED).replace("\\", "\\\\").replace('"', '\\"')
    return {_VARIABLE: " ".join(filter(None, [env.get(_VARIABLE), f'--require "{file}"']))}
