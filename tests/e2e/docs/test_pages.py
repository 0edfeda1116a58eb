"""The pages in a browser: on a phone and a desktop, light and dark, with search."""

import re

import httpx
import pytest

from tests.e2e.conftest import REBOUND, Sandbox
from tests.support.clients.browser import Page
from tests.support.fakes.wire import Reply, Request, served

PHONE, DESKTOP = 390, 1280
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

PAGES = [
    "/",
    "/docs",
    "/docs/explorer",
    "/docs/explorer?api=v1",
    "/docs/tutorial",
    "/docs/reference/api",
    "/docs/reference/stripe-coverage",
    "/docs/explanation/performance",
    "/docs/decisions",
    "/docs/errors",
    "/docs/errors/capture_exceeds_authorized",
]
# A refusal of the wall, of the gateway (a path, a key), and of a handler.
PROBLEMS = {"/paymets": 404, "/payments/a/b/c/d": 404, "/payments": 401, "/docs/nowhere": 404}

# Statuses in a table that are broken into two lines, such as "40" and "0".
BROKEN_STATUSES = """[...document.querySelectorAll('td')].filter((it) => {
  const range = document.createRange();
  range.selectNodeContents(it);
  return /^\\d{3}$/.test(it.textContent.trim()) && range.getClientRects().length > 1;
}).map((it) => it.textContent)"""


LUMINANCE = "Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))"
"""The brightness of the background, from 0 to 255."""


def ready(page: Page, path: str) -> None:
    """Wait for the explorer, which renders its routes after the page has loaded."""
    if "explorer" in path:
        page.wait("document.querySelector('.opblock')")


@pytest.mark.full
def test_pages_fit_a_phone_and_have_no_errors(page: Page, sandbox: Sandbox) -> None:
    page.show(PHONE)
    for path in PAGES:
        page.open(sandbox.base_url + path)
        ready(page, path)
        assert page.read("document.documentElement.scrollWidth") == PHONE, path
        assert page.read(BROKEN_STATUSES) == [], path
        assert page.errors == [], path
    for path in PROBLEMS:
        page.open(sandbox.base_url + path)
        assert page.read("document.documentElement.scrollWidth") == PHONE, path


@pytest.mark.full
def test_pages_follow_the_systems_color_scheme(page: Page, sandbox: Sandbox) -> None:
    for path in ["/", "/docs", "/docs/explorer", "/paymets"]:
        page.show(DESKTOP)
        page.open(sandbox.base_url + path)
        ready(page, path)
        page.wait(f"{LUMINANCE} >= 50")
        page.show(DESKTOP, dark=True)
        page.wait(f"{LUMINANCE} < 50")


def test_search_works_by_keyboard(page: Page, sandbox: Sandbox) -> None:
    page.show(DESKTOP)
    page.open(f"{sandbox.base_url}/docs/tutorial")
    page.press("/")
    page.type("idempotency")
    page.wait("document.querySelector('#results a')")
    found = page.read("[...document.querySelectorAll('#results a')].map((link) => link.textContent.toLowerCase())")
    assert "idempotency" in found[0]
    page.press("Escape")
    assert page.read("document.getElementById('results').hidden")
    page.type(" key")
    page.wait("document.querySelector('#results [role=option]') && !document.getElementById('results').hidden")
    page.press("ArrowDown")
    first = page.read("document.querySelector('#results [aria-selected=true] a').href")
    page.press("Enter")
    page.arrive(f"location.href === {first!r} && document.readyState === 'complete'")
    assert page.errors == []


@pytest.mark.parametrize("words", ["customer", "webhook signature", "dispute evidence"])
def test_a_search_shows_guides_first(page: Page, sandbox: Sandbox, words: str) -> None:
    """tests/project/docs/test_docs_search.py has more words, for the same weights in the program."""
    page.open(f"{sandbox.base_url}/docs")
    page.press("/")
    page.type(words)
    page.wait("document.querySelector('#results a')")
    found = page.read("[...document.querySelectorAll('#results a')].map((link) => link.pathname)")
    assert re.match(r"/docs/(tutorial|how-to/|explanation/|reference/what-is-simulated)", found[0]), found
    assert not any("/errors/" in address for address in found[:3]), found


