"""The JDK's HTTP client, which offers HTTP/2 by default. The bytes of such offers are in test_engine_server.py."""

import re
import shutil
import subprocess

import pytest

from cli.deploy.installation import ROOT
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

PROGRAM = ROOT / "tests" / "support" / "clients" / "JdkClient.java"


@pytest.mark.full
def test_the_jdk_client_pays(sandbox: Sandbox, api: Api) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no `java` on this machine's PATH")
    run = subprocess.run(
        [java, "-XX:TieredStopAtLevel=1", PROGRAM, sandbox.base_url, api.api_key],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    health, paid, intent, *webhooks = run.stdout.splitlines()
    assert health.startswith("200 ")
    assert re.match('200 .*"amount":1250,', paid)
    assert re.match('200 .*"amount": 1250,', intent)
    assert [line[:4] for line in webhooks] == ["400 ", "400 "]
    assert all('"signature_invalid"' in line for line in webhooks)
