"""Runs integrations against a sandbox: a sample's server with a buyer at its page, a package's own code, a replay."""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx

from integrations.buyers_pages import PAGES, REACT_PAGES
from integrations.calls import Sender, Side, play
from integrations.flow import Worked
from integrations.listed import Integration
from integrations.outcome import Outcome, Refusal, Verdict, ended
from integrations.packages import PackageError, installed
from integrations.react_page import built, served
from integrations.recorder import Call, recorder
from integrations.replays import REPLAYS, differences, with_parameters
from integrations.run_program import run_program
from integrations.sample_page import in_chromium
from integrations.sample_server import SampleError, install, running
from integrations.samples import EVENTS, OF_A_PLATFORM, PAYMENT, SCENARIOS
from integrations.sdk import SdkError, can_run, over_sdk
from integrations.sources import NotFetchedError

_TIMEOUT_S: Final = 30

HOOKS_URL: Final = "http://127.0.0.1:4242/hooks"
"""Where nobody listens: the libraries create endpoints and delete them."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox's base URL, and a merchant's two keys."""

    base_url: str
    secret_key: str
    publishable_key: str


def run_replay(integration: Integration, sandbox: Sandbox, send: Sender | None = None) -> Outcome:
    """Make the calls of a replay, up to the first that the sandbox refuses. `send` is its SDK, if that is at hand."""
    side = Side(sandbox.base_url, sandbox.secret_key, HOOKS_URL)
    worked: list[Worked] = []
    for answered in play(REPLAYS[integration.name], side, send):
        if answered.is_refusal:
            return ended(integration, worked, refused=Refusal(answered.request, answered.message))
        if answered.faults:
            return ended(integration, worked, fault=f"{answered.step.operation}: {'; '.join(answered.faults)}")
        worked.append(Worked(answered.step.operation, answered.step.does))
    return ended(integration, worked)


def run_proven_replay(integration: Integration, sandbox: Sandbox, text_of: Callable[[str], str]) -> Outcome:
    """Compare a replay with its source, and make its calls with its SDK. `text_of` may raise NotFetchedError."""
    replay = REPLAYS[integration.name]
    try:
        differing = [*differences(replay, text_of)]
    except NotFetchedError:
        compared = "source lines not compared: they could not be fetched"
    else:
        if differing:
            return Outcome(integration, Verdict.FAILS, why="; ".join(differing))
        called = with_parameters(replay)
        compared = f"{sum(bool(step.source) for step in called)} of {len(called)} calls compared with their lines"
    try:
        if can_run(replay.sdk):
            with over_sdk(replay.sdk, replay.version, Side(sandbox.base_url, sandbox.secret_key, HOOKS_URL)) as send:
                outcome = run_replay(integration, sandbox, send)
            client = f"sent by {replay.sdk}"
        else:
            outcome = run_replay(integration, sandbox)
            client = f"as {replay.sdk} writes it" if replay.sdk else "no SDK"
    except PackageError as error:
        return Outcome(integration, Verdict.NOT_RUN, why=f"its SDK could not be installed: {error}")
    except SdkError as error:
        return Outcome(integration, Verdict.FAILS, why=str(error))
    return replace(outcome, proof=f"replay: {client}; {compared}")


def run_own_code(integration: Integration, sandbox: Sandbox) -> Outcome:
    """Install a package, and run the program that calls it, up to the first call that the sandbox refuses."""
    if integration.package is None:
        raise ValueError(f"{integration.name} has no package")
    try:
        folder = installed(integration.package)
    except PackageError as error:
        return Outcome(integration, Verdict.NOT_RUN, why=f"it could not be installed: {error}")
    with recorder(sandbox.base_url) as recorded:
        ran = run_program(integration.place, folder, recorded.url)
    proof = f"own code: {integration.package}"
    # A refusal that the package expects (a second capture) ends nothing: the last call before the end does.
    if ran.fault and recorded.calls and (last := recorded.calls[-1]).is_refusal:
        return ended(integration, ran.worked, refused=_refusal(last), proof=proof)
    return ended(integration, ran.worked, fault=ran.fault, proof=proof)


