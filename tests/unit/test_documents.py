"""What the README and docs show is of a kind that something checks, and is well formed."""

import json
import re
from pathlib import Path

import pytest

from tests.support.blocks import Block, blocks, every_block

ROOT = Path(__file__).resolve().parents[2]

# bash blocks are run on a deployed sandbox (tests/e2e/test_documents.py); the trees of files are checked by a reader.
CHECKED = ("bash", "console", "json", "mermaid", "")


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert {block.language for block in every_block()} <= set(CHECKED)
    assert blocks("bash")


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    for line in block.text.splitlines():
        assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("block", blocks("mermaid"), ids=str)
def test_pictures_are_diagrams(block: Block) -> None:
    assert block.text.split()[0] in {"flowchart", "sequenceDiagram", "stateDiagram-v2"}


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_commands_at_a_prompt_exist(block: Block) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = [line.removeprefix("$ ").split("#")[0].split() for line in block.text.splitlines() if line[:2] == "$ "]
    assert commands
    for command in commands:
        if command[0] == "make":
            assert command[1] in targets
        else:
            assert command[0] in {"cdk", "paysandbox"} or "=" in command[0]


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
