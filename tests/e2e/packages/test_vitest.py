"""@paysandbox/vitest in a project of its own, with a real sandbox that it finds by the program."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

from cli.state.image import FOLDER_VARIABLE
from paysandbox.http.keys.credential import key_digest, publishable_key
from tests.e2e.conftest import IMAGES, PROGRAM, Sandbox
from tests.support.fakes.wire import Reply, served
from tests.support.tools.blocks import blocks
from tests.support.tools.node_package import VITEST, attempt, empty_project, run
from tests.support.tools.ports import free_port

TESTS = """
import { test } from "@paysandbox/vitest";
import { expect } from "vitest";

async function pay(api: { baseUrl: string; apiKey: string }): Promise<string> {
  const response = await fetch(`${api.baseUrl}/payments/authorize`, {
    method: "POST",
    headers: { "X-Api-Key": api.apiKey, "X-Idempotency-Key": "order-1", "Content-Type": "application/json" },
    body: JSON.stringify({
      amount: 1250,
      currency: "USD",
      card: { number: "4242424242424242", exp_month: 12, exp_year: 2030 },
    }),
  });
  const { status, auth_id: authId } = (await response.json()) as { status: string; auth_id: string };
  expect(status).toBe("approved");
  return authId;
}

test("each test has its own merchant", async ({ paysandbox, createMerchant }) => {
  await pay(paysandbox);
  await pay(await createMerchant()); // the idempotency key is free
  expect(paysandbox.stripeConfig.port).toBe(Number(new URL(paysandbox.baseUrl).port));
});

test("a hold expires", { timeout: 120_000 }, async ({ paysandbox, clock }) => {
  const transactionId = await pay(paysandbox);
  await clock.advance({ days: 8 });
  const expired = await paysandbox.waitForEvent("payment_expired", { transactionId });
  expect(expired.data["auth_id"]).toBe(transactionId);
});

test("nothing was captured", async ({ paysandbox }) => {
  await pay(paysandbox);
  await paysandbox.waitForEvent("payment_authorized");
  await paysandbox.waitForEvent("payment_captured", { timeoutMs: 0 });
});
"""

STRICT = ("--noEmit", "--strict", "--target", "ES2023", "--module", "NodeNext", "--types", "node", "--skipLibCheck")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a project with the package, and the files that the docs show."""
    it = empty_project(tmp_path_factory.mktemp("vitest"), VITEST)
    for block in blocks("typescript"):
        if block.file != "docs/how-to/test-in-ci.md":
            continue
        name, _, _ = block.text.removeprefix("// ").partition("\n")
        (it / name).write_text(block.text)
    (it / "bin").mkdir()
    (it / "bin" / "paysandbox").symlink_to(PROGRAM)
    return it


