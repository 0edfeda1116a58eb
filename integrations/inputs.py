"""What the run of a row depends on here, and its digest: a stored run is current as long as that is the same.

The page has this rule in words (page.py). It leaves out what carries a run without taking part in it (run.py, the
recorder), and what is below the Stripe-compatible API: a change there is judged by tests of its own.
"""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from cli.deploy.installation import ROOT
from integrations.buyers_pages import PAGES
from integrations.listed import Integration, Proof
from integrations.replays import REPLAYS

LAYER: Final = ("lambdas/stripe_api", "layers/shared/python/paysandbox/stripe_api")
"""The Stripe-compatible API: its handlers, and its part of the layer."""

PACKAGES: Final = (
    *("packages/paysandbox-client/src", "packages/pytest-paysandbox/src"),
    "requirements/playwright.txt",
)
"""What leads the requests of a page to the sandbox."""

_BROWSER: Final = (
    *("integrations/own_code/sample_pages.py", "integrations/sample_page.py", "integrations/react_page.py"),
    *("stripe_js", *PACKAGES),
)
_OF_A_PROOF: Final = {
    Proof.SAMPLE: ("integrations/samples.py", "integrations/sample_server.py", "integrations/redirect.cjs"),
    Proof.OWN_CODE: ("integrations/run_program.py",),
    Proof.REPLAY: (
        *("integrations/calls.py", "integrations/sdk.py", "integrations/source_lines.py"),
        *("integrations/own_code/sdk_calls.cjs", "integrations/own_code/sdk_calls.py"),
    ),
    Proof.SUITE: (
        *("integrations/own_suite.py", "integrations/stripe_hosts.py", "integrations/suite_browser.rb"),
        *("integrations/sample_server.py", "integrations/redirect.cjs", "stripe_js"),
    ),
}
_BESIDE: Final = {
    ".py": ("integrations/own_code/shop.py",),
    ".cjs": ("integrations/own_code/shop.cjs", "integrations/redirect.cjs"),
}
"""What a program of own_code shares with others, by its suffix."""

_GENERATED: Final = frozenset({"operations.py", "shapes.py"})
"""Files of paysandbox_client that are made of the API's document, in a checkout that is set up."""


def files_of(integration: Integration) -> tuple[str, ...]:
    """Return the files and folders that a row's run depends on, relative to the checkout."""
    own = _OF_A_PROOF[integration.proof]
    if integration.proof is Proof.OWN_CODE:
        own += (f"integrations/own_code/{integration.place}", *_BESIDE[Path(integration.place).suffix])
    if integration.name in PAGES:
        own += _BROWSER
    return (*own, *LAYER)


def digest_of(integration: Integration, root: Path = ROOT) -> str:
    """Return the digest of a row, its calls if they are replayed, and its files."""
    calls = repr(REPLAYS[integration.name]) if integration.proof is Proof.REPLAY else ""
    return sha256("\n".join([repr(integration), calls, digest(*files_of(integration), root=root)]).encode()).hexdigest()


def digest(*names: str, root: Path = ROOT) -> str:
    """Return the digest of files and folders: of each file's path and content."""
    return sha256("\n".join(_content(root, name) for name in names).encode()).hexdigest()


@cache
def _content(root: Path, name: str) -> str:
    lines = (f"{sha256(file.read_bytes()).hexdigest()} {file.relative_to(root)}" for file in _files(root / name))
    return "\n".join(lines)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts and file.name not in _GENERATED:
            yield file