def run_sample(
    integration: Integration, folder: Path, page: Path | None, react: Path | None, sandbox: Sandbox
) -> Outcome:
    """Install and start a sample's server from its checked-out folder, and do what its buyer does.

    With the folders of its page and its React page, a buyer then pays there in Chromium.
    """
    port = free_port()
    worked: list[Worked] = []
    with recorder(sandbox.base_url) as recorded:
        try:
            install(folder)
            server = f"http://127.0.0.1:{port}"
            with _endpoint(sandbox, f"{server}/webhook", EVENTS.get(integration.name, PAYMENT)) as secret:
                own = settings(sandbox, secret, port, page)
                if integration.name in OF_A_PLATFORM:
                    _connect_account(sandbox)
                with running(folder, port, own, api=recorded.url, sandbox=recorded.url) as shop:
                    worked.extend(SCENARIOS[integration.name](shop))
                    if page is not None:
                        worked.extend(in_chromium(PAGES[integration.name], server, sandbox.base_url))
                # The server runs again, as the buyer has to come back to the other page.
                if react is not None:
                    with (
                        served(built(react), server) as shown,
                        running(folder, port, {**own, "DOMAIN": shown}, api=recorded.url, sandbox=recorded.url),
                    ):
                        react_page = REACT_PAGES[integration.name]
                        worked.extend(in_chromium(react_page, shown, sandbox.base_url, "its React page"))
            fault = ""
        except SampleError as error:
            fault = str(error)
    # The server's own words are about the first call that was refused to it. The buyer's page is recorded too.
    refused = _refusal(recorded.refusals[0]) if recorded.refusals else None
    return ended(integration, worked, refused=refused, fault=fault)


def _refusal(call: Call) -> Refusal:
    return Refusal(str(call), str(call.error.get("message", "")))


def settings(sandbox: Sandbox, webhook_secret: str, port: int, page: Path | None) -> Mapping[str, str]:
    """Return the settings that the samples' READMEs ask for. `page` is the folder of the page."""
    return {
        "STRIPE_SECRET_KEY": sandbox.secret_key,
        "STRIPE_PUBLISHABLE_KEY": sandbox.publishable_key,
        "STRIPE_WEBHOOK_SECRET": webhook_secret,
        "STATIC_DIR": str(page or "."),
        "DOMAIN": f"http://127.0.0.1:{port}",
        "PRICE": _price(sandbox),
        "BASIC_PRICE_ID": _price(sandbox, "sample_basic"),
        "PRO_PRICE_ID": _price(sandbox, "sample_premium"),
    }


def _price(sandbox: Sandbox, plan: str = "") -> str:
    """Create a price of a product or, with its lookup key, of a plan, as the shop's owner does in the Dashboard."""
    params = {"currency": "usd", "unit_amount": "2000", "product_data[name]": plan or "A poster"}
    if plan:
        params |= {"recurring[interval]": "month", "lookup_key": plan, "transfer_lookup_key": "true"}
    with _api(sandbox) as api:
        made: dict[str, Any] = api.post("/v1/prices", data=params).raise_for_status().json()
    return made["id"]


def _connect_account(sandbox: Sandbox) -> None:
    """Create a connected account, as one is onboarded before a platform charges for it."""
    params = {"type": "express", "country": "US", "capabilities[transfers][requested]": "true"}
    with _api(sandbox) as api:
        api.post("/v1/accounts", data=params).raise_for_status()


@contextmanager
def _endpoint(sandbox: Sandbox, url: str, events: Sequence[str]) -> Iterator[str]:
    """Create a webhook endpoint until the block ends, and yield its secret."""
    with _api(sandbox) as api:
        made: dict[str, Any] = (
            api.post("/v1/webhook_endpoints", data={"url": url, "enabled_events[]": [*events]})
            .raise_for_status()
            .json()
        )
        try:
            yield made["secret"]
        finally:
            api.delete(f"/v1/webhook_endpoints/{made['id']}")


def _api(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=sandbox.base_url, auth=(sandbox.secret_key, ""), timeout=_TIMEOUT_S, trust_env=False)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
