"""The API explorer in a browser: requests with the demo key by mouse and keyboard, code samples, and what axe finds."""

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.axe import violations
from tests.support.clients.browser import Page

PHONE, DESKTOP = 390, 1440

# The button appears before the form does. A request that is sent in between never ends.
_FILLED_IN = "[...document.querySelectorAll('.opblock-body :is(input, textarea)')].some((it) => it.value.includes(%r))"
_ANSWER = "document.querySelector('.live-responses-table .response')"
_SAMPLE = "document.querySelector('.samples pre').textContent"

OF_COLORS = "runOnly: ['color-contrast', 'link-in-text-block']"
"""The rules on which the color scheme has an effect."""


@pytest.mark.full
@pytest.mark.parametrize(
    "host, api, operation, example, answer",
    [
        ("localhost", "native", "payments-authorize_payment", "1250", '"status": "approved"'),
        ("127.0.0.1", "v1", "payment_intents-create_payment_intent", "pm_card_visa", '"status": "succeeded"'),
    ],
)
def test_a_request_with_the_demo_key(
    page: Page, sandbox: Sandbox, host: str, api: str, operation: str, example: str, answer: str
) -> None:
    page.show(DESKTOP)
    page.open(f"http://{host}:{sandbox.port}/docs/explorer?api={api}")
    page.wait("document.querySelector('.opblock')")
    page.click("Use the demo key")
    page.wait("document.getElementById('key-status').textContent.includes('merchant demo')")
    page.read(f"document.querySelector('#operations-{operation} button').click()")
    page.wait(_FILLED_IN % example)
    page.click("Execute")
    page.wait(_ANSWER)
    response = page.read(f"{_ANSWER}.textContent")
    assert response.startswith("200")
    assert answer in response
    assert page.read("location.hash") == f"#/{operation.replace('-', '/')}"
    # A form with a list of values, which only the native API has.
    page.read("document.querySelector('[id$=complete_setup_challenge] button')?.click()")
    page.wait(f"'{api}' === 'v1' || document.querySelector('tr[data-property-name] select')")
    found = violations(page)
    # The colors of both widths are the same.
    page.show(DESKTOP, dark=True)
    found += violations(page, OF_COLORS)
    page.show(PHONE)
    found += violations(page)
    assert page.read("document.documentElement.scrollWidth") == PHONE
    assert found == []
    assert page.errors == []


@pytest.mark.full
def test_the_explorer_works_by_keyboard(page: Page, sandbox: Sandbox) -> None:
    page.show(DESKTOP)
    page.open(f"{sandbox.base_url}/docs/explorer")
    page.wait("document.querySelector('.opblock')")
    page.read("document.getElementById('content').focus()")
    page.tab_to("Use the demo key")
    page.press("Enter")
    page.wait("document.getElementById('key-status').textContent.includes('merchant demo')")
    page.tab_to("POST/payments/authorizeAuthorize a payment")
    page.press("Enter")
    page.wait(_FILLED_IN % "1250")
    for language, words in (("Python", "httpx.post("), ("Node", "await fetch("), ("curl", "curl -sS -X POST")):
        page.tab_to(language)
        page.press("Enter")
        page.wait(f"{_SAMPLE}.includes({words!r})")
    page.tab_to("Execute")
    page.press("Enter")
    page.wait(_ANSWER)
    assert page.read(f"{_ANSWER}.textContent").startswith("200")


@pytest.mark.full
def test_a_typed_key_is_sent(page: Page, sandbox: Sandbox) -> None:
    page.show(DESKTOP)
    page.open(f"{sandbox.base_url}/docs/explorer#/payments/list_payments")
    page.wait("document.querySelector('.btn.execute')")
    page.fill("API key", "sk_test_nobody")
    page.click("Execute")
    page.wait(_ANSWER)
    assert "api_key_invalid" in page.read(f"{_ANSWER}.textContent")
    assert "sk_test_nobody" in page.read("document.querySelector('.curl-command').textContent")
