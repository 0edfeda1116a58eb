"""Access to the demo merchant's API key over HTTP: only for the sandbox's own pages, in a browser on this machine.

The key gives access to one merchant of one sandbox, and to nothing in AWS. The rules are those of own_pages.py. Other
programs on this machine can forge what they check.
"""

from typing import Final

from engine.wall import own_pages
from engine.wall.request import Request

PATH: Final = "/_paysandbox/demo-key"


def refusal(request: Request, port: int) -> str | None:
    """Return the reason to reject a request for the key, or None if it is allowed. `port` is the sandbox's port."""
    return own_pages.refusal(request, port, "The demo key")
