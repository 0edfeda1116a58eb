"""Fulfills Stripe's hosts in a browser of Playwright from the sandbox, so that a page needs no change for tests.

    redirect_stripe(context, "http://127.0.0.1:4610")

The page may have Stripe's Content-Security-Policy, and be served over https. Playwright's `route.continue_` cannot lead
a request from https to http, so each is sent from here. Playwright is not imported: a context has all that is needed.
"""

from __future__ import annotations

import http.client
import inspect
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from pytest_paysandbox.json_http import TIMEOUT_S

HOSTS: Final = ("js.stripe.com", "api.stripe.com", "hooks.stripe.com")
"""What Stripe.js of the sandbox calls, if it was loaded from the first."""

_URL: Final = re.compile(rf"^https://(?:{'|'.join(map(re.escape, HOSTS))})/")
# What `service_workers="block"` of Playwright's `new_context` adds. A worker's requests would not be fulfilled.
_NO_SERVICE_WORKERS: Final = (
    "if (self.ServiceWorkerContainer) ServiceWorkerContainer.prototype.register = async () => {"
    " console.warn('Service workers are blocked: their requests could not be redirected.'); };"
)
# Of the connection, which is another one (RFC 9110, section 7.6.1), and the encoding, since bodies are passed on as
# they are. A page's `cookie` is not among the headers that Playwright gives.
_NOT_SENT: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
)
_NOT_RETURNED: Final = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


class _Request(Protocol):
    @property
    def url(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def post_data_buffer(self) -> bytes | None: ...


class _Route(Protocol):
    @property
    def request(self) -> _Request: ...
    def fulfill(self, *, status: int, headers: dict[str, str], body: bytes) -> None: ...
    def abort(self, error_code: str) -> None: ...


class BrowserContext(Protocol):
    """What is used of `playwright.sync_api.BrowserContext`."""

    def add_init_script(self, script: str) -> Any:
        """Run a script in each page and frame before its own."""
        ...

    def route(self, url: re.Pattern[str], handler: Callable[[Any], Any]) -> Any:
        """Give requests to a handler."""
        ...


@dataclass(frozen=True)
class RedirectedRequest:
    """A page's request, without its query, which has secrets. `status` is None if the sandbox did not respond."""

    method: str
    host: str
    path: str
    status: int | None

    def __str__(self) -> str:
        """Return what is printed."""
        return f"{self.method} https://{self.host}{self.path} {self.status or 'was not answered'}"


@dataclass  # not frozen: Playwright stores an attribute in the object of a bound method
class StripeRedirect:
    """The sandbox that answers for Stripe's hosts, and the requests that it was sent, in order."""

    base_url: str
    requests: list[RedirectedRequest] = field(default_factory=list[RedirectedRequest])

    def __str__(self) -> str:
        """Return a line for each method, host, path and status, with the number of requests if there were several."""
        counts = Counter(map(str, self.requests))
        lines = [f"  {line}{f' ({number} times)' if number > 1 else ''}" for line, number in counts.items()]
        return "\n".join([f"Redirected from Stripe's hosts to {self.base_url}:", *(lines or ["  nothing"])])

    def handle(self, route: _Route) -> None:
        """Answer a request from the sandbox. A redirect is left to the browser."""
        request = route.request
        url = urlsplit(request.url)
        target = f"{url.path}?{url.query}" if url.query else url.path
        try:
            status, headers, body = _sent(self.base_url, request, target)
        except (OSError, http.client.HTTPException):
            self.requests.append(RedirectedRequest(request.method, url.netloc, url.path, None))
            route.abort("connectionrefused")
            return
        self.requests.append(RedirectedRequest(request.method, url.netloc, url.path, status))
        route.fulfill(status=status, headers=headers, body=body)


def redirect_stripe(context: BrowserContext, base_url: str) -> StripeRedirect:
    """Answer all requests of a context to Stripe's hosts from the sandbox at this URL, until the context is closed.

    Service workers cannot be registered in its pages. Raises TypeError for a context of Playwright's asynchronous API.
    """
    if inspect.iscoroutinefunction(context.route):
        raise TypeError("redirect_stripe needs a BrowserContext of playwright.sync_api, not of playwright.async_api.")
    redirect = StripeRedirect(base_url.rstrip("/"))
    context.add_init_script(_NO_SERVICE_WORKERS)
    context.route(_URL, redirect.handle)
    return redirect


def _sent(base_url: str, request: _Request, target: str) -> tuple[int, dict[str, str], bytes]:
    address = urlsplit(base_url)
    connect = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = connect(address.netloc, timeout=TIMEOUT_S)
    try:
        connection.request(
            request.method,
            address.path + target,
            request.post_data_buffer,
            _headers_sent(request.method, request.headers),
        )
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    return response.status, _headers_returned(response.getheaders()), body


def _headers_sent(method: str, headers: Mapping[str, str]) -> dict[str, str]:
    sent = {name: value for name, value in headers.items() if name not in _NOT_SENT and not name.startswith(":")}
    # A sandbox answers pages of other sites only for its own keys. This is a program of this machine, as the tests are.
    # A preflight has no key, and asks about this very header.
    if method != "OPTIONS":
        sent.pop("origin", None)
    return sent


def _headers_returned(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Return the headers for `route.fulfill`, which takes several cookies as lines of one."""
    returned: dict[str, str] = {}
    for given, value in headers:
        name = given.lower()
        if name in _NOT_RETURNED:
            continue
        before = returned.get(name)
        separator = "\n" if name == "set-cookie" else ", "
        returned[name] = value if before is None else before + separator + value
    return returned
