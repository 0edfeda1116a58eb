"""Writes the documents that follow from the code: `docs/openapi.json` and `docs/api.md`.

    python docs/generate.py            write them
    python docs/generate.py --check    exit 1 when a committed one differs

A test runs the check, so the documents cannot be out of date.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from paysandbox import VERSION
from paysandbox.domain.test_cards import TEST_CARDS
from paysandbox.errors import PROBLEMS, problem_type
from paysandbox.openapi import document, refusals_of
from paysandbox.routes.all import ROUTES, Access, Route

DOCS: Final = Path(__file__).resolve().parent
LOCAL_SERVER: Final = "http://127.0.0.1:4566"


def openapi_json() -> str:
    """The OpenAPI document, as the local sandbox serves it."""
    whole = document(ROUTES, title="Serverless Payments Sandbox", version=VERSION, server=LOCAL_SERVER)
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def api_page() -> str:
    """Routes, refusals and test cards, to read."""
    return "\n".join([*_head(), *_routes(), *_refusals(), *_cards()]) + "\n"


def documents() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    return {DOCS / "openapi.json": openapi_json(), DOCS / "api.md": api_page()}


def _head() -> Iterator[str]:
    yield "# The API"
    yield ""
    yield "<!-- Written by docs/generate.py from the route, refusal and card tables; change those. -->"
    yield ""
    yield "Amounts are integers of the currency's minor unit (1250 is 12.50 USD); times are RFC 3339, UTC. Every route"
    yield "but `/health` wants `X-Api-Key`. Every POST wants `X-Idempotency-Key` (or `Idempotency-Key`). The same as"
    yield "OpenAPI: [openapi.json](openapi.json)."


def _routes() -> Iterator[str]:
    for route in ROUTES:
        yield ""
        yield f"## {route.method} {route.path}"
        yield ""
        access = "No key." if route.access is Access.PUBLIC else "API key."
        yield f"{route.summary}. {access}{' Idempotent by key.' if route.idempotent else ''}"
        for title, model, always in (
            ("Body", route.body, "required."),
            ("Query", route.query, "required."),
            ("Answer", route.answer, "always."),
        ):
            if model is not None:
                yield from ("", f"**{title}**", "")
                yield from _fields(model, always)
        yield ""
        yield f"**Refusals** {_codes(route)}"


def _fields(model: type[BaseModel], always: str) -> Iterator[str]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    yield "| field | type | |"
    yield "|---|---|---|"
    for name, shape in schema["properties"].items():
        words = [shape.get("description", "")]
        if name in required:
            words.insert(0, always)
        elif shape.get("default") is not None:
            words.insert(0, f"default `{json.dumps(shape['default'])}`.")
        kind = _kind(shape, schema.get("$defs", {}))
        yield f"| `{name}` | {kind} | {' '.join(filter(None, words))} |"


def _kind(shape: dict[str, Any], shapes: dict[str, Any]) -> str:
    if "$ref" in shape:
        named = shapes[shape["$ref"].rpartition("/")[2]]
        marks = {name: "" if name in named.get("required", []) else "?" for name in named["properties"]}
        return "{" + ", ".join(f"`{name}`{mark}" for name, mark in marks.items()) + "}"
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if "const" in shape:
        return f"`{shape['const']}`"
    if "anyOf" in shape:
        return " or ".join(_kind(option, shapes) for option in shape["anyOf"] if option.get("type") != "null")
    if shape.get("type") == "array":
        return f"[{_kind(shape['items'], shapes)}, …]"
    return {"object": "map", "integer": "integer", "string": "text", "boolean": "boolean"}[shape["type"]]


def _codes(route: Route) -> str:
    return ", ".join(f"[`{code}`](#{code})" for code in refusals_of(route))


def _refusals() -> Iterator[str]:
    yield ""
    yield "## Refusals"
    yield ""
    yield "Every refusal is an `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`,"
    yield "`instance`, `code`, `request_id`, and `param` where one is at fault. It moved no money. Branch on `code`."
    yield ""
    yield "| code | status | says | again? |"
    yield "|---|---|---|---|"
    for code, constant in PROBLEMS.items():
        again = "yes, with the same key" if constant.retryable else ""
        yield f'| <a id="{code}"></a>`{code}` | {constant.status} | {constant.title} | {again} |'
    yield ""
    yield f"`type` is `{problem_type(next(iter(PROBLEMS)))}` and so on: a name, not an address."


def _cards() -> Iterator[str]:
    yield ""
    yield "## Test cards"
    yield ""
    yield "Any expiry in the future, any security code of the brand's length. No other number is taken."
    yield ""
    yield "| number | what it does | `decline_code` |"
    yield "|---|---|---|"
    for card in TEST_CARDS.values():
        says = card.says if card.simulated else f"{card.says}: answers `not_yet_simulated` for now"
        yield f"| `{card.number}` | {says} | {f'`{card.decline_code}`' if card.decline_code else ''} |"


def main() -> int:
    """Write, or with --check compare."""
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            sys.stderr.write(f"{path.name} is out of date: python docs/generate.py\n")
        return 1 if stale else 0
    for path, text in documents().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
