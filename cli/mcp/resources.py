"""The resources of the MCP server: payments and events by their ID, and the pages of the documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from cli.mcp.program import Program
from paysandbox.core.cards.masking import without_secrets

SCHEME: Final = "paysandbox"

_JSON: Final = "application/json"
_MARKDOWN: Final = "text/markdown"
_URI: Final = re.compile(rf"{SCHEME}://(payment|event|docs)/([A-Za-z0-9_/-]{{1,100}})")
_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "payment": ("pay show", _JSON),
    "event": ("events show", _JSON),
    "docs": ("docs show", _MARKDOWN),
}

TEMPLATES: Final = (
    {
        "uriTemplate": f"{SCHEME}://payment/{{auth_id}}",
        "name": "payment",
        "title": "A payment",
        "description": "A payment with its totals and operations.",
        "mimeType": _JSON,
    },
    {
        "uriTemplate": f"{SCHEME}://event/{{event_id}}",
        "name": "event",
        "title": "An event",
        "description": "An event as published, with its delivery to each endpoint.",
        "mimeType": _JSON,
    },
    {
        "uriTemplate": f"{SCHEME}://docs/{{+page}}",
        "name": "docs",
        "title": "A page of the documentation",
        "description": "A page as Markdown, by its path: how-to/lose-answers.",
        "mimeType": _MARKDOWN,
    },
)
"""Templates (RFC 6570) of the resources."""


class NoSuchResource(LookupError):  # noqa: N818 - a result that a client can ask for
    """There is no resource with this URI, or it could not be read. The message says why."""


def listed_resources(program: Program) -> list[dict[str, Any]]:
    """Return the pages of the documentation. None while no sandbox runs, which serves them."""
    ended = program.run(["docs", "list", "--json", *_connection(program, "docs list")])
    if ended.exit_code != 0:
        return []
    return [
        {
            "uri": f"{SCHEME}://docs/{page['page']}",
            "name": page["page"],
            "title": page["title"],
            "mimeType": _MARKDOWN,
        }
        for page in json.loads(ended.stdout)["data"]
    ]


def read_resource(program: Program, uri: str) -> dict[str, Any]:
    """Return the content of a resource, without secrets. Raises NoSuchResource."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise NoSuchResource(f"{uri} is no resource of this server.")
    command, media_type = _COMMANDS[match[1]]
    ended = program.run([*command.split(), "--json", *_connection(program, command), "--", match[2]])
    if ended.exit_code != 0:
        reason = (ended.stderr or ended.misuse).strip().rpartition("\n")[2]
        raise NoSuchResource(without_secrets(f"{uri} cannot be read: {reason}"))
    text = json.loads(ended.stdout)["markdown"] if media_type == _MARKDOWN else ended.stdout.strip()
    return {"uri": uri, "mimeType": media_type, "text": without_secrets(text)}


def _connection(program: Program, command: str) -> list[str]:
    names = {parameter.name for parameter in program.command(command).params}
    return [f"--{name}={value}" for name, value in program.connection.items() if name in names]
