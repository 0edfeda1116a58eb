"""@paysandbox/jest in a project of its own, with a real sandbox that it finds by the program."""

import os
import re
import sys
from pathlib import Path

import pytest

from cli.state.image import FOLDER_VARIABLE
from tests.e2e.conftest import IMAGES, PROGRAM, Sandbox
from tests.support.tools.blocks import blocks
from tests.support.tools.node_package import JEST, attempt, empty_project, run

pytestmark = pytest.mark.full

GUIDE = "docs/how-to/test-in-ci.md"

TESTS = """
const { usePaysandbox } = require("@paysandbox/jest");
const paysandbox = usePaysandbox();

async function pay(api) {
  const response = await fetch(`${api.baseUrl}/payments/authorize`, {
    method: "POST",
    headers: { "X-Api-Key": api.apiKey, "X-Idempotency-Key": "order-1", "Content-Type": "application/json" },
    body: JSON.stringify({
      amount: 1250,
      currency: "USD",
      card: { number: "4242424242424242", exp_month: 12, exp_year: 2030 },
    }),
  });
  expect((await response.json()).status).toBe("approved");
}

test("each test has its own merchant", async () => {
  await pay(paysandbox.merchant);
  await pay(await paysandbox.createMerchant()); // the idempotency key is free
  const { stripeConfig, baseUrl } = paysandbox.merchant;
  expect(stripeConfig.port).toBe(Number(new URL(baseUrl).port));
});

test("nothing was captured", async () => {
  await pay(paysandbox.merchant);
  await paysandbox.merchant.waitForEvent("payment_authorized");
  await paysandbox.merchant.waitForEvent("payment_captured", { timeoutMs: 0 });
});
"""

OUTSIDE_A_TEST = """
const { usePaysandbox } = require("@paysandbox/jest");
const { merchant } = usePaysandbox();
test("never runs", () => {});
"""

WRONG_TYPE = """
import { usePaysandbox } from "@paysandbox/jest";
await usePaysandbox().advance({ day: 8 });
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a project with the package, and the files that the guide shows."""
    it = empty_project(tmp_path_factory.mktemp("jest"), JEST, kind="commonjs")
    for block in blocks("javascript"):
        if block.file == GUIDE:
            name, _, _ = block.text.removeprefix("// ").partition("\n")
            (it / name).write_text(block.text)
    (it / "bin").mkdir()
    (it / "bin" / "paysandbox").symlink_to(PROGRAM)
    return it


def environment(project: Path, home: Path) -> dict[str, str]:
    path = os.pathsep.join([str(project / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PAYSANDBOX_HOME": str(home), FOLDER_VARIABLE: str(IMAGES), "PATH": path, "NO_COLOR": "1", "CI": "1"}


def test_the_example_in_the_docs_passes(sandbox: Sandbox, project: Path) -> None:
    done = attempt(project, "node_modules/.bin/jest", "checkout", **environment(project, sandbox.home))
    assert done.returncode == 0, done.stderr
    assert "1 passed" in done.stderr
    assert sandbox.json("clock", "show")["offset_s"] == 0


def test_every_test_has_a_merchant_and_leaves_no_key(sandbox: Sandbox, project: Path) -> None:
    (project / "merchants.test.js").write_text(TESTS)
    done = attempt(project, "node_modules/.bin/jest", "merchants", **environment(project, sandbox.home))
    assert "1 failed, 1 passed" in done.stderr, done.stderr
    assert "No payment_captured event was published within 0 s. The events of merchant test-" in done.stderr
    names = [key["merchant"] for key in sandbox.json("keys", "list")["data"]]  # an operator has no merchant
    assert [name for name in names if re.fullmatch("test-[a-z2-7]{12}", name or "")] == [], "all keys are revoked"


def test_outside_a_test_there_is_no_merchant(sandbox: Sandbox, project: Path) -> None:
    (project / "outside.test.js").write_text(OUTSIDE_A_TEST)
    done = attempt(project, "node_modules/.bin/jest", "outside", **environment(project, sandbox.home))
    assert "There is a merchant only within a test." in done.stderr


def test_it_is_typed(project: Path) -> None:
    (project / "wrong.mts").write_text(WRONG_TYPE)
    options = (
        "--noEmit",
        "--strict",
        "--target",
        "ES2023",
        "--module",
        "NodeNext",
        "--types",
        "node",
        "--skipLibCheck",
    )
    done = attempt(project, "node_modules/.bin/tsc", *options, "wrong.mts")
    assert "'day' does not exist in type 'Span'" in done.stdout
    (project / "right.mts").write_text(WRONG_TYPE.replace("day:", "days:"))
    run(project, "node_modules/.bin/tsc", *options, "right.mts")
