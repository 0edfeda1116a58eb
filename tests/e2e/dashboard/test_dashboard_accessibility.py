"""axe finds no violation on any page, drawer or dialog of the dashboard, on phones and desktops, in both themes."""

from collections.abc import Callable, Sequence

import pytest

from tests.support.clients.axe import violations
from tests.support.clients.browser import Page
from tests.support.clients.dashboard import DESKTOP, PHONE, Dashboard, with_payments

pytestmark = pytest.mark.full

OF_COLORS = "runOnly: ['color-contrast', 'link-in-text-block']"
"""The rules on which the theme has an effect: a page's structure and names are the same in both."""

CUT_OFF = """[...document.querySelectorAll('[role=table]')].map((table) => table.parentElement)
  .filter((region) => region.checkVisibility() && region.scrollWidth > region.clientWidth)
  .map((region) => `cut off: ${region.getAttribute('aria-label')}`)"""
"""Tables with a column that shows only when they are scrolled sideways."""

WIDTHS = (DESKTOP, PHONE)
OPENED: Sequence[tuple[str, Sequence[str], Sequence[int]]] = (
    ("payment", ["Simulate"], WIDTHS),
    ("payment", ["Capture"], WIDTHS),
    ("payment", ["Refund"], WIDTHS),
    ("payments", ["Search"], WIDTHS),
    ("webhooks", ["Create endpoint"], WIDTHS),
    ("webhooks", ["payment_refunded"], WIDTHS),
    ("endpoint", ["Rotate secret"], WIDTHS),
    ("endpoint", ["Rotate secret", "Rotate"], WIDTHS),
    ("endpoint", ["Replay"], WIDTHS),
    ("endpoint", ["payment_refunded"], WIDTHS),
    # On a desktop, the entry is shown beside the list.
    ("request", [], [PHONE]),
)
"""A page, the buttons that open a drawer or dialog there, and the widths at which they do."""


def faults(page: Page, width: int) -> dict[str, list[str]]:
    """Return, by theme, errors of the page as it is shown, what is too wide, and violations."""
    found: dict[str, list[str]] = {}
    # The colors of both widths are the same.
    for theme, rules in (("light", ""), ("dark", OF_COLORS))[: 1 + (width == DESKTOP)]:
        page.show(width, dark=theme == "dark")
        wide = page.read("document.documentElement.scrollWidth")
        errors = [*page.errors, *([f"{wide} px wide"] if wide > width else []), *page.read(CUT_OFF)]
        if errors := [*errors, *violations(page, rules)]:
            found[theme] = errors
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_pages(signed_in: Callable[[str], Dashboard], width: int) -> None:
    dashboard = signed_in(f"page-axe-{width}")
    page = dashboard.page
    found: dict[str, dict[str, list[str]]] = {}
    for name, path in with_payments(dashboard).items():
        page.show(width)
        dashboard.visit(path)
        if errors := faults(page, width):
            found[name] = errors
    assert found == {}


def test_drawers_and_dialogs(signed_in: Callable[[str], Dashboard]) -> None:
    dashboard = signed_in("page-axe-dialogs")
    page = dashboard.page
    pages = with_payments(dashboard)
    found: dict[tuple[str, str, int], dict[str, list[str]]] = {}
    for name, buttons, widths in OPENED:
        for width in widths:
            page.show(width)
            dashboard.visit(pages[name])
            for button in buttons:
                page.click(button)
                page.wait("document.querySelector('[role=dialog]')")
            loading = "[...document.querySelectorAll('[role=status]')].some((it) => it.textContent === 'Loading')"
            page.wait(f"document.querySelectorAll('[role=dialog]').length === 1 && !{loading}")
            if errors := faults(page, width):
                found[name, " ".join(buttons), width] = errors
    assert found == {}