def environment(project: Path, home: Path) -> dict[str, str]:
    path = os.pathsep.join([str(project / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PAYSANDBOX_HOME": str(home), FOLDER_VARIABLE: str(IMAGES), "PATH": path, "NO_COLOR": "1", "CI": "1"}


@pytest.mark.full
def test_the_examples_in_the_docs_pass(sandbox: Sandbox, project: Path) -> None:
    printed = run(project, "node_modules/.bin/vitest", "run", "checkout", **environment(project, sandbox.home))
    assert "1 passed" in printed


@pytest.mark.full
def test_every_fixture(sandbox: Sandbox, project: Path) -> None:
    (project / "fixtures.test.ts").write_text(TESTS)
    done = attempt(project, "node_modules/.bin/vitest", "run", "fixtures", **environment(project, sandbox.home))

    printed = done.stdout + done.stderr
    assert "1 failed | 2 passed" in printed, printed
    assert "No payment_captured event was published within 0 s. The events of merchant test-" in printed
    assert "payment_authorized  auth_" in printed
    assert sandbox.json("clock", "show")["offset_s"] == 0
    names = [key["merchant"] for key in sandbox.json("keys", "list")["data"]]  # an operator has no merchant
    assert [name for name in names if re.fullmatch("test-[a-z2-7]{12}", name or "")] == [], "all keys are revoked"


PRINTS_KEYS = """
import { keyDigest, newApiKey, newOperatorKey, publishableKeyOf } from "@package/client/credential.js";
const key = newApiKey("shop-7");
console.log(JSON.stringify([key, publishableKeyOf(key), keyDigest(key), newOperatorKey()]));
"""


@pytest.mark.full
def test_keys_are_formed_and_stored_as_the_sandbox_does(project: Path) -> None:
    dist = project / "node_modules" / "@paysandbox" / "vitest" / "dist"
    (project / "keys.mjs").write_text(PRINTS_KEYS.replace("@package", dist.as_uri()))
    key, publishable, digest, operator_key = json.loads(run(project, "node", "keys.mjs"))
    assert re.fullmatch(r"sk_test_shop-7_[a-z2-7]{32}", key)
    assert re.fullmatch(r"ok_test_[a-z2-7]{32}", operator_key)
    assert publishable == publishable_key(key)
    assert digest == key_digest(key)


ADVANCES_THE_CLOCK = """
import { Clock } from "@package/client/clock.js";
await new Clock(process.argv[2], "ok_test_key").advance({ days: 8 });
"""


@pytest.mark.full
@pytest.mark.parametrize(
    "unfinished_times, moves, message",
    [
        (0, 1, ""),
        (10, 11, ""),
        (99, 11, "RequestError: The clock was advanced, but work that is due was not done: it is not finished."),
    ],
)
def test_advancing_the_clock_goes_on_until_all_due_work_is_done(
    project: Path, unfinished_times: int, moves: int, message: str
) -> None:
    def clock(_: object) -> Reply:
        unfinished = ["it is not finished"] if len(wire.requests) <= unfinished_times else []
        return Reply(body={"now": "2026-12-01T00:00:00Z", "unfinished": unfinished})

    dist = project / "node_modules" / "@paysandbox" / "vitest" / "dist"
    (project / "advance.mjs").write_text(ADVANCES_THE_CLOCK.replace("@package", dist.as_uri()))
    with served(clock) as wire:
        done = attempt(project, "node", "advance.mjs", wire.base_url)

    assert (done.returncode != 0) == bool(message)
    assert message in done.stderr
    assert [request.body["advance_s"] for request in wire.requests] == [691_200] + [0] * (moves - 1)


@pytest.mark.full
def test_tests_are_type_checked(project: Path) -> None:
    (project / "fixtures.test.ts").write_text(TESTS)
    run(project, "node_modules/.bin/tsc", *STRICT, "checkout.test.ts", "fixtures.test.ts", "vitest.config.ts")
    (project / "wrong.ts").write_text(TESTS.replace("{ days: 8 }", "{ day: 8 }"))
    done = attempt(project, "node_modules/.bin/tsc", *STRICT, "wrong.ts")
    assert "'day' does not exist in type 'Span'" in done.stdout


@pytest.mark.full
@pytest.mark.parametrize(
    "env, message",
    [
        ({"PATH": os.defpath}, "the program `paysandbox` is not on the PATH"),
        (
            {"PAYSANDBOX_BASE_URL": f"http://127.0.0.1:{free_port()}"},
            "PAYSANDBOX_AWS_ENDPOINT_URL is not set; it is needed to create merchants.",
        ),
    ],
)
def test_without_a_sandbox_the_remedy_is_shown(
    project: Path, env: dict[str, str], message: str, tmp_path: Path
) -> None:
    node = Path(sys.executable).with_name("node")
    vitest = project / "node_modules" / "vitest" / "vitest.mjs"
    done = attempt(project, node, vitest, "run", "checkout", **environment(project, tmp_path) | env)
    assert done.returncode == 1
    assert message in done.stdout + done.stderr
