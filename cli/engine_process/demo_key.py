"""Who may have the demo merchant's API key without pasting it: pages of the sandbox itself, on this machine.

The key opens one merchant of one sandbox, and nothing of AWS. Still, no page of another origin and no other machine
gets it: each condition below is enough to keep one kind of them out, and a browser lets no page fake what it says.
"""

from typing import Final

from cli.engine_process.request import Request

PATH: Final = "/_paysandbox/demo-key"

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
# What proxies add: behind one, everybody seems to be on this machine.
_OF_PROXIES: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def refusal(request: Request, port: int) -> str | None:
    """Why a request does not get the key; None when it does. `port` is the sandbox's own."""
    own = {f"{name}:{port}" for name in _LOOPBACK_NAMES}
    if not request.is_from_this_machine:
        return "The demo key is given to this machine only."
    if any(name in request.headers for name in _OF_PROXIES):
        return "The demo key is not given through a proxy."
    # A name that leads here by DNS, given with `up --host` or not, can be pointed elsewhere.
    if len(request.hosts) != 1 or request.hosts[0].lower() not in own:
        return "The demo key is given under localhost, 127.0.0.1 and [::1] only."
    # Another port of this machine is another origin, though of the same site.
    if request.headers.get("origin", "").lower() != f"http://{request.hosts[0].lower()}":
        return "The demo key is given to pages of the sandbox only."
    if request.headers.get("sec-fetch-site") != "same-origin":
        return "The demo key is given to pages of the sandbox only."
    return None
