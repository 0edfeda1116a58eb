"""Whether the engine fails to save its state (snapshots.py), for `paysandbox status` and `doctor`.

The engine answers from memory. It could not write a file either, if the disk is full or the home is read-only.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

PATH: Final = "/_paysandbox/unsaved"


@dataclass(frozen=True)
class Unsaved:
    """Since when changes are not saved (ISO 8601, UTC), and why the last snapshot failed."""

    since: str
    reason: str


async def answer(send: Any, unsaved: Unsaved | None) -> None:
    """Respond with it as a JSON object, or with `null`."""
    body = json.dumps(unsaved and asdict(unsaved)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
