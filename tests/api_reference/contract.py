"""The API's contract: the OpenAPI document without its prose and examples.

    python -m tests.api_reference.contract     write contract.json, after a change of the contract that is intended

Descriptions can then be reworded freely: `test_contract` fails only when a path, field, type, status or code changes.
"""

import json
from pathlib import Path
from typing import Any, cast

from api_reference.openapi import document
from api_reference.routes import ROUTES

COMMITTED = Path(__file__).with_name("contract.json")

PROSE = frozenset({"title", "summary", "description", "example"})
NAMED = frozenset({"properties", "patternProperties", "schemas", "webhooks", "paths", "headers", "securitySchemes"})
"""Members whose own keys are names of the API: a property may be called `description`."""


def contract() -> str:
    """The contract of the routes as they are, as it is committed."""
    whole = document(ROUTES, title="", version="", server="")
    return json.dumps(without_prose(whole), indent=1, sort_keys=True) + "\n"


def without_prose(node: Any, *, names: bool = False) -> Any:
    """The document without titles, summaries, descriptions and values of examples.

    Of the problems that a route answers, the codes stay: they are the keys of references to shared examples.
    """
    if isinstance(node, list):
        return [without_prose(one) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", node).items():
        if names:
            kept[key] = without_prose(value)
        elif key == "examples":
            if codes := _referenced(value):
                kept[key] = codes
        elif key not in PROSE:
            kept[key] = without_prose(value, names=key in NAMED)
    return kept


def _referenced(examples: Any) -> list[str]:
    if not isinstance(examples, dict):
        return []
    named = cast("dict[str, Any]", examples)
    return sorted(name for name, value in named.items() if "$ref" in value)


if __name__ == "__main__":
    COMMITTED.write_text(contract())
