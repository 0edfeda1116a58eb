"""The dashboard on another origin than the API's, as on AWS: its files as CloudFront serves them, and CORS between."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from dashboard_site import policy
from engine.wall.dashboard_files import BUILT, find, is_config
from paysandbox import VERSION
from paysandbox.http.cors import ANY_ORIGIN, CORS_ORIGINS
from provisioning.publish_dashboard import page as with_policy
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.browser import Page
from tests.support.clients.dashboard import DESKTOP, SESSION, Dashboard
from tests.support.fakes.wire import Reply, Request, served

pytestmark = pytest.mark.full


@contextmanager
def hosted(api: str) -> Iterator[str]:
    """Serve the dashboard for an API on a port of its own. Yields the origin."""
    config = policy.config(
        environment="local", version=VERSION, region="us-east-1", clock_moves=False, api_base=api, v1_base=f"{api}/v1"
    )

    def answer(request: Request) -> Reply:
        if is_config(request.path):
            return Reply(200, config)
        file = find(BUILT, request.path)
        if file is None:
            return Reply(404)
        text = file.body.decode()
        content = with_policy(text, api) if file.name == policy.INDEX else text
        return Reply(200, content, {**policy.security_headers([api]), "Content-Type": file.content_type})

    with served(answer) as wire:
        yield wire.base_url


@pytest.fixture
def list_origins(sandbox: Sandbox) -> Iterator[Callable[[str], None]]:
    """Return a function that sets the origins whose pages may call, as the setting `cors_origins` does in a deployment.

    Locally they are any. They are a variable of each API's stage.
    """
    gateway = sandbox.target.client("apigateway")

    def set_origins(origins: str) -> None:
        stages = [
            (api["id"], stage["stageName"])
            for api in gateway.get_rest_apis()["items"]
            for stage in gateway.get_stages(restApiId=api["id"])["item"]
            if CORS_ORIGINS in stage.get("variables", {})
        ]
        assert len(stages) == 2, "the native and the Stripe-compatible API"
        patch = [{"op": "replace", "path": f"/variables/{CORS_ORIGINS}", "value": origins}]
        for api, stage in stages:
            gateway.update_stage(restApiId=api, stageName=stage, patchOperations=patch)

    try:
        yield set_origins
    finally:
        set_origins(ANY_ORIGIN)


def sign_in(page: Page, origin: str, key: str) -> None:
    """Sign in with a key, since links work on the sandbox's own page only."""
    page.show(DESKTOP)
    page.open(f"{origin}/dashboard/keys")
    page.fill("Secret key", key)
    page.click("Sign in")


def test_a_page_of_a_listed_origin_pays_captures_and_refunds(
    page: Page, sandbox: Sandbox, new_merchant: Callable[..., Api], list_origins: Callable[[str], None]
) -> None:
    merchant = new_merchant("cross-origin", "dashboard")
    with hosted(sandbox.base_url) as origin:
        list_origins(f"https://shop.example.com,{origin}")
        dashboard = Dashboard(page, origin, merchant, merchant)
        sign_in(page, origin, merchant.api_key)
        dashboard.shows("Nothing yet")

        page.click("Try it")
        page.tab_to("Capture")
        page.press("ArrowUp")
        page.click("Send payment")
        dashboard.shows("approved", "payment_authorized")
        paid = page.read("document.querySelector('main a[href*=\"/payments/\"]').textContent")

        page.click("Activity")
        page.click("RequestPOST /payments/authorize")
        dashboard.follow(paid)
        dashboard.shows("Can still be captured $12.50")
        page.click("Capture")
        page.fill("Amount in USD", "10.00")
        page.click("Capture")
        dashboard.shows("Captured $10.00")
        page.click("Refund")
        page.fill("Amount in USD", "4.00")
        page.click("Refund")
        dashboard.shows("partially refunded", "Captured $6.00 Refunded $4.00")
        assert page.errors == []


def test_the_browser_refuses_a_page_of_another_origin(
    page: Page, sandbox: Sandbox, new_merchant: Callable[..., Api], list_origins: Callable[[str], None]
) -> None:
    merchant = new_merchant("cross-origin", "dashboard")
    with hosted(sandbox.base_url) as listed, hosted(sandbox.base_url) as other:
        list_origins(listed)
        sign_in(page, other, merchant.api_key)
        Dashboard(page, other, merchant, merchant).shows("The sandbox is not responding")
        assert any("blocked by CORS policy" in error for error in page.errors)
        assert page.read(f"{SESSION}?.selected ?? null") is None

        request = {"method": "POST", "headers": {"X-Api-Key": merchant.api_key, "Content-Type": "application/json"}}
        url = f"{sandbox.base_url}/payments/authorize"
        blocked = f"fetch({json.dumps(url)}, {json.dumps(request)}).catch((error) => error.name)"
        assert page.read(blocked) == "TypeError"
