"""The deployed sandbox that end-to-end tests share, with its own state folder and port, and nothing mocked.

Each process of pytest has one. The `paysandbox` program starts it, next to any other sandbox on this machine, and it is
always stopped at the end.
"""

import fcntl
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from botocore.exceptions import BotoCoreError

from cli.connection.target import Target, local_target
from cli.deploy.cdk import aws_variables
from cli.deploy.installation import ROOT
from cli.sandbox import engine
from cli.state.image import FOLDER_VARIABLE
from cli.state.state_dir import StateDir
from engine import lane
from tests.support.clients.api import Api
from tests.support.clients.browser import Browser, Page, started
from tests.support.clients.dashboard import DESKTOP, SESSION, Dashboard
from tests.support.clients.program import paysandbox
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.tools import chromium
from tests.support.tools.ports import free_port
from tests.support.tools.tiers import TIERS

PROGRAM = str(Path(sys.executable).with_name("paysandbox"))
START_S = 240
REBOUND = "page.example"
"""A name that a page's own DNS server points to the sandbox: to the browser, both have the same origin."""
LINES_SHOWN = 40
"""The lines of each log that a failed test shows."""
FAILURE = re.compile(r'"level":"(ERROR|WARNING|CRITICAL)"|Traceback|timed out|died')
FAILED_ATTEMPT = re.compile(r'"delivery attempt".*"error":')

IMAGES = ROOT / ".cache" / "images"
"""Images of deployed sandboxes that later sessions copy (cli/state/image.py). `make clean` removes them."""


