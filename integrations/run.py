"""Runs integrations against a sandbox: a sample's server with a buyer at its page, a library's calls."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from integrations.calls import Side, play
from integrations.libraries import LIBRARIES
from integrations.listed import Integration
from integrations.outcome import Outcome, Verdict
from integrations.recorder import recorder
from integrations.sample_server import SampleError, install, running
from integrations.samples import SCENARIOS

# The samples handle no other types that a payment causes; one of them never answers those.
_EVENTS: Final = ("payment_intent.succeeded", "payment_intent.payment_failed")
_TIMEOUT_S: Final = 30

HOOKS_URL: Final = "http://127.0.0.1:4242/hooks"
"""Where nobody listens: the libraries create endpoints and delete them."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox's base URL, and a merchant's two keys."""

    base_url: str
    secret_key: str
    publishable_key: str


def run_library(integration: Integration, sandbox: Sandbox) -> Outcome:
    """Make the calls of a library, up to the first that the sandbox refuses."""
    worked: list[str] = []
    for answered in play(LIBRARIES[integration.name], Side(sandbox.base_url, sandbox.secret_key, HOOKS_URL)):
        if answered.is_refusal:
            return Outcome(integration, Verdict.STOPS, worked, answered.request, answered.message)
        if answered.faults:
            why = f"{answered.step.operation}: {'; '.join(answered.faults)}"
            return Outcome(integration, Verdict.FAILS, worked, answered.request, why)
        worked.append(answered.step.operation)
    return Outcome(integration, Verdict.RUNS, worked)


def run_sample(integration: Integration, folder: Path, sandbox: Sandbox) -> Outcome:
    """Install and start a sample's server from its checked-out folder, and do what its buyer does."""
    port = _free_port()
    worked: list[str] = []
    with recorder(sandbox.base_url) as recorded:
        try:
            install(folder)
            with (
                _endpoint(sandbox, f"http://127.0.0.1:{port}/webhook") as secret,
                running(folder, port, _settings(sandbox, secret), api=recorded.url, sandbox=sandbox.base_url) as shop,
            ):
                worked.extend(SCENARIOS[integration.name](shop))
            fault = ""
        except SampleError as error:
            fault = str(error)
    # The server's own words are about the first call that was refused to it.
    if refused := recorded.refusals:
        message = str(refused[0].error.get("message", ""))
        return Outcome(integration, Verdict.STOPS, worked, str(refused[0]), message)
    return Outcome(integration, Verdict.FAILS if fault else Verdict.RUNS, worked, why=fault)


def _settings(sandbox: Sandbox, webhook_secret: str) -> Mapping[str, str]:
    """Return the settings that the samples' READMEs ask for."""
    return {
        "STRIPE_SECRET_KEY": sandbox.secret_key,
        "STRIPE_PUBLISHABLE_KEY": sandbox.publishable_key,
        "STRIPE_WEBHOOK_SECRET": webhook_secret,
        "STATIC_DIR": ".",
        "DOMAIN": "http://localhost:4242",
        "PRICE": "price_1",
        "BASIC_PRICE_ID": "price_basic",
        "PRO_PRICE_ID": "price_pro",
    }


@contextmanager
def _endpoint(sandbox: Sandbox, url: str) -> Iterator[str]:
    """Create a webhook endpoint until the block ends, and yield its secret."""
    with httpx.Client(
        base_url=sandbox.base_url, auth=(sandbox.secret_key, ""), timeout=_TIMEOUT_S, trust_env=False
    ) as api:
        made: dict[str, Any] = (
            api.post("/v1/webhook_endpoints", data={"url": url, "enabled_events[]": list(_EVENTS)})
            .raise_for_status()
            .json()
        )
        try:
            yield made["secret"]
        finally:
            api.delete(f"/v1/webhook_endpoints/{made['id']}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
