"""The commands and tests in the docs work as written. Those of the README and the tutorial are in test_tutorial.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAM, Sandbox
from tests.support.tools.blocks import Block, blocks, without_programs

ONE_SHELL = ("README.md", "docs/tutorial.md")
"""Documents whose blocks run in sequence in one shell."""
BLOCKS = [block for block in blocks("bash") if block.file not in ONE_SHELL and "--bind" not in block.text]
"""test_start_options.py types the block that binds every interface."""

IN_A_BROWSER = "docs/how-to/pay-in-a-browser.md"
"""tests/e2e/packages run its tests, with Playwright."""


@pytest.mark.full
@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_examples_run(sandbox: Sandbox, block: Block, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=tmp_path,
        env=os.environ
        | {"PAYSANDBOX_HOME": str(sandbox.home), "PATH": f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


@pytest.mark.full
def test_examples_tests_pass(sandbox: Sandbox, tmp_path: Path) -> None:
    """The tests run in a separate project, which knows the sandbox only through the installed plugin."""
    examples = [block for block in without_programs(blocks("python")) if block.file != IN_A_BROWSER]
    for block in examples:
        name = f"test_{Path(block.file).stem}_{block.line}.py"
        (tmp_path / name).write_text(block.text)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", "--import-mode=importlib", tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PAYSANDBOX_HOME": str(sandbox.home)},
        capture_output=True,
        text=True,
        timeout=60 * len(examples),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
