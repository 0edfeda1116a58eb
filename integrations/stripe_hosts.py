"""Stripe's hosts on this machine, for a browser that no program can intercept: TLS in front of the sandbox.

The browser has to be started with `BrowserHosts.flags`. Playwright's contexts need none of this: see the package of
`packages/pytest-paysandbox`, whose hosts these are.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
import trustme
from pytest_paysandbox.stripe_redirect import HOSTS

from integrations.proxy import ProxyHandler, listening, returned

_TIMEOUT_S: Final = 30
_NO_SUCH_HOST: Final = 502


@dataclass
class BrowserHosts:
    """The port of the TLS server, the hosts of Stripe that it has answered for, and the others, which it refused."""

    port: int = 0
    answered: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])

    @property
    def flags(self) -> list[str]:
        """Chromium's flags: all hosts but this machine's lead here. The certificate is nobody's."""
        rules = f"MAP * 127.0.0.1:{self.port}, EXCLUDE localhost, EXCLUDE 127.0.0.1"
        return [f"--host-resolver-rules={rules}", "--ignore-certificate-errors"]


@contextmanager
def stripe_hosts(sandbox: str) -> Iterator[BrowserHosts]:
    """Answer for Stripe's hosts from the sandbox at this URL, and refuse all others, until the block ends."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*HOSTS).configure_cert(tls)
    hosts = BrowserHosts()

    class Handler(ProxyHandler):
        def pass_on(self) -> None:
            host = self.headers.get("Host", "").partition(":")[0]
            body = self.body()
            if host not in HOSTS:
                hosts.refused.add(host)
                self.answer(_NO_SUCH_HOST, [], b"")
                return
            hosts.answered.add(host)
            # As the package does: a sandbox answers pages of other sites only for its own keys.
            headers = [one for one in self.sent() if one[0].lower() != "origin" or self.command == "OPTIONS"]
            try:
                answer = client.request(self.command, self.path, headers=headers, content=body)
            except httpx.HTTPError:  # the run ended while a request was under way
                self.close_connection = True
                return
            self.answer(answer.status_code, returned(answer), answer.content)

        do_GET = do_POST = do_DELETE = do_OPTIONS = pass_on  # noqa: N815 - as http.server calls them

    with httpx.Client(base_url=sandbox, timeout=_TIMEOUT_S, trust_env=False) as client, listening(Handler, tls) as port:
        hosts.port = port
        yield hosts
