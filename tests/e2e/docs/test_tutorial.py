"""The tutorial and the README, typed from top to bottom into a fresh shell, with the output that they show."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest

from cli.state.image import FOLDER_VARIABLE
from tests.e2e.conftest import IMAGES, Sandbox
from tests.support.clients.shell import Shell
from tests.support.tools.blocks import ROOT, Block, blocks, saved_as
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

pytestmark = pytest.mark.timeout(240)  # each starts about twenty programs in sequence

ELSEWHERE = ("uvx paysandbox up", "uv tool install", "stripe.StripeClient(")
"""The README's blocks that test_index.py and test_wheel.py type, or test_documents.py compares with the guide's."""

WAITED = "  another set-up is running; waiting for it …\n"
"""What `make up` says while the other process of these tests starts its sandbox."""

TUTORIAL = "docs/tutorial.md"
LANGUAGES = {"Python": "python", "Node": "javascript"}


def fresh_shell(sandbox: Sandbox, **more: str) -> dict[str, str]:
    """Return the variables of a shell in which only the choice of sandbox is set up."""
    programs = ROOT / ".venv" / "bin"
    path = [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder) != programs]
    # A run of these tests by make would hand its own arguments to the make of the pages.
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "ARGS")}
    return inherited | {"PAYSANDBOX_HOME": str(sandbox.home), "PATH": os.pathsep.join(path)} | more


def new_users_shell(sandbox: Sandbox, home: Path) -> dict[str, str]:
    """Return the variables of a user with an empty home and the system's programs, among them a Python for make."""
    home.mkdir()
    folders = [str(Path(sys.executable).resolve().parent), "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        "HOME": str(home),
        "PATH": os.pathsep.join(folders),
        "TMPDIR": gettempdir(),
        "PAYSANDBOX_HOME": str(sandbox.home),
        FOLDER_VARIABLE: str(IMAGES),
    }


def pattern_of(shown: str) -> str:
    """Return a regular expression for output as a document shows it, where numbers and secrets, `djxq…`, differ."""
    return re.sub(r"\d+", r"\\d+", re.sub(r"[a-z0-9]*…", r"[\\w-]+", re.escape(shown)))


def lost_answers(shell: Shell, block: Block) -> None:
    """Type the commands of a block that ends with what `paysandbox lose` prints about the cell that loses money."""
    lines = block.text.splitlines()
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    shown = lines[len(commands) :]
    printed = shell.run("\n".join([*commands[:-1], f"{commands[-1]} || (( $? == 1 ))"])).splitlines()
    # To the letter: the amounts are the point. Only what is new in each run differs.
    for line, real in zip(shown, printed, strict=False):
        assert re.fullmatch(re.sub(r"[a-z0-9]+…", r"[\\w-]+", re.escape(line)), real), printed
    assert len(printed) > len(shown)


def listen_and_trigger(shell: Shell, block: Block, heard: Path) -> None:
    """Type the two commands of a block, the first of which runs in another terminal until the second was heard."""
    heard.touch()
    listen, trigger = (line.removeprefix("$ ") for line in block.text.splitlines())
    shell.run(f"{{ exec {listen}\n}} > '{heard}' 2>&1 &")
    until(lambda: "Press Ctrl-C to stop" in heard.read_text(), "the listener")
    shell.run(trigger)
    until(lambda: re.search(r"payment_captured .*✓ verified", heard.read_text()), "the webhook")
    shell.run("kill $! && wait $!")


@pytest.mark.full
def test_the_readme_works_as_typed(sandbox: Sandbox, tmp_path: Path) -> None:
    """`make up` finds the session's sandbox running."""
    typed, printed = blocks("bash", "console", ""), ""
    [losing] = [block for block in typed if block.file == "README.md" and "paysandbox lose" in block.text]
    with Shell(tmp_path, new_users_shell(sandbox, tmp_path / "home")) as shell:
        shell.run(f"cd '{ROOT}'")
        for block in [block for block in typed if block.file == "README.md"]:
            if block.language == "bash":
                printed = shell.run(block.text)
                assert printed, block
            elif block is losing:
                continue  # shown before the sandbox is started
            elif block.language == "console":
                listen_and_trigger(shell, block, tmp_path / "heard.txt")
            elif block.text.startswith("The sandbox is running."):
                shown = printed.replace(WAITED, "").lstrip("\n")
                assert re.fullmatch(pattern_of(block.text), shown), printed
            else:
                assert block.text.startswith(ELSEWHERE), block
        lost_answers(shell, losing)


@pytest.fixture(scope="module")
def tutorial(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Provide a shell in which the tutorial's first section was typed."""
    folder = tmp_path_factory.mktemp("tutorial")
    # Stands in for `npm install`; the Python SDK is in .venv.
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    with Shell(folder, fresh_shell(sandbox)) as shell:
        shell.run(f"cd '{ROOT}'")
        for block in blocks("bash"):
            if (block.file, block.section) == (TUTORIAL, "Start the sandbox"):
                shell.run(block.text)
        yield shell


@pytest.mark.full
@pytest.mark.parametrize("section", LANGUAGES)
def test_the_tutorial_works_as_typed(tutorial: Shell, section: str) -> None:
    """Blocks naming a file are saved, bash blocks are typed, and a plain block is the last one's expected output."""
    typed, printed, folder = "", "", tutorial.folder / section
    folder.mkdir()
    tutorial.run(f"cd '{folder}' && export PORT={free_port()}")
    for block in blocks("bash", LANGUAGES[section], ""):
        if (block.file, block.section) != (TUTORIAL, section):
            continue
        if name := saved_as(block):
            (folder / name).write_text(block.text)
        elif block.language == "bash":
            typed, printed = block.text, tutorial.run(block.text)
        elif typed.startswith("cat "):  # asynchronous output may arrive a moment later
            until(lambda typed=typed, shown=block.text: tutorial.run(typed) == shown, block.text)
        else:
            assert printed == block.text, block
