"""`paysandbox docs`: search the documentation, and show its pages as Markdown.

Without an option that names a sandbox, the pages are those of this program, so none has to run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from cli.connection.caller import Caller, over_the_api
from cli.docs.pages import pages_of
from cli.terminal.failure import Failure
from cli.terminal.output import print_block, print_json, print_note
from paysandbox.core.suggestion import did_you_mean

app = typer.Typer(name="docs", no_args_is_help=True, help="Search the documentation, and show its pages.")

INDEX: Final = "index"
"""The page at /docs itself."""

_ROOT: Final = "docs"
_PAGE: Final = re.compile(r"[a-z0-9_-]+(?:/[a-z0-9_-]+)?")
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

    titles = {_page_of(part): part["title"] for part in pages_of(caller).parts()}
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
    """Search the documentation: the parts of its pages that have the most of the words, best first.

    Guides come before references, and those before the pages of errors. No sandbox is needed: the pages are those of
    this program, unless an option or an environment variable names a sandbox.
    """
    from cli.terminal.console import Text, answers
    from cli.terminal.refusal import line

    found = ranked(pages_of(caller).parts(), " ".join(words))[:limit]
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
    pages = pages_of(caller)
    markdown = pages.markdown(page)
    if markdown is None:
        named = {_page_of(part) for part in pages.parts()}
        raise Failure(f"There is no page {page}.", f"{did_you_mean(page, named)}See `paysandbox docs list`.")
    if caller.as_json:
        print_json({"page": page, "markdown": markdown})
        return
    print_block(markdown)


def ranked(parts: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, str]]:
    """Return the parts that have words of a text, best first: those with the most different words, then the most hits.

    A part's hits count by its `weight`, which is that of its kind of page (layers/docs_site.py). A page whose title is
    the text, such as an error's code, comes first. Each has its page, heading, anchor and an excerpt.
    """
    words = [*dict.fromkeys(re.findall(r"[\w-]+", text.lower()))]
    scored = [(score, part) for part in parts if (score := _score(part, words)) > (False, 0, 0)]
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


def _score(part: Mapping[str, Any], words: Sequence[str]) -> tuple[bool, int, float]:
    heading, title, text = part["heading"].lower(), part["title"].lower(), part["text"].lower()
    hits = [
        _IN_HEADING * (word in heading) + _IN_TITLE * (word in title) + min(text.count(word), _IN_TEXT_MAX)
        for word in words
    ]
    return [title] == words, sum(map(bool, hits)), sum(hits) * part.get("weight", 1)


def _excerpt(text: str, words: Sequence[str]) -> str:
    """Return the text around the first word that is found."""
    lowered = text.lower()
    first = min((at for word in words if (at := lowered.find(word)) >= 0), default=0)
    start = max(0, first - _BEFORE)
    shown = text[start : start + _EXCERPT].strip()
    return f"{'…' if start else ''}{shown}{'…' if start + _EXCERPT < len(text) else ''}"


def _page_of(part: Mapping[str, Any]) -> str:
    return part["address"].partition("#")[0].removeprefix(_ROOT).strip("/") or INDEX
