"""Writes the documents that follow from the code: generated pages, and the tables of README and CONTRIBUTING.

    python docs/generate.py            write them
    python docs/generate.py --check    exit 1 when a committed one differs

A test runs the check, so the documents cannot be out of date.
"""

import sys
from pathlib import Path
from typing import Final

from benchmarks import capacity, cost_of_change, peers
from docs import readme_facts, stripe_coverage
from docs.pages import (
    api,
    cards,
    cli,
    environment_variables,
    errors,
    events,
    faults,
    mcp_tools,
    resource_types,
    settings,
    stripe_js,
)
from integrations import page as stripe_integrations

DOCS: Final = Path(__file__).resolve().parent


def documents() -> dict[Path, str]:
    """Return the content of every generated file, by path."""
    return {
        readme_facts.README: readme_facts.readme(),
        cost_of_change.CONTRIBUTING: cost_of_change.contributing(),
        **{DOCS / "reference" / f"{name}.md": text for name, text in api.pages().items()},
        DOCS / "reference" / "cards.md": cards.page(),
        **{DOCS / "reference" / f"{name}.md": text for name, text in cli.pages().items()},
        DOCS / "reference" / "environment-variables.md": environment_variables.page(),
        DOCS / "reference" / "errors.md": errors.page(),
        **{DOCS / "reference" / f"{name}.md": text for name, text in events.pages().items()},
        DOCS / "reference" / "faults.md": faults.page(),
        DOCS / "reference" / "mcp-tools.md": mcp_tools.page(),
        DOCS / "reference" / "resource-types.md": resource_types.page(),
        DOCS / "reference" / "settings.md": settings.page(),
        **{DOCS / "reference" / f"{name}.md": text for name, text in stripe_coverage.pages().items()},
        DOCS / "reference" / "stripe-integrations.md": stripe_integrations.page(),
        DOCS / "reference" / "stripe-js.md": stripe_js.page(),
        DOCS / "explanation" / "capacity.md": capacity.page(),
        peers.PAGE: peers.page(),
    }


def main() -> int:
    """Write the files, or compare them with --check."""
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            sys.stderr.write(f"{path.name} is out of date: python docs/generate.py\n")
        return 1 if stale else 0
    for path, text in documents().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
