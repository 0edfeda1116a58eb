"""3-D Secure on the deployed sandbox: by curl, and in a real browser by keyboard, on a phone and in a frame."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.e2e.conftest import Sandbox
from tests.support.builders import build
from tests.support.clients.api import Api
from tests.support.clients.browser import Page
from tests.support.clients.challenges import CHALLENGED
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.tiers import full_but

PHONE = 390
TITLE = "Confirm your payment"
COMPLETE, FAIL = "Complete authentication", "Fail authentication"


@pytest.fixture
def shop() -> Iterator[str]:
    """Serve a merchant's page, and return its URL."""

    def answer(request: Request) -> Reply:
        return Reply(200, f"<title>shop</title><p id=path>{request.path}</p>", {"Content-Type": "text/html"})

    with served(answer) as wire:
        yield wire.base_url


def challenge(api: Api, **body: Any) -> tuple[str, str]:
    """Authorize on a card that requires 3-D Secure. Return the ID of the payment and the URL of the page."""
    answer = api.authorize(card=build.card_details(number=CHALLENGED), **body).json()
    assert answer["status"] == "requires_action", answer
    return answer["auth_id"], answer["next_action"]["redirect_to_url"]["url"]


def status_of(api: Api, auth_id: str) -> str:
    """Return the status of a payment."""
    return api.payment(auth_id)["status"]


@pytest.mark.parametrize(
    "result, status", [("succeeded", "approved"), ("failed", "declined"), ("A", "approved"), ("D", "requires_action")]
)
def test_one_request_is_the_whole_challenge(result: str, status: str, api: Api) -> None:
    auth_id, url = challenge(api)
    reply = httpx.post(url, data={"result": result})
    assert (reply.status_code, reply.json()["status"]) == (200, status)
    assert status_of(api, auth_id) == status
    assert httpx.post(url.replace("/auth_", "/auth_a"), data={"result": result}).status_code == 404


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_page_is_on_the_host_that_the_merchant_used(host: str, api: Api, sandbox: Sandbox) -> None:
    with Api(f"http://{host}:{sandbox.port}", api.api_key) as other:
        _, url = challenge(other)
    assert url.startswith(f"http://{host}:{sandbox.port}/authenticate/auth_")
    assert TITLE in httpx.get(url).text


@pytest.mark.parametrize(
    "tabs, button, result, status",
    full_but(
        [(1, COMPLETE, "succeeded", "approved"), (2, FAIL, "failed", "declined")],
        keep=lambda row: row[1] == COMPLETE,
        rows=True,
    ),
)
def test_by_keyboard_on_a_phone(
    tabs: int, button: str, result: str, status: str, page: Page, api: Api, shop: str
) -> None:
    auth_id, url = challenge(api, return_url=f"{shop}/orders/7?step=pay")
    page.show(PHONE)
    page.open(url)
    assert page.read("document.documentElement.scrollWidth") == PHONE
    assert page.read("[...document.querySelectorAll('button')].every((it) => it.getBoundingClientRect().height >= 44)")
    assert page.read("document.querySelectorAll('h1, main').length") == 2
    assert page.errors == []
    for _ in range(tabs):
        page.press("Tab")
    assert page.read("document.activeElement.textContent") == button
    page.press("Enter")
    page.arrive("document.title === 'shop' && document.readyState === 'complete'")

    returned = urlsplit(page.read("location.href"))
    assert f"{returned.scheme}://{returned.netloc}{returned.path}" == f"{shop}/orders/7"
    assert parse_qs(returned.query) == {"step": ["pay"], "auth_id": [auth_id], "result": [result]}
    assert page.read("document.referrer") == "", "the token stays here"
    assert status_of(api, auth_id) == status


@pytest.mark.full
def test_without_a_return_url_and_a_second_time(page: Page, api: Api) -> None:
    auth_id, url = challenge(api)
    page.open(url)
    page.read("document.querySelector('button').click()")
    page.arrive(f"document.querySelector('h1').textContent !== {TITLE!r} && document.readyState === 'complete'")
    assert "You can close this page." in page.read("document.querySelector('main').textContent")
    assert page.read("document.querySelectorAll('form').length") == 0
    page.open(url)
    assert "Authentication complete" in page.read("document.title")
    assert status_of(api, auth_id) == "approved"


@pytest.mark.full
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_buttons_have_contrast(dark: bool, page: Page, api: Api) -> None:
    _, url = challenge(api)
    page.show(PHONE, dark=dark)
    page.open(url)
    channels = """[...document.querySelectorAll('button')].map((it) => {
      const style = getComputedStyle(it);
      return [style.color, style.backgroundColor].map((text) => text.match(/[0-9]+/g).slice(0, 3).map(Number));
    })"""
    for color, background in page.read(channels):
        assert contrast(color, background) >= 4.5  # WCAG 2.2, success criterion 1.4.3


def contrast(one: list[int], other: list[int]) -> float:
    """Return the contrast ratio of two colors (WCAG 2.2)."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: list[int]) -> float:
    """Return the relative luminance of a color (WCAG 2.2)."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (c / 255 for c in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# A page of the sandbox without a policy of its own is its JSON.
FRAMED = """(() => { const frame = document.createElement('iframe'); frame.src = %r;
frame.onload = () => { document.title = 'loaded'; }; document.body.append(frame); })()"""
IN_FRAME = "document.querySelector('iframe').contentDocument"


@pytest.mark.full
def test_in_a_frame_of_the_sandbox(page: Page, api: Api, sandbox: Sandbox) -> None:
    auth_id, url = challenge(api)
    page.open(f"{sandbox.base_url}/health")
    page.read(FRAMED % url)
    page.wait("document.title === 'loaded'")
    assert page.read(f"{IN_FRAME}.querySelector('h1').textContent") == TITLE
    page.read(f"{IN_FRAME}.querySelector('button').click()")
    page.arrive(f"{IN_FRAME}.querySelector('h1') && {IN_FRAME}.querySelectorAll('form').length === 0")
    assert [error for error in page.errors if "favicon" not in error] == []
    assert status_of(api, auth_id) == "approved"


def test_other_origins_neither_frame_nor_answer_it(page: Page, api: Api, shop: str, sandbox: Sandbox) -> None:
    """Without the token, a page has no address to send a form to; with it, it could not show the page in a frame."""
    auth_id, url = challenge(api)
    page.open(shop)
    page.read(FRAMED % url)
    page.wait("document.title === 'loaded'")
    assert any("frame-ancestors" in error for error in page.errors)
    guessed = f"{sandbox.base_url}/authenticate/{auth_id}/{'a' * 26}"
    page.open(shop)
    page.read(
        "(() => { const form = document.createElement('form'); form.method = 'post';"
        f"form.action = {guessed!r}; form.innerHTML = '<input name=result value=succeeded>';"
        "document.body.append(form); form.submit(); })()"
    )
    page.arrive("location.pathname.startsWith('/authenticate') && document.readyState === 'complete'")
    assert "404" in page.read("document.title")
    assert status_of(api, auth_id) == "requires_action"
