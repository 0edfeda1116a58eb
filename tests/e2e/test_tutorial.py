"""The tutorial and the README, typed from top to bottom into a fresh shell, with the output that they show."""

import os
from pathlib import Path

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.blocks import ROOT, blocks, saved_as
from tests.support.ports import free_port
from tests.support.shell import Shell
from tests.support.tiers import full_but
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)  # each starts about twenty programs in sequence

LANGUAGES = {"Python": "python", "Node": "javascript"}


def fresh_shell(sandbox: Sandbox, **more: str) -> dict[str, str]:
    """Return the variables of a shell in which only the choice of sandbox is set up."""
    programs = ROOT / ".venv" / "bin"
    path = [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder) != programs]
    # A run of these tests by make would hand its own arguments to the make of the pages.
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "ARGS")}
    return inherited | {"PAYSANDBOX_HOME": str(sandbox.home), "PATH": os.pathsep.join(path)} | more


def test_the_readme_works_as_typed(sandbox: Sandbox, tmp_path: Path) -> None:
    with Shell(tmp_path, fresh_shell(sandbox)) as shell:
        shell.run(f"cd '{ROOT}'")
        for block in blocks("bash"):
            if block.file == "README.md":
                assert shell.run(block.text), block


@pytest.mark.full
@pytest.mark.parametrize("section", full_but(LANGUAGES, keep=lambda section: section == "Python"))
def test_the_tutorial_works_as_typed(sandbox: Sandbox, section: str, tmp_path: Path) -> None:
    """Blocks naming a file are saved, bash blocks are typed, and a plain block is the last one's expected output."""
    tutorial = [block for block in blocks("bash", LANGUAGES[section], "") if block.file == "docs/tutorial.md"]
    (tmp_path / "node_modules").symlink_to(
        ROOT / "node_modules"
    )  # stands in for `npm install`; the Python SDK is in .venv
    with Shell(tmp_path, fresh_shell(sandbox, PORT=str(free_port()))) as shell:
        shell.run(f"cd '{ROOT}'")
        for block in tutorial:
            if block.section == "Start the sandbox":
                shell.run(block.text)
        shell.run(f"cd '{tmp_path}'")

        typed, printed = "", ""
        for block in tutorial:
            if block.section != section:
                continue
            if name := saved_as(block):
                (tmp_path / name).write_text(block.text)
            elif block.language == "bash":
                typed, printed = block.text, shell.run(block.text)
            elif typed.startswith("cat "):  # asynchronous output may arrive a moment later
                until(lambda typed=typed, shown=block.text: shell.run(typed) == shown, block.text)
            else:
                assert printed == block.text, block
