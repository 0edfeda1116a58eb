"""Run axe on the page of a browser tab."""

from typing import Final

from cli.deploy.installation import ROOT
from tests.support.clients.browser import Page

_AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# A color that is about to change is on its way for a moment, with the contrast of neither.
_CHANGED: Final = """Promise.allSettled(
  document.getAnimations().filter((it) => it instanceof CSSTransition).map((it) => it.finished)
).then(() => 0)"""
_VIOLATIONS: Final = """axe.run(document, {resultTypes: ['violations'], %s}).then((found) => found.violations.flatMap(
  ({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 200)}`)
))"""


def violations(page: Page, options: str = "") -> list[str]:
    """Return the violations that axe finds on a page: the rule, and the beginning of the element.

    `options` are further properties of axe's options, as JavaScript.
    """
    page.read(f"if (!window.axe) {{ {_AXE.read_text()} }}; 0")
    page.read(_CHANGED)
    found: list[str] = page.read(_VIOLATIONS % options)
    return found
