"""Access to the demo merchant's API key over HTTP: only for the sandbox's own pages, in a browser on this machine.

The key gives access to one merchant of one sandbox, and to nothing in AWS. Pages of other origins, other machines,
proxies and rebound DNS names are rejected. A page cannot forge the headers that are checked, since the browser sets
them. Other programs on this machine can forge them.
"""

from typing import Final

from cli.engine_process.request import Request

PATH: Final = "/_paysandbox/demo-key"

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
# Headers that proxies add. Behind a proxy, every client seems to be on this machine.
_OF_PROXIES: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def refusal(request: Request, port: int) -> str | None:
    """Return the reason to reject a request for the key, or None if it is allowed. `port` is the sandbox's port."""
    own = {f"{name}:{port}" for name in _LOOPBACK_NAMES}
    if not request.is_from_this_machine:
        return "The demo key is only available on the machine that runs the sandbox."
    if any(name in request.headers for name in _OF_PROXIES):
        return "The demo key is not available through a proxy."
    # Any other name can be rebound in DNS, even one that was set with `up --host`.
    if len(request.hosts) != 1 or request.hosts[0].lower() not in own:
        return "The demo key is only available at localhost, 127.0.0.1 and [::1]."
    # Another port on this machine is a different origin of the same site.
    if request.headers.get("origin", "").lower() != f"http://{request.hosts[0].lower()}":
        return "The demo key is only available to the sandbox's own pages."
    if request.headers.get("sec-fetch-site") != "same-origin":
        return "The demo key is only available to the sandbox's own pages."
    return None
