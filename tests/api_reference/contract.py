"""The API's contract: the OpenAPI document without its prose and examples, as a digest of each of its parts.

    python -m tests.api_reference.contract     write contract.txt, after a change of the contract that is intended

Descriptions can be reworded freely: a line changes only if a path, field, type, status or code of its part does. What
changed is in the difference of docs/openapi.json, which is committed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from api_reference.code_samples import EXTENSION
from api_reference.openapi import document
from api_reference.routes import ROUTES

COMMITTED = Path(__file__).with_name("contract.txt")
COMMAND = ".venv/bin/python -m tests.api_reference.contract"

PROSE = frozenset({"title", "summary", "description", "example", EXTENSION})
NAMED = frozenset({"properties", "patternProperties", "schemas", "webhooks", "paths", "headers", "securitySchemes"})
"""Members whose own keys are names of the API: a property may be called `description`."""

# 64 bits: two of a few hundred parts will not share one by accident.
DIGITS = 16


def contract() -> dict[str, Any]:
    """The contract of the routes as they are."""
    whole: dict[str, Any] = without_prose(document(ROUTES, title="", version="", server=""))
    return whole


def digests(contract: Mapping[str, Any]) -> dict[str, str]:
    """Short hashes of the parts of a contract, by their names: `POST /payments/authorize`, `schema Payment`."""
    return {name: f"sha256:{_hash(part)}" for name, part in parts(contract)}


def parts(contract: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each operation, webhook, schema and security scheme by its name, and the rest of the document. None overlap."""
    rest = dict(contract)
    for path, operations in rest.pop("paths", {}).items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation
    for name, webhook in rest.pop("webhooks", {}).items():
        yield f"webhook {name}", webhook
    components = dict(rest.pop("components", {}))
    for kind, named in (("schema", "schemas"), ("security scheme", "securitySchemes")):
        for name, part in components.pop(named, {}).items():
            yield f"{kind} {name}", part
    yield "document", rest | {"components": components}


def written(digests: Mapping[str, str]) -> str:
    """The digests as committed: a line for each part, sorted by name."""
    return "".join(f"{name}  {digest}\n" for name, digest in sorted(digests.items()))


def read(text: str) -> dict[str, str]:
    """The digests of a committed text."""
    return dict(line.rsplit("  ", 1) for line in text.splitlines())


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What was added, removed and changed between two digests, sorted by name."""

    def what(name: str) -> str:
        return "changed" if name in before and name in now else "added" if name in now else "removed"

    return [f"{what(name)}: {name}" for name in sorted({*before, *now}) if before.get(name) != now.get(name)]


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


def _hash(part: Any) -> str:
    canonical = json.dumps(part, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:DIGITS]


def _referenced(examples: Any) -> list[str]:
    if not isinstance(examples, dict):
        return []
    named = cast("dict[str, Any]", examples)
    return sorted(name for name, value in named.items() if "$ref" in value)


if __name__ == "__main__":
    COMMITTED.write_text(written(digests(contract())))
