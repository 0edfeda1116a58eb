"""The Testcontainers modules against the classes of their libraries, each in an environment of its own.

No container is started. The program and the sandbox of this machine stand in for those in one: what a container is
asked to execute runs here, and its port is the sandbox's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.sandbox.engine import DEFAULT_PORT
from paysandbox.core.merchant import merchant_of
from requirements import install
from tests.e2e.conftest import PROGRAM, Sandbox
from tests.support.fakes.wire import Reply, served
from tests.support.tools.node_package import TESTCONTAINERS, attempt, empty_project, run
from tests.support.tools.python_package import PAYSANDBOX_CLIENT, PYTEST_PAYSANDBOX, build_wheel

pytestmark = pytest.mark.full

ROOT = Path(__file__).resolve().parents[3]
PROJECTS = (PAYSANDBOX_CLIENT, PYTEST_PAYSANDBOX, ROOT / "packages" / "testcontainers-python")

IN_PYTHON = """
import json, subprocess, sys
from types import SimpleNamespace

from paysandbox_testcontainers import PaysandboxContainer

program, home, port = sys.argv[1:]

class OnThisMachine(PaysandboxContainer):
    def get_container_host_ip(self):
        return "127.0.0.1"

    def get_exposed_port(self, inner):
        assert int(inner) == 4610
        return int(port)

    def exec(self, command):
        done = subprocess.run([program, *command[1:]], env={"PAYSANDBOX_HOME": home}, capture_output=True)
        return SimpleNamespace(exit_code=done.returncode, output=done.stdout + done.stderr)

container = OnThisMachine()
container._wait_strategy.wait_until_ready(container)
merchant = container.create_merchant()
try:
    container.create_merchant("Not A Merchant")
except RuntimeError as error:
    refused = str(error)
print(json.dumps({
    "image": container.image, "ports": [*container.ports], "path": container._wait_strategy._path,
    "base_url": merchant.base_url, "api_key": merchant.api_key, "merchant": merchant.merchant,
    "events": merchant.events(), "refused": refused,
}))
"""

IN_NODE = """
import { spawnSync } from "node:child_process";
import { GenericContainer } from "testcontainers";
import { PaysandboxContainer, StartedPaysandboxContainer } from "@paysandbox/testcontainers";

const [program, home, port] = process.argv.slice(2);
const onThisMachine = {
  getHost: () => "127.0.0.1",
  getMappedPort: (inner) => (inner === 4610 ? Number(port) : undefined),
  exec: async ([, ...words]) => {
    const { status, stdout, stderr } = spawnSync(program, words, { env: { PAYSANDBOX_HOME: home }, encoding: "utf8" });
    return { exitCode: status, stdout, stderr, output: stdout + stderr };
  },
};
const container = new PaysandboxContainer();
const started = new StartedPaysandboxContainer(onThisMachine);
const merchant = await started.createMerchant();
const refused = await started.createMerchant("Not A Merchant").catch((error) => error.message);
console.log(JSON.stringify({
  isGeneric: container instanceof GenericContainer,
  image: container.imageName.string, ports: container.exposedPorts.map(String), path: container.waitStrategy.path,
  base_url: merchant.baseUrl, api_key: merchant.apiKey, merchant: merchant.merchant, events: await merchant.events(),
  refused,
}));
"""

IN_TYPESCRIPT = """
import { PaysandboxContainer, type StartedPaysandboxContainer } from "@paysandbox/testcontainers";
const container: PaysandboxContainer = new PaysandboxContainer("paysandbox:1.2.3").withEnvironment({ TZ: "UTC" });
const started: StartedPaysandboxContainer = await container.start();
const port: number = (await started.createMerchant()).stripeConfig.port;
await started.stop();
"""


def check(printed: str, sandbox: Sandbox) -> None:
    """Check what a module printed: how a container would be started, and the merchants that were created."""
    it = json.loads(printed)
    assert (it["image"], it["ports"], it["path"]) == ("paysandbox:latest", [str(DEFAULT_PORT)], "/health")
    assert it["base_url"] == sandbox.base_url
    assert merchant_of(it["api_key"]) == it["merchant"]
    assert it["merchant"].startswith("test-")
    assert it["events"] == []
    for key in sandbox.json("keys", "list")["data"]:
        if key["merchant"] == it["merchant"]:  # it stays in a container, which is removed, and here it would stay
            sandbox.run("keys", "revoke", key["key_id"])
    assert it["refused"].startswith("The merchant Not A Merchant was not created: ")


def test_the_module_for_python(sandbox: Sandbox, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    wheels = [build_wheel(tmp_path / project.name, project) for project in PROJECTS]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    lock = str(ROOT / "requirements" / "testcontainers.txt")
    install.uv("install", "--python", str(python), "--no-deps", "--require-hashes", "-r", lock)
    install.uv("install", "--python", str(python), "--no-deps", "--offline", *map(str, wheels))
    words = [str(python), "-c", IN_PYTHON, PROGRAM, str(sandbox.home), str(sandbox.port)]
    # The library asks Docker for its version before anything else.
    with served(lambda _: Reply(body={"ApiVersion": "1.45"})) as docker:
        env = os.environ | {"DOCKER_HOST": docker.base_url.replace("http", "tcp")}
        done = subprocess.run(words, env=env, text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    check(done.stdout, sandbox)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a project with the module for Node.js and the locked version of its library."""
    return empty_project(tmp_path_factory.mktemp("testcontainers"), TESTCONTAINERS)


def test_the_module_for_node(sandbox: Sandbox, project: Path) -> None:
    (project / "merchants.mjs").write_text(IN_NODE)
    done = attempt(project, "node", "merchants.mjs", PROGRAM, str(sandbox.home), str(sandbox.port))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["isGeneric"]
    check(done.stdout, sandbox)


def test_the_module_for_node_is_typed(project: Path) -> None:
    (project / "typed.ts").write_text(IN_TYPESCRIPT)
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
    run(project, "node_modules/.bin/tsc", *options, "typed.ts")
    (project / "wrong.ts").write_text(IN_TYPESCRIPT.replace("createMerchant()", "createMerchant(7)"))
    done = attempt(project, "node_modules/.bin/tsc", *options, "wrong.ts")
    assert "'number' is not assignable to parameter of type 'string'" in done.stdout
