"""Which requests come from the sandbox's own pages, in a browser on this machine: those may get keys.

Pages of other origins, other machines, proxies and rebound DNS names are rejected. A page cannot forge the headers that
are checked, since the browser sets them. Other programs on this machine can forge them.

The frames of Stripe.js have the sandbox's origin too, and send requests for pages of any site. So a request of an own
page also has `HEADER`, which those frames never send (stripe_js/frames/requests.js), and no form can.
"""

from typing import Final

from engine.wall.request import Request

HEADER: Final = "paysandbox-page"
"""The header of a request of the sandbox's own pages. Its value is 1."""

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
# Headers that proxies add. Behind a proxy, every client seems to be on this machine.
_OF_PROXIES: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def refusal(request: Request, port: int, what: str, header: str = HEADER) -> str | None:
    """Return the reason to reject a request of `what` (`The demo key`), or None. `port` is the sandbox's port.

    `header` is one that the script of the own page sends.
    """
    if not request.is_from_this_machine:
        return f"{what} is only available on the machine that runs the sandbox."
    if _is_proxied(request):
        return f"{what} is not available through a proxy."
    # Any other name can be rebound in DNS, even one that was set with `up --host`.
    if not _has_own_host(request, port):
        return f"{what} is only available at localhost, 127.0.0.1 and [::1]."
    # Another port on this machine is a different origin of the same site. A browser sends no Origin with a read of the
    # page's own origin (Fetch standard, "append a request `Origin` header").
    origin = request.headers.get("origin")
    is_own = origin is not None and origin.lower() == f"http://{request.hosts[0].lower()}"
    if not (is_own or (origin is None and request.method == "GET")):
        return f"{what} is only available to the sandbox's own pages."
    if request.headers.get("sec-fetch-site") != "same-origin" or not request.headers.get(header):
        return f"{what} is only available to the sandbox's own pages."
    return None


def is_at_home(request: Request, port: int) -> bool:
    """Whether a request is to this machine, under its own names and directly: where `refusal` lets a page in."""
    return request.is_from_this_machine and not _is_proxied(request) and _has_own_host(request, port)


def _is_proxied(request: Request) -> bool:
    return any(name in request.headers for name in _OF_PROXIES)


def _has_own_host(request: Request, port: int) -> bool:
    own = {f"{name}:{port}" for name in _LOOPBACK_NAMES}
    return len(request.hosts) == 1 and request.hosts[0].lower() in own
