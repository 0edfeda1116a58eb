"""What the README and docs tell people to type works when it is typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAM, Sandbox
from tests.support.blocks import Block, blocks, without_consumers
from tests.support.tiers import full_but


# At every change what the README tells people to type; the docs are `full`.
@pytest.mark.parametrize("block", full_but(blocks("bash"), keep=lambda block: block.file == "README.md"), ids=str)
def test_it_runs(sandbox: Sandbox, block: Block) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        env=os.environ
        | {"PAYSANDBOX_HOME": str(sandbox.home), "PATH": f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


@pytest.mark.parametrize("block", without_consumers(blocks("python")), ids=str)
def test_its_tests_pass(sandbox: Sandbox, block: Block, tmp_path: Path) -> None:
    """In a project of their own, which knows the sandbox only through the installed plugin."""
    (tmp_path / "test_shop.py").write_text(block.text)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PAYSANDBOX_HOME": str(sandbox.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
