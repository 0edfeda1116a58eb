"""The suite that one of Stripe's samples has of its own: rspec in a browser, against its server and page as they are.

It needs Ruby, Chromium and chromedriver of this machine. The two gems that Debian does not package are loaded from
their repositories, at a commit.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from integrations.flow import FlowStep, Worked
from integrations.listed import Integration
from integrations.outcome import Outcome, Refusal, Verdict, ended
from integrations.run import Sandbox, free_port, settings
from integrations.sample_server import SampleError, install, running
from integrations.stripe_hosts import BrowserHosts, stripe_hosts

PROGRAMS: Final = ("ruby", "rspec", "chromium", "chromedriver")
DEBIAN_PACKAGES: Final = (
    "ruby", "ruby-rspec", "ruby-capybara", "ruby-selenium-webdriver", "ruby-rest-client", "ruby-dotenv", "ruby-byebug",
    "chromium", "chromium-driver",
)  # fmt: skip
"""What has the programs, and the gems that the suite requires."""

_FEATURES: Final = ("byebug", "capybara/rspec", "dotenv", "rest-client", "selenium-webdriver")
_GEMS: Final = (
    ("stripe/stripe-ruby", "51a180998268147fb40a7712b4fa66b7a3e033c0"),  # 19.5.0
    ("mattheworiordan/capybara-screenshot", "35b3136325ff1abc6fd4a87f4f95cd520bff1693"),  # 1.0.27
)
_REQUIRED_FIRST: Final = Path(__file__).with_name("suite_browser.rb")
# As wide as the screen of Selenium's image, in which the suite runs at its authors'. Left of a narrow window is what a
# success page says beside its session, once that is there: to Selenium, it is hidden.
_WINDOW: Final = "--window-size=1360,1020"
_WITHIN_S: Final = 1200
_READY_S: Final = 30
_PAUSE_S: Final = 0.1

_METHODS: Final = "other methods than cards are not simulated"
_ADDRESS: Final = "a session's page is at the sandbox's address"


@dataclass(frozen=True)
class Part:
    """One sample of the suite, by its folder: its specs, and the examples that may fail, with why. Others must pass."""

    sample: str
    specs: Sequence[str]
    beyond: Mapping[str, str]


PARTS: Final = (
    Part("payment-element", ("payment_element_server", "payment_element_e2e"), {}),
    Part(
        "prebuilt-checkout-page",
        ("prebuilt_checkout_page", "prebuilt_checkout_page_e2e"),
        {"prebuilt_checkout_page: creates a checkout session": _ADDRESS},
    ),
    Part(
        "elements-with-checkout-sessions",
        ("elements_with_checkout_sessions_server", "elements_with_checkout_sessions_e2e"),
        {},
    ),
    Part(
        "custom-payment-flow",
        ("custom_payment_flow_server", "custom_payment_flow_e2e"),
        {
            "custom_payment_flow_server: sets the payment method options for ACSS": _METHODS,
            "custom_payment_flow_server: fails gracefully if missmatched currency and payment method type": _METHODS,
            "custom_payment_flow_e2e: ACSS Debit: happy path": _METHODS,
            "custom_payment_flow_e2e: Afterpay / Clearpay: happy path": _METHODS,
            "custom_payment_flow_e2e: Alipay": _METHODS,
            "custom_payment_flow_e2e: BECS Direct Debit": _METHODS,
            "custom_payment_flow_e2e: Bancontact: happy path": _METHODS,
            "custom_payment_flow_e2e: GrabPay": _METHODS,
        },
    ),
)


DOES: Final = {
    "payment_element_e2e: happy path": FlowStep.PAY,
    "prebuilt_checkout_page_e2e: happy path": FlowStep.CHECKOUT,
}
"""The steps of the flow that are done with an example."""


@dataclass(frozen=True)
class Example:
    """An example of a spec, as `<spec>: <description>`: `passed`, `failed`, or `pending` if the suite skips it."""

    name: str
    status: str
    why: str = ""


def lacking() -> str:
    """Return what this machine lacks for the suite, and what Debian calls it, or an empty text."""
    found = {name for name in PROGRAMS if shutil.which(name)}
    missing = [name for name in PROGRAMS if name not in found]
    if "ruby" in found:
        missing += [f"Ruby's {name}" for name in _FEATURES if not _has(name)]
    return f"{', '.join(missing)} not found: apt-get install {' '.join(DEBIAN_PACKAGES)}" if missing else ""


def run_suite(integration: Integration, folder_of: Callable[[Integration], Path], sandbox: Sandbox) -> Outcome:
    """Run the suite against its samples in Chromium. `folder_of` checks a place out, and may raise NotFetchedError.

    It runs if each example passes that no `Part` names as one that may fail, and no other host of Stripe was called.
    """
    if missing := lacking():
        return Outcome(integration, Verdict.NOT_RUN, why=missing)
    specs = folder_of(integration)
    gems = [
        folder_of(replace(integration, repository=repository, commit=commit, place="lib"))
        for repository, commit in _GEMS
    ]
    ran: list[Example] = []
    try:
        with stripe_hosts(sandbox.base_url) as hosts, chromedriver() as driver:
            for part in PARTS:
                server, page = (
                    folder_of(replace(integration, place=f"{part.sample}/{place}"))
                    for place in ("server/node", "client/html")
                )
                install(server)
                port = free_port()
                own = {**settings(sandbox, "", port, page), "DOMAIN": f"http://localhost:{port}"}
                seen = {**own, "SERVER_URL": own["DOMAIN"], "SELENIUM_URL": driver}
                with running(server, port, own, api=sandbox.base_url, sandbox=sandbox.base_url):
                    ran += examples(part, specs, gems, {**seen, "REDIRECT_STRIPE_TO": sandbox.base_url}, hosts)
    except SampleError as error:
        return Outcome(integration, Verdict.FAILS, why=str(error))
    return suite_outcome(integration, ran, hosts)


def suite_outcome(integration: Integration, ran: Sequence[Example], hosts: BrowserHosts) -> Outcome:
    """Return the outcome of the examples that ran, and of the hosts that were called."""
    beyond = {name: why for part in PARTS for name, why in part.beyond.items()}
    passed = [one.name for one in ran if one.status == "passed"]
    failed = [one for one in ran if one.status == "failed"]
    skipped = len(ran) - len(passed) - len(failed)
    worked = [Worked(f"{len(passed)} of {len(ran)} examples pass, {skipped} skip themselves")]
    worked += [Worked(name, DOES.get(name)) for name in passed]
    worked.append(Worked(f"aborted: {', '.join(sorted(hosts.refused)) or 'nothing'}"))
    if foreign := sorted(host for host in hosts.refused if host.endswith("stripe.com")):
        return ended(integration, worked, fault=f"it called {', '.join(foreign)}")
    if unexpected := [one for one in failed if one.name not in beyond]:
        why = "; ".join(f"{one.name}: {one.why}" for one in unexpected)
        return ended(integration, worked, fault=why)
    reasons = {beyond[one.name]: None for one in failed}
    whys = [f"{why} ({', '.join(one.name for one in failed if beyond[one.name] == why)})" for why in reasons]
    return ended(integration, worked, refused=Refusal("rspec", "; ".join(whys)) if failed else None)


@contextmanager
def chromedriver() -> Iterator[str]:
    """Run chromedriver until the block ends, and yield its URL, as of a Selenium server. Raises SampleError."""
    port = free_port()
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}", "--url-base=/wd/hub"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}/wd/hub"
    try:
        _wait_until_ready(driver, url)
        yield url
    finally:
        # Its browsers are of its group.
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(driver.pid, signal.SIGTERM)
        driver.wait()


def examples(
    part: Part, specs: Path, gems: Sequence[Path], settings: Mapping[str, str], hosts: BrowserHosts
) -> list[Example]:
    """Run the specs of a part with these settings in their environment. Raises SampleError."""
    flags = ["--headless=new", _WINDOW, *(["--no-sandbox"] if os.geteuid() == 0 else []), *hosts.flags]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    env = kept | dict(settings) | {"BROWSER_FLAGS": "\n".join(flags), "LANG": "C.UTF-8"}
    with TemporaryDirectory(prefix="paysandbox-suite-") as folder:  # the suite writes where it runs
        result = Path(folder, "result.json")
        words = ["ruby", *(f"-I{gem}" for gem in gems), "-r", str(_REQUIRED_FIRST), "-S", "rspec"]
        words += ["-I", str(specs), "--require", "spec_helper", "--format", "json", "--out", str(result)]
        words += [str(specs / f"{name}_spec.rb") for name in part.specs]
        try:
            done = subprocess.run(
                words, cwd=folder, env=env, text=True, capture_output=True, timeout=_WITHIN_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise SampleError(f"its suite took longer than {_WITHIN_S} s") from None
        text = result.read_text(encoding="utf-8") if result.is_file() else ""
    ran: Mapping[str, Any] = json.loads(text) if text else {}
    if not ran.get("examples") or ran["summary"]["errors_outside_of_examples_count"]:
        raise SampleError(f"rspec ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return [_example(one) for one in ran["examples"]]


def _example(ran: Mapping[str, Any]) -> Example:
    name = f"{Path(ran['file_path']).name.removesuffix('_spec.rb')}: {ran['description']}"
    why = ran.get("exception", {}).get("message", "").strip().partition("\n")[0]
    return Example(name, ran["status"], why)


def _has(feature: str) -> bool:
    return subprocess.run(["ruby", "-e", "require ARGV[0]", feature], capture_output=True, check=False).returncode == 0


def _wait_until_ready(driver: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            httpx.get(f"{url}/status", trust_env=False)
            return
        except httpx.TransportError:
            if driver.poll() is not None or time.monotonic() > deadline:
                raise SampleError("chromedriver did not start") from None
            time.sleep(_PAUSE_S)