def test_a_search_without_results(page: Page, sandbox: Sandbox) -> None:
    page.open(f"{sandbox.base_url}/docs")
    page.press("/")
    page.type("<img src=x onerror=alert(1)>")
    page.wait("document.querySelector('#results .none')")
    assert page.read("document.querySelectorAll('#results img').length") == 0


# A foreign page's ways to get a key. A page cannot read the answer to its form, but its visitor can.
THEFT = """<iframe name=f></iframe><form method=post target=f action='%(url)s'></form><script>
document.forms[0].submit();
const seen = [];
const one = async (how) => {
  try { const answer = await fetch('%(url)s', how); seen.push([answer.type, await answer.text()]); }
  catch (error) { seen.push(["error", String(error)]); }
};
Promise.all([
  one({method: "POST"}), one({method: "POST", mode: "no-cors"}), one({method: "POST", credentials: "include"}),
  one({method: "POST", mode: "same-origin"}), one({}),
]).then(() => { document.title = JSON.stringify(seen); });
</script>"""


@pytest.mark.full
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_other_origins_do_not_get_the_demo_key(page: Page, sandbox: Sandbox, name: str) -> None:
    url = f"http://{name}:{sandbox.port}/_paysandbox/demo-key"
    key = sandbox_key(sandbox)

    def attack(_: Request) -> Reply:
        return Reply(200, THEFT % {"url": url}, {"Content-Type": "text/html"})

    with served(attack) as wire:
        for origin in (wire.base_url, wire.base_url.replace("127.0.0.1", "localhost")):
            page.open(origin)
            page.wait("document.title")
            title = page.read("document.title")
            assert title.count("[") == 6, "five answers"
            assert key not in title


def test_rebound_dns_names_do_not_get_the_demo_key(page: Page, sandbox: Sandbox) -> None:
    """DNS rebinding: to the browser, the page and the sandbox have the same origin."""
    key = sandbox_key(sandbox)
    page.open(f"http://{REBOUND}:{sandbox.port}/docs")
    answer = page.read("fetch('/_paysandbox/demo-key', {method: 'POST'}).then((answer) => answer.text())")
    assert "host_not_allowed" in answer
    assert key not in answer


def sandbox_key(sandbox: Sandbox) -> str:
    """Return the demo key, which exists and can be read."""
    own = f"http://localhost:{sandbox.port}"
    headers = {"Origin": own, "Sec-Fetch-Site": "same-origin", "Paysandbox-Page": "1"}
    return httpx.post(f"{own}/_paysandbox/demo-key", headers=headers).raise_for_status().json()["api_key"]


@pytest.mark.parametrize("path, status", PROBLEMS.items())
def test_errors_are_pages_for_browsers_and_json_for_others(sandbox: Sandbox, path: str, status: int) -> None:
    shown, told = (
        httpx.get(sandbox.base_url + path, headers={"Accept": accept}, follow_redirects=False)
        for accept in (BROWSER, "*/*")
    )
    assert (shown.status_code, told.status_code) == (status, status)
    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert told.headers["Content-Type"] == "application/problem+json"
    problem = told.json()
    for words in (problem["code"], str(status)):
        assert f">{words}<" in shown.text
    assert f'href="{problem["doc_url"]}"' in shown.text
    assert shown.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    "path", ["/%3Cscript%3Ealert(1)%3C/script%3E", "/docs/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E"]
)
def test_paths_are_escaped_in_pages(sandbox: Sandbox, path: str) -> None:
    shown = httpx.get(sandbox.base_url + path, headers={"Accept": BROWSER})
    assert shown.status_code == 404
    assert "alert(1)" not in shown.text
