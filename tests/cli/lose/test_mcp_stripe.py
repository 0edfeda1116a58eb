"""What leads Stripe's SDK for Node.js to the sandbox: https and fetch, for Stripe's host and no other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.lose.mcp_stripe import variables_to_sandbox
from tests.support.fakes.wire import Reply, Request, Wire, served
from tests.support.tools.ports import free_port

NODE = Path(sys.executable).with_name("node")

# As Stripe's SDK sends it: the body follows once the connection is encrypted.
SDK = """
const https = require("https");
const sent = https.request({
  host: "api.stripe.com", port: "443", path: "/v1/refunds", method: "POST", agent: new https.Agent({ keepAlive: true }),
  headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": 8 }, ciphers: "DEFAULT",
});
sent.on("response", (answer) => { console.log(answer.statusCode); answer.resume().on("end", () => process.exit()); });
sent.once("socket", (socket) => socket.once("secureConnect", () => { sent.write("amount=5"); sent.end(); }));
"""
PROGRAMS = {
    "https.request as in Stripe's SDK": SDK,
    "https.request with a URL": """require("https").request("https://api.stripe.com/v1/refunds", {
  method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": 8 },
}, (answer) => { console.log(answer.statusCode); process.exit(); }).end("amount=5");""",
    "import of node:https": """import("node:https").then((it) => it.request("https://api.stripe.com/v1/refunds", {
  method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": 8 },
}, (answer) => { console.log(answer.statusCode); process.exit(); }).end("amount=5"));""",
    "fetch": """fetch("https://api.stripe.com/v1/refunds", { method: "POST", body: new URLSearchParams("amount=5") })
  .then((answer) => console.log(answer.status));""",
}
FETCH_OF_A_REQUEST = """
fetch(new Request("https://api.stripe.com/v1/refunds/re_1?expand=1", { headers: { "Stripe-Version": "1" } }))
  .then((answer) => console.log(answer.status));
"""
ELSEWHERE = """
const https = require("https");
const said = (name) => (error) => console.log(name, (error.cause ?? error).code);
https.get(process.env.ELSEWHERE).on("error", (error) => {
  said("https")(error);
  fetch(process.env.ELSEWHERE).catch(said("fetch"));
});
"""


@pytest.fixture
def wire() -> Iterator[Wire]:
    def answer(request: Request) -> Reply:
        return Reply(201, {"path": request.path})

    with served(answer) as wire:
        yield wire


def run(program: str, **env: str) -> str:
    """Run a program in Node.js with the variables, and return its output."""
    done = subprocess.run(
        [NODE, "-e", program],
        env=os.environ | env | variables_to_sandbox(env),
        text=True,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_requests_to_stripe_arrive_at_the_sandbox(wire: Wire, program: str) -> None:
    assert run(program, STRIPE_API_BASE=wire.base_url) == "201\n"
    [request] = wire.requests
    assert (request.method, request.path, request.body) == ("POST", "/v1/refunds", {"amount": "5"})
    assert request.headers["host"] == wire.base_url.removeprefix("http://")


def test_a_request_of_fetch_keeps_its_query_and_headers(wire: Wire) -> None:
    assert run(FETCH_OF_A_REQUEST, STRIPE_API_BASE=wire.base_url) == "201\n"
    [request] = wire.requests
    assert (request.path, request.query) == ("/v1/refunds/re_1", {"expand": "1"})
    assert request.headers["stripe-version"] == "1"


def test_requests_to_other_hosts_are_left_alone(wire: Wire) -> None:
    nobody = f"https://127.0.0.1:{free_port()}/v1/refunds"
    assert run(ELSEWHERE, STRIPE_API_BASE=wire.base_url, ELSEWHERE=nobody) == "https ECONNREFUSED\nfetch ECONNREFUSED\n"
    assert wire.requests == []


def test_without_a_base_nothing_is_led() -> None:
    assert run('console.log(require("https").request.name)', STRIPE_API_BASE="") == "request\n"


def test_options_of_the_caller_are_kept() -> None:
    value = variables_to_sandbox({"NODE_OPTIONS": "--no-warnings"})["NODE_OPTIONS"]
    assert value.startswith('--no-warnings --require "/')
