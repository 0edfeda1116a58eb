"""GET /: what this is, and where to read on."""

from paysandbox import TITLE, VERSION
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_WELCOME

_LINKS = {
    "docs": "/docs",
    "openapi": "/openapi.json",
    "health": "/health",
    "recent": "/donations/recent",
    "total": "/donations/total",
}


@endpoint(GET_WELCOME)
def handler(call: Call[None, None]) -> Answer:
    """The same for everybody, but for the stage in front of the paths."""
    links = {name: call.prefix + path for name, path in _LINKS.items()}
    return Answer({"service": TITLE, "version": VERSION, "links": links}, outcome="shown")
