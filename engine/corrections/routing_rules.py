"""The routing rule of the API's domain (stacks/api/api_stack.py). The engine has base path mappings only."""

from collections.abc import Callable
from typing import Any

from paysandbox.http.native_paths import is_native_below_v1

Resolve = Callable[[str, str], Any]
"""Returns API, stage and remaining path of a request to a domain, from host and path, or None."""


def rule_then_mappings(resolve: Resolve) -> Resolve:
    """Return a function that applies the rule before the mappings: the native API gets the whole path.

    The native API is the one that is mapped to the root.
    """

    def resolved(host: str, path: str) -> Any:
        if not is_native_below_v1(path):
            return resolve(host, path)
        root = resolve(host, "/")
        return None if root is None else (*root[:-1], path)

    return resolved
