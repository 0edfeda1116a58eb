"""An agent that is given an address and a key, and nothing else: from /llms.txt to a `lose` without a loss.

What it knows, it has read: the skill in the list, `/mcp` in the skill, the tools and the job of the server, and the
command that `lose_answers` returns.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.e2e.conftest import PROGRAM, Sandbox
from tests.support.clients.agent import agent_over_http
from tests.support.clients.api import Api

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "python" / "shop.py"
COMMAND = [sys.executable, str(SHOP), "checkout", "order-1042"]
BOOKS = shlex.join([sys.executable, str(SHOP), "books"])


def read(address: str) -> str:
    answer = httpx.get(address, trust_env=False, follow_redirects=True).raise_for_status()
    return answer.text


def in_a_shell(command: str, sandbox: Sandbox, bugs: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the agent's user permits it. `bugs` are those that the program still has."""
    path = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PAYSANDBOX_HOME": str(sandbox.home), "SHOP_BUGS": bugs}
    return subprocess.run(  # noqa: S602 - the command is ours, as the server returned it
        command, shell=True, env=env, text=True, capture_output=True, timeout=280, check=False
    )


@pytest.mark.full
@pytest.mark.timeout(300)
def test_an_agent_finds_a_double_charge_and_mends_it(sandbox: Sandbox, api: Api) -> None:
    listed = f"{sandbox.base_url}/llms.txt"
    [skill] = re.findall(r"For coding agents: \[[^\]]+\]\(([^)]+)\)", read(listed))
    rules = read(urljoin(listed, skill))
    assert rules.index("idempotency key per operation") < rules.index("mcpServers")
    [server] = re.findall(r'"url": "http://127\.0\.0\.1:\d+(/\w+)"', rules)

    with agent_over_http(urljoin(sandbox.base_url, server), api.api_key) as agent:
        job = agent.prompt("find_double_charge", command=shlex.join(COMMAND))
        assert "lose_answers" in job
        guide = agent.call("get_docs_page", page=re.findall(r"how-to/lose-[\w-]+", job)[0])["markdown"]
        assert "Likely cause" in guide or "likely cause" in guide
        run = agent.call("lose_answers", command=COMMAND, state_command=BOOKS, only=["1-first-reset"])["run"]
        lost = in_a_shell(run, sandbox, "new-key")
        assert lost.returncode == 1, lost.stderr
        assert "charged twice" in lost.stdout
        assert "Derive the key from the order" in lost.stdout
        # The bug is mended: the key is that of the order, for every cell.
        whole = agent.call("lose_answers", command=COMMAND, state_command=BOOKS, quick=True)["run"]
        mended = in_a_shell(whole, sandbox, "")
        assert mended.returncode == 0, mended.stdout
        assert "No loss found" in mended.stdout
        assert api.api_key.rpartition("_")[2] not in json.dumps(agent.heard)
