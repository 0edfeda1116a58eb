"""What a page of another site can make the frames of Stripe.js request, and where what is typed in them is sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest

from paysandbox.http.keys.credential import publishable_key
from tests.e2e.conftest import REBOUND, Sandbox
from tests.support.clients.api import Api
from tests.support.clients.browser import Page
from tests.support.clients.shop_page import APPROVED, CARD, group, mount, served_shop, typed
from tests.support.fakes.wire import Reply, Request, Wire, served

TARGETS: Final = (
    "/_paysandbox/demo-key", "/_paysandbox/session", "/_paysandbox/merchants", "/payments/authorize", "/inbox/demo/x",
    "/mcp", "/v1/charges", "/v3/controller.html", "/",
)  # fmt: skip
"""Paths that have a POST, or are the sandbox's own."""

WAYS: Final = (
    "{}", "/c/pay/..{}", "/c/pay/../..{}", "/c/pay/a/cs_test_1/b/../../../../..{}", "/c/pay/%2e%2e/%2E%2e{}",
    "/c/pay/.%2e\\..{}", "/v1/..{}", "/v1/tokens/../..{}", "/authenticate/..{}", "/authenticate/setup/%2e%2e/..{}",
)  # fmt: skip
"""How a path is asked for. A browser resolves each to the path itself."""

PATHS: Final = tuple(way.format(target) for target in TARGETS for way in WAYS)


@contextmanager
def recorded(sandbox: Sandbox) -> Iterator[Wire]:
    """Serve the sandbox under another address, as a proxy does, and record what browsers request of it."""

    def answer(request: Request) -> Reply:
        passed = {"accept", "authorization", "content-type", "origin"}
        headers = {name: value for name, value in request.headers.items() if name in passed}
        content = urlencode(request.body) if request.body else None
        sent = client.request(request.method, request.path, params=request.query, content=content, headers=headers)
        kept = {name: value for name, value in sent.headers.items() if name.startswith("content-")}
        kept = {name: value for name, value in kept.items() if name not in ("content-length", "content-encoding")}
        return Reply(sent.status_code, sent.text, kept)

    with httpx.Client(base_url=sandbox.base_url, trust_env=False, timeout=60) as client, served(answer) as wire:
        yield wire


def posts(wire: Wire) -> list[str]:
    """Return the paths that were requested, but for those of reads of Stripe.js itself."""
    return [one.path for one in wire.requests if one.method != "GET" or not one.path.startswith("/v3")]


def answers(page: Page, messages: list[str]) -> list[Any]:
    """Send messages, JavaScript expressions, to the controller's frame, past Stripe.js, and return its answers."""
    page.read(
        "(window.heard = new Map(), window.addEventListener('message', ({data}) =>"
        f" data.type === 'answer' && heard.set(data.id, data.answer)), [{', '.join(messages)}].forEach("
        " (it, id) => frames[0].postMessage({sandbox: 'stripe_js', ...it, id: 1000 + id}, '*')), 0)"
    )
    page.wait(f"[...heard.keys()].filter((id) => id >= 1000).length === {len(messages)}")
    return page.read(f"Array.from({{length: {len(messages)}}}, (_, id) => heard.get(1000 + id) ?? null)")


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    return publishable_key(api.api_key)


def test_a_page_of_another_site_cannot_lead_a_frame_to_another_path(page: Page, sandbox: Sandbox, key: str) -> None:
    settings = {"settings": {"key": key}}
    with recorded(sandbox) as wire, served_shop(wire.base_url, key) as shop:
        page.open(shop.url.replace("127.0.0.1", REBOUND))
        page.wait("frames.length === 1")
        messages = [
            message
            for path in PATHS
            for message in (
                {"type": "call", "call": {"method": "POST", "path": path, "params": {"a": "b"}}},
                {"type": "form", "form": {"path": path, "form": {"action": "pay"}}},
                {"type": "challenge", "url": f"{wire.base_url}{path}", "result": "succeeded"},
            )
        ]
        assert len(answers(page, [json.dumps(message | settings) for message in messages])) == len(messages)
        assert posts(wire) == []


