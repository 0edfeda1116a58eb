"""The table of Stripe's resources in README.md, which follows from the facts of the coverage page."""

from pathlib import Path
from typing import Final

from docs.stripe_coverage import DOCUMENTED, PAGES, operation, resource

README: Final = Path(__file__).resolve().parents[1] / "README.md"
BEGIN: Final = "<!-- Written by docs/generate.py from the facts of the coverage page. -->"
END: Final = "<!-- End of what it writes. -->"

_COVERAGE: Final = "docs/reference/stripe-coverage.md"


def readme() -> str:
    """Return README.md with the table between its markers. Raises ValueError if it does not have both."""
    text = README.read_text()
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{begin}{table()}{end}{after}"


def table() -> str:
    """Return the table: by page, each resource with a link, and whatever can be done with at least one of them."""
    rows = [f"| {title} | {', '.join(map(_link, names))} | {_operations(names)} |" for title, names in PAGES.values()]
    others = f"| Everything else | | rejected by name, never ignored: [coverage]({_COVERAGE}#resources) |"
    return "\n".join(["", "| Stripe | resources | operations |", "|---|---|---|", *rows, others, "", ""])


def _link(name: str) -> str:
    return f"[{name.replace('_', ' ')}]({_COVERAGE}#{name})"


def _operations(names: tuple[str, ...]) -> str:
    of_group = (operation(route) for route in DOCUMENTED if resource(route) in names)
    return ", ".join(dict.fromkeys(name.rpartition(".")[2].replace("_", " ") for name in of_group))
