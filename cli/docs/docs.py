"""`paysandbox docs`: search the documentation that a sandbox serves, and show its pages as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import api_of
from cli.connection.caller import Caller, over_the_api
from cli.terminal.failure import Failure
from cli.terminal.output import print_block, print_json, print_note
from paysandbox.core.suggestion import did_you_mean

if TYPE_CHECKING:
    from cli.connection.http_client import Response

app = typer.Typer(name="docs", no_args_is_help=True, help="Search the documentation, and show its pages.")

INDEX: Final = "index"
"""The page at /docs itself."""

_ROOT: Final = "docs"
_PAGE: Final = re.compile(r"[a-z0-9_-]+(?:/[a-z0-9_-]+)?")
_OK: Final = 200
_EXCERPT: Final = 300
_BEFORE: Final = 80
# How often a word counts: in the heading, in the page's title, and in the text, where it counts up to five times.
_IN_HEADING: Final = 8
_IN_TITLE: Final = 4
_IN_TEXT_MAX: Final = 5


def _page(text: str) -> str:
    name = text.strip("/").removeprefix(f"{_ROOT}/").removesuffix(".md") or INDEX
    if _PAGE.fullmatch(name) is None:
        raise typer.BadParameter(f"{text!r} is no page. Pages look like how-to/lose-answers.")
    return name


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox docs list")
@over_the_api
def list_pages(*, caller: Caller) -> None:
    """List the pages of the documentation."""
    from cli.terminal.columns import columns
    from cli.terminal.console import answers

    titles = {_page_of(part): part["title"] for part in _parts(caller)}
    if caller.as_json:
        print_json({"data": [{"page": page, "title": title} for page, title in titles.items()]})
        return
    answers().print(columns(("PAGE", "TITLE"), [*titles.items()]))


EXAMPLES_SEARCH: Final = """[bold]Examples[/bold]
  paysandbox docs search idempotency key
  paysandbox docs search lost answer --limit 3 --json
"""


@app.command(epilog=EXAMPLES_SEARCH)
@over_the_api
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="Words to look for.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="Maximum number of results.")] = 8,
    *,
    caller: Caller,
) -> None:
    """Search the documentation: the parts of its pages that have the most of the words, best first."""
    from cli.terminal.console import Text, answers
    from cli.terminal.refusal import line

    found = ranked(_parts(caller), " ".join(words))[:limit]
    if caller.as_json:
        print_json({"data": found})
        return
    if not found:
        print_note("Nothing found.")
    console = answers()
    for part in found:
        console.print(Text(f"{part['page']}: {part['heading']}", style="bold"))
        console.print(Text(line("", part["excerpt"])))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox docs show how-to/lose-answers")
@over_the_api
def show(
    page: Annotated[str, typer.Argument(metavar="PAGE", callback=_page, help="The page's path: how-to/lose-answers.")],
    *,
    caller: Caller,
) -> None:
    """Show a page of the documentation as Markdown."""
    response = _get(caller, f"/{_ROOT}/{page}.md")
    if response.status != _OK:
        pages = {_page_of(part) for part in _parts(caller)}
        raise Failure(f"There is no page {page}.", f"{did_you_mean(page, pages)}See `paysandbox docs list`.")
    if caller.as_json:
        print_json({"page": page, "markdown": response.text})
        return
    print_block(response.text)


def ranked(parts: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, str]]:
    """Return the parts that have words of a text, best first: those with the most different words, then the most hits.

    Each has its page, heading, anchor and an excerpt.
    """
    words = [*dict.fromkeys(re.findall(r"[\w-]+", text.lower()))]
    scored = [(score, part) for part in parts if (score := _score(part, words)) > (0, 0)]
    scored.sort(key=lambda entry: entry[0], reverse=True)
    return [
        {
            "page": _page_of(part),
            "title": part["title"],
            "heading": part["heading"],
            "anchor": part["address"].partition("#")[2],
            "excerpt": _excerpt(part["text"], words),
        }
        for _, part in scored
    ]


def _score(part: Mapping[str, Any], words: Sequence[str]) -> tuple[int, int]:
    heading, title, text = part["heading"].lower(), part["title"].lower(), part["text"].lower()
    hits = [
        _IN_HEADING * (word in heading) + _IN_TITLE * (word in title) + min(text.count(word), _IN_TEXT_MAX)
        for word in words
    ]
    return sum(map(bool, hits)), sum(hits)


def _excerpt(text: str, words: Sequence[str]) -> str:
    """Return the text around the first word that is found."""
    lowered = text.lower()
    first = min((at for word in words if (at := lowered.find(word)) >= 0), default=0)
    start = max(0, first - _BEFORE)
    shown = text[start : start + _EXCERPT].strip()
    return f"{'…' if start else ''}{shown}{'…' if start + _EXCERPT < len(text) else ''}"


def _page_of(part: Mapping[str, Any]) -> str:
    return part["address"].partition("#")[0].removeprefix(_ROOT).strip("/") or INDEX


def _parts(caller: Caller) -> list[dict[str, Any]]:
    """Return the parts of all pages, as the documentation's own search reads them (layers/docs_site.py)."""
    response = _get(caller, f"/{_ROOT}/search.json")
    if response.status != _OK:
        raise Failure(f"The sandbox has no documentation: {response.status}.", "It may be another version.")
    return json.loads(response.content)


def _get(caller: Caller, path: str) -> Response:
    return api_of(caller).request("GET", path)