@pytest.mark.full
def test_the_address_of_a_frame_does_not_change_where_it_calls(page: Page, sandbox: Sandbox, key: str) -> None:
    with recorded(sandbox) as wire, served_shop(wire.base_url, key) as shop:
        page.open(shop.url.replace("127.0.0.1", REBOUND))
        page.wait("frames.length === 1")
        address = f"{wire.base_url}/v3/controller.html?to=/_paysandbox/v3/x#/v3/y"
        loads = (
            "new Promise((loaded) => { const it = document.querySelector('iframe');"
            f" it.addEventListener('load', () => loaded(0), {{once: true}}); it.src = {json.dumps(address)}; }})"
        )
        page.read(loads)
        form = {"type": "form", "form": {"path": "/c/pay/a/cs_test_1/b", "form": {}}, "settings": {"key": key}}
        answers(page, [json.dumps(form)])
        assert posts(wire) == ["/c/pay/a/cs_test_1/b"]


def test_the_policy_of_a_frame_blocks_other_paths(page: Page, sandbox: Sandbox) -> None:
    """Whatever its script would do."""
    page.open(f"{sandbox.base_url}/v3/controller.html")
    calls = "Promise.all(%s.map((path) => fetch(path, {method: 'POST'}).then((it) => it.status, () => 'blocked')))"
    blocked = [path for path in PATHS if not path.endswith("/v1/charges")]
    blocked += ["https://api.stripe.com/x", "https://js.stripe.com/v1/tokens", "http://localhost:1/v1/tokens"]
    assert set(page.read(calls % json.dumps(blocked))) == {"blocked"}
    called = page.read(calls % json.dumps(["/v1/tokens", "/c/pay/a/cs_test_1/b", "/authenticate/tds_1/a"]))
    assert [type(status) for status in called] == [int] * 3


MISPLACED: dict[str, str] = {
    "metadata": "{method: 'POST', path: '/v1/payment_methods', params, card: {frames, at: ['metadata']}}",
    "metadata of data": "{method: 'POST', path: '/v1/confirmation_tokens', params,"
    " card: {frames, at: ['payment_method_data', 'metadata']}}",
    "its address in metadata": "{method: 'POST', path: '/v1/payment_methods', params,"
    " card: {frames, at: ['card'], address: ['metadata']}}",
    "a URL": "{method: 'GET', path: '/v1/payment_intents/pi_1', params, card: {frames, at: ['card']}}",
    "another route": "{method: 'POST', path: '/v1/customers', params, card: {frames, at: ['card']}}",
}


@pytest.mark.full
def test_what_is_typed_is_sent_to_the_parameters_of_the_card_alone(page: Page, sandbox: Sandbox, key: str) -> None:
    with recorded(sandbox) as wire, served_shop(wire.base_url, key) as shop:
        page.open(shop.url)
        group(page)
        mount(page, "card", "#one")
        typed(page, CARD, number=APPROVED)
        page.read(
            "(window.frames_ = [card._frame.name], window.shared = {},"
            " window.calling = (make) => ({type: 'call', settings: stripe._controller.settings,"
            " call: make({type: 'card'}, frames_)}), 0)"
        )
        refused = answers(page, [f"calling((params, frames) => ({call}))" for call in MISPLACED.values()])
        assert [each["body"]["error"]["code"] for each in refused] == ["secret_key_required"] * len(MISPLACED)
        assert posts(wire) == []

        shares = (
            "{method: 'POST', path: '/v1/payment_methods', card: {frames, at: ['card'], address:"
            " ['billing_details', 'address']}, params: {type: 'card', card: shared, metadata: shared,"
            " billing_details: {address: shared}}}"
        )
        [made] = answers(page, [f"calling((_, frames) => ({shares}))"])
        assert made["ok"] is True
        [sent] = [one.body for one in wire.requests if one.path == "/v1/payment_methods"]
        assert {name for name, value in sent.items() if value in ("123", "12", "2040", APPROVED)} == {
            "card[number]", "card[exp_month]", "card[exp_year]", "card[cvc]",
        }  # fmt: skip
