"""HEAD is answered as GET without a body (RFC 9110, section 9.3.2), on every GET route and in the dashboard."""

import re
from typing import Final

import httpx
import pytest

from api_reference.routes import ROUTES
from paysandbox.http.route import Access
from paysandbox.stripe_api.routes import DEPLOYED
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

DASHBOARD: Final = ("/dashboard", "/dashboard/config.json", "/dashboard/payments/auth_1")
HTML: Final = {"Accept": "text/html"}
# Each response has its own.
OF_EACH: Final = re.compile("date|request-id|x-amz.*")
# Lists of what was just requested: the second answer has more than the first.
OF_REQUESTS: Final = ("/feed", "/requests", "/metrics")
OF_THE_BODY: Final = re.compile(f"{OF_EACH.pattern}|etag|content-length")


def paths() -> dict[str, Access]:
    """Return an address of each GET route, whose parameters name nothing, and who may call it."""
    native = {route.path: route.access for route in ROUTES if route.method == "GET"}
    stripe = {f"/v1{route.path}": route.access for route in DEPLOYED if route.method == "GET"}
    return {re.sub(r"{\w+\+?}", "none", path): access for path, access in (native | stripe).items()}


def shared(answer: httpx.Response) -> dict[str, str]:
    """Return the headers that both methods' answers have in common."""
    own = OF_THE_BODY if answer.url.path in OF_REQUESTS else OF_EACH
    return {name: value for name, value in answer.headers.items() if not own.fullmatch(name)}


@pytest.mark.full
def test_head_is_get_without_a_body(sandbox: Sandbox, api: Api, subtests: pytest.Subtests) -> None:
    paid = api.authorize().raise_for_status().json()["auth_id"]
    refused = set[tuple[bool, Access]]()
    bearer = {"Authorization": f"Bearer {api.api_key}"}
    found = {f"/payments/{paid}": Access.API_KEY, "/no-such-path": Access.PUBLIC}
    with httpx.Client(base_url=sandbox.base_url, trust_env=False, timeout=60) as http:
        for path, access in {**paths(), **found, **dict.fromkeys(DASHBOARD, Access.PUBLIC)}.items():
            is_v1 = path.startswith("/v1/")
            keyed = bearer if is_v1 else {"X-Api-Key": api.api_key}
            # Without a key, the gateway answers, and for all routes of a kind alike.
            without = [] if (is_v1, access) in refused else [{}]
            refused.add((is_v1, access))
            for headers in [*without, keyed] if access is not Access.PUBLIC else [{}, HTML]:
                with subtests.test(path, headers=[*headers]):
                    head, got = (http.request(method, path, headers=headers) for method in ("HEAD", "GET"))
                    assert head.content == b""
                    assert (head.status_code, shared(head)) == (got.status_code, shared(got))
                    assert got.status_code not in (429, 500)
