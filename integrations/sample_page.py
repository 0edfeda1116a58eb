"""The pages of a sample beside its server, unmodified, in Chromium: own_code/sample_pages.py is the buyer.

Their requests to Stripe's hosts are fulfilled from the sandbox, by the package that anybody can use for that. Those to
other hosts are aborted and listed: fonts and pictures.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cli.deploy.installation import ROOT
from integrations.flow import FlowStep, Worked
from integrations.listed import Integration
from integrations.run_program import PROGRAMS, reason
from integrations.sample_server import SampleError
from integrations.sources import CACHE, checked_out
from requirements import install
from tests.support.clients.strict_shop import chromium_file

_PROGRAM: Final = PROGRAMS / "sample_pages.py"
_PACKAGE: Final = ROOT / "packages" / "pytest-paysandbox" / "src"
_LOCK: Final = ROOT / "requirements" / "playwright.txt"
_WITHIN_S: Final = 300
_WORKED: Final = "worked: "
_ABORTED: Final = "aborted: "


@dataclass(frozen=True)
class SamplePage:
    """The folder in the sample's repository with its page, the buyer's function, and the step that it does."""

    folder: str
    flow: str
    does: FlowStep


PAGES: Final[Mapping[str, SamplePage]] = {
    "accept-a-payment: custom payment flow": SamplePage("custom-payment-flow/client/html", "custom_flow", FlowStep.PAY),
    "accept-a-payment: elements with Checkout sessions": SamplePage(
        "elements-with-checkout-sessions/client/html", "session_elements", FlowStep.CHECKOUT
    ),
    "accept-a-payment: payment element": SamplePage("payment-element/client/html", "returning", FlowStep.PAY),
    "accept-a-payment: prebuilt checkout page": SamplePage(
        "prebuilt-checkout-page/client/html", "checkout", FlowStep.CHECKOUT
    ),
    "checkout-one-time-payments": SamplePage("client/html", "checkout", FlowStep.CHECKOUT),
    "placing-a-hold: using webhooks": SamplePage("using-webhooks/client", "hold", FlowStep.AUTHORIZE),
    "placing-a-hold: without webhooks": SamplePage("without-webhooks/client", "captured_hold", FlowStep.CAPTURE),
    "saving-card-without-payment": SamplePage("client", "saved_card", FlowStep.SAVE_CARD),
    "card-brand-choice": SamplePage("client", "brand_choice", FlowStep.PAY),
}
"""By the samples' names. The others' pages are React, or need what is not simulated."""

REACT_PAGES: Final[Mapping[str, SamplePage]] = {
    "accept-a-payment: custom payment flow": SamplePage(
        "custom-payment-flow/client/react-cra", "react_custom_flow", FlowStep.PAY
    ),
    "accept-a-payment: elements with Checkout sessions": SamplePage(
        "elements-with-checkout-sessions/client/react-cra", "session_elements", FlowStep.CHECKOUT
    ),
    "accept-a-payment: payment element": SamplePage(
        "payment-element/client/react-cra", "react_returning", FlowStep.PAY
    ),
    "accept-a-payment: prebuilt checkout page": SamplePage(
        "prebuilt-checkout-page/client/react-cra", "checkout", FlowStep.CHECKOUT
    ),
}
"""By the samples' names: the pages in React that are run beside those of `PAGES`."""


def page_of(sample: Integration, pages: Mapping[str, SamplePage], mirror: Path | None = None) -> Path | None:
    """Return the folder with a sample's page at its commit, if `pages` has one. Raises NotFetchedError."""
    page = pages.get(sample.name)
    return checked_out(replace(sample, place=page.folder), mirror) if page else None


def in_chromium(page: SamplePage, shop: str, sandbox: str, name: str = "its page") -> Iterator[Worked]:
    """Pay on the page of a sample at the URL `shop`. Yields what worked, by this name. Raises SampleError."""
    words = [str(_python()), str(_PROGRAM), page.flow, shop, sandbox, str(chromium_file(_folder()))]
    env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    env |= {"PYTHONPATH": str(_PACKAGE), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(words, env=env, text=True, capture_output=True, timeout=_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise SampleError(f"{name} took longer than {_WITHIN_S} s") from None
    lines = done.stdout.splitlines()
    worked = [line.removeprefix(_WORKED) for line in lines if line.startswith(_WORKED)]
    aborted = next((line.removeprefix(_ABORTED) for line in lines if line.startswith(_ABORTED)), "")
    if done.returncode != 0:
        raise SampleError(f"{name}, after {', '.join(worked) or 'nothing'}: {reason(done.stderr)}")
    yield Worked(f"{name} in Chromium: {', '.join(worked)} (aborted: {aborted})", page.does)


def _folder() -> Path:
    folder = CACHE / "packages" / "playwright"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _python() -> Path:
    """Return the Python of an environment with Playwright. One that is there already is used again."""
    folder = _folder()
    python, ready = folder / "venv" / "bin" / "python", folder / ".ready"
    lock = _LOCK.read_text(encoding="utf-8")
    if not ready.is_file() or ready.read_text(encoding="utf-8") != lock:
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder / "venv"], check=True)
        install.uv("install", "--python", str(python), "--no-deps", "--require-hashes", "-r", str(_LOCK))
        ready.write_text(lock, encoding="utf-8")
    return python