FIRST = ("test_tutorial.py", "test_clock.py", "test_disbursements.py")
"""The files that advance the clock by a week or more: few authorizations of other tests expire by that."""
LAST = (
    *("test_least_privilege.py", "test_restart.py", "test_start_options.py", "test_kill.py"),
    *("test_settlement.py", "test_verify.py", "test_wall.py"),
)
"""The files that restart the shared sandbox, the longest first: after that, every function that a test calls starts
again. Then those that settle days to come, after which no other test can settle, and the audit."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder as end-to-end, and run its files in the order of their names, of any folder.

    Some run first and some last.
    """
    places = {name: place - len(FIRST) for place, name in enumerate(FIRST)}
    places |= {name: place + 1 for place, name in enumerate(LAST)}
    ours = {item for item in items if Path(__file__).parent in item.path.parents}
    for item in ours:
        item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: (places.get(item.path.name, 0), item.path.name) if item in ours else (0, ""))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the sandbox logged with a failed test, since its home is gone afterwards."""
    report = yield
    if report.failed:
        for given in getattr(item, "funcargs", {}).values():
            if isinstance(given, Sandbox):
                log = StateDir(given.home).engine_log.read_text(errors="replace").splitlines()
                report.sections.append((f"Engine log on port {given.port}", "\n".join(log[-LINES_SHOWN:])))
                for title, pattern in (
                    ("Failed delivery attempts", FAILED_ATTEMPT),
                    ("Failures of functions", FAILURE),
                ):
                    lines = given.logged(pattern)[-LINES_SHOWN:]
                    report.sections.append((f"{title} on port {given.port}", "\n".join(lines)))
    return report


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox, and the command-line program for it."""

    home: Path
    port: int

    def run(
        self, *words: str, check: bool = True, piped: str = "", apart: bool = False, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `paysandbox` on this sandbox as a user would, with its output in a pipe.

        Commands run in this process, where they start in a tenth of the time. Commands that start or stop processes run
        in their own, as do those that must run `apart` from this process, concurrently with another command.
        """
        told = {"PAYSANDBOX_HOME": str(self.home), FOLDER_VARIABLE: str(IMAGES)} | env
        if apart or words[0] in {"up", "down"}:
            done = subprocess.run(
                [PROGRAM, *words],
                env=os.environ | told,
                input=piped,
                text=True,
                capture_output=True,
                timeout=START_S,
                check=False,
            )
        else:
            with patch.dict(os.environ, told):
                ran = paysandbox(*words, piped=piped)
            done = subprocess.CompletedProcess(words, ran.exit_code, ran.stdout, ran.stderr)
        if check and done.returncode != 0:
            said = done.stdout + done.stderr
            raise AssertionError(f"paysandbox {' '.join(words)} ended with {done.returncode}:\n{said}")
        return done

    def json(self, *words: str) -> Any:
        """Return the output of a command run with --json."""
        return json.loads(self.run(*words, "--json").stdout)

    def up(self) -> None:
        """Start or update the sandbox."""
        self.run("up", "--port", str(self.port))

    def logged(self, pattern: re.Pattern[str]) -> list[str]:
        """Return the lines that functions logged and that have this pattern, oldest first."""
        logs = self.target.client("logs")
        found: list[tuple[int, str]] = []
        try:
            for page in logs.get_paginator("describe_log_groups").paginate():
                for group in page["logGroups"]:
                    lines = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
                    found += [(line["timestamp"], line["message"]) for part in lines for line in part["events"]]
        except BotoCoreError as stopped:
            return [f"The engine does not respond: {stopped}"]
        return [line for _, line in sorted(found) if pattern.search(line)]

    @property
    def base_url(self) -> str:
        """Return the API's base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def aws_endpoint_url(self) -> str:
        """Return the engine's AWS endpoint URL."""
        return f"http://localhost:{self.port}"

    @property
    def target(self) -> Target:
        """Return the sandbox as commands see it, with its access key."""
        return local_target(StateDir(self.home), self.port, "us-east-1")

    @property
    def aws_variables(self) -> dict[str, str]:
        """Return the environment variables that point AWS's tools to the engine, as `status -o aws` prints them."""
        return {
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_DEFAULT_REGION": "us-east-1",
            **aws_variables(self.target),
        }


@contextmanager
def first_start() -> Iterator[None]:
    """Let one process start its sandbox at a time: the first may deploy and save an image, and the others copy it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (IMAGES / ".first").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def running(home: Path) -> Iterator[Sandbox]:
    """Start a sandbox with its state in this folder, and stop it at the end."""
    it = Sandbox(home, free_port())
    try:
        with first_start():
            it.up()
        yield it
    finally:
        it.run("down")


@pytest.fixture(scope="session", autouse=True)
def function_calls(pytestconfig: pytest.Config) -> Iterator[None]:
    """Let functions call AWS over HTTP in the long tests, and over their lanes in all others."""
    by_http = pytestconfig.getoption("markexpr") == TIERS["soak"]
    with patch.dict(os.environ, {lane.SETTING: lane.BY_HTTP} if by_http else {}):
        yield


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Provide this process's own sandbox, with every stack deployed."""
    with running(tmp_path_factory.mktemp("sandbox") / "a home") as it:
        yield it
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{it.aws_endpoint_url}/_ministack/ready", timeout=1)


@pytest.fixture(scope="module")
def sandbox(deployed: Sandbox) -> Sandbox:
    """Provide the sandbox that the files of this process share, running. A file may leave it stopped."""
    if engine.running(StateDir(deployed.home)) is None:
        deployed.up()
    return deployed


@pytest.fixture(scope="module")
def own_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Provide a sandbox of this test file only. Where the clock is advanced, no payments of other tests fall due."""
    with running(tmp_path_factory.mktemp("own") / "home") as it:
        yield it


@pytest.fixture(scope="module")
def new_merchant(sandbox: Sandbox) -> Callable[[str], Api]:
    """Return a function that creates a merchant with a key on a plan (default `load`) and returns its API client."""

    def make(name: str, plan: str = "load") -> Api:
        made = sandbox.json("keys", "create", "--merchant", name, "--plan", plan)
        return Api(sandbox.base_url, made["api_key"])

    return make


@pytest.fixture(scope="module")
def api(request: pytest.FixtureRequest, new_merchant: Callable[[str], Api]) -> Iterator[Api]:
    """Provide an API client for this test file's own merchant."""
    with new_merchant(request.path.stem.removeprefix("test_").replace("_", "-")) as it:
        yield it


@pytest.fixture(scope="module")
def sdk(sandbox: Sandbox, api: Api) -> Iterator[Any]:
    """Provide Stripe's SDK for the same merchant, with the same key."""
    with sdk_on(sandbox.base_url, api.api_key) as it:
        yield it


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Provide a browser, for which `REBOUND` is a name of this machine.

    It is installed if needed. Only the fast tier, which downloads nothing, skips the test instead.
    """
    if pytestconfig.getoption("markexpr") == TIERS["fast"] and not chromium.is_ready():
        pytest.skip("there is no Chromium on the PATH; `make test ARGS=all` installs one for the tests")
    rule = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"
    with started(tmp_path_factory.mktemp("browser"), rule) as it:
        yield it


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Provide a tab of a real browser, which shares nothing with others."""
    with browser.tab() as tab:
        yield tab


@pytest.fixture
def signed_in(page: Page, sandbox: Sandbox) -> Iterator[Callable[[str], Dashboard]]:
    """Return a function that signs in to the dashboard with a printed link, and creates and selects a merchant."""
    with ExitStack() as clients:

        def sign_in(name: str) -> Dashboard:
            merchant = f"{name}-{secrets.token_hex(3)}"
            page.show(DESKTOP)
            page.open(sandbox.run("open", "--print").stdout.strip())
            page.click("Keys")
            page.fill("Name", merchant)
            page.click("Create")
            page.wait(f"{SESSION}?.selected === {json.dumps(merchant)}")
            keys: dict[str, Any] = page.read(
                f"{SESSION}.merchants.find((it) => it.merchant === {json.dumps(merchant)})"
            )
            program, reader = (
                clients.enter_context(Api(sandbox.base_url, keys[name])) for name in ("secret_key", "api_key")
            )
            return Dashboard(page, sandbox.base_url, program, reader)

        yield sign_in


@pytest.fixture
def refused(sandbox: Sandbox) -> Callable[[], list[str]]:
    """Return a function that lists the wall's refusals since the test began."""
    log = sandbox.home / "engine.log"
    before = log.stat().st_size

    def lines() -> list[str]:
        with log.open("rb") as file:
            file.seek(before)
            return [line for line in file.read().decode(errors="replace").splitlines() if line.startswith("wall: ")]

    return lines
