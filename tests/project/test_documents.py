"""What the README and docs show is of a kind that something checks, and is well formed."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from paysandbox.payments.test_cards import TEST_CARDS
from tests.support.blocks import Block, blocks, every_block, without_programs

ROOT = Path(__file__).resolve().parents[2]

# bash and python blocks are run on a deployed sandbox (tests/e2e/test_documents.py). Trees of files are for readers.
CHECKED = ("bash", "console", "dockerfile", "javascript", "json", "mermaid", "python", "yaml", "")

# An action by its major version or by a commit; what it does at another name of its own making is nobody's promise.
ACTION = re.compile(r"[\w.-]+/[\w./-]+@(v\d+|[0-9a-f]{40})")


def test_the_readme_counts_the_test_cards() -> None:
    assert f"**{len(TEST_CARDS)} test cards**" in (ROOT / "README.md").read_text()


def test_every_code_block_is_checked() -> None:
    assert {block.language for block in every_block()} <= set(CHECKED)
    assert blocks("bash")


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_blocks_are_valid(block: Block) -> None:
    """One document, or one object in each line."""
    try:
        assert isinstance(json.loads(block.text), dict | list)
    except json.JSONDecodeError:
        for line in block.text.splitlines():
            assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("block", blocks("mermaid"), ids=str)
def test_drawings_are_diagrams(block: Block) -> None:
    assert block.text.split()[0] in {"flowchart", "sequenceDiagram", "stateDiagram-v2"}


@pytest.mark.parametrize("block", without_programs(blocks("python")), ids=str)
def test_python_blocks_are_valid_and_tested(block: Block) -> None:
    functions = [node.name for node in ast.parse(block.text).body if isinstance(node, ast.FunctionDef)]
    assert any(name.startswith("test_") for name in functions)


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_workflow_blocks_use_existing_steps(block: Block) -> None:
    jobs = yaml.safe_load(block.text)["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert all(("uses" in step) != ("run" in step) for step in steps)
    for step in steps:
        assert ACTION.fullmatch(step.get("uses", "actions/checkout@v4"))
        assert set(re.findall(r"\bmake -C \w+ (\w+)", step.get("run", ""))) <= make_targets()


@pytest.mark.parametrize("block", blocks("dockerfile"), ids=str)
def test_dockerfile_blocks_use_existing_files(block: Block) -> None:
    """Read, not built: there is no Docker here, and the page says so."""
    steps = [line.split(maxsplit=1) for line in block.text.splitlines()]
    assert steps[0][0] == "FROM"
    assert {step for step, _ in steps} <= {"FROM", "RUN", "WORKDIR", "COPY", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {target for _, what in steps for target in re.findall(r"^make (\w+)", what)} <= make_targets()
    commands = [json.loads(what[what.index("[") :]) for step, what in steps if step in {"HEALTHCHECK", "CMD"}]
    for command in commands:
        assert command[:2] in ([".venv/bin/paysandbox", "status"], ["make", "up"])


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


# What a guide may show: ours, those that the locks bring, and what every shell has.
PROGRAMS = {
    *(
        ".venv/bin/python",
        "aws",
        "cdk",
        "cp",
        "eval",
        "export",
        "git",
        "locust",
        "mkdir",
        "npm",
        "paysandbox",
        "pip",
        "python3",
    ),
}


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_prompt_commands_exist(block: Block) -> None:
    commands = [line.removeprefix("$ ").split("#")[0].split() for line in block.text.splitlines() if line[:2] == "$ "]
    assert commands
    for command in commands:
        if command[0] == "make":
            assert command[1] in make_targets()
        else:
            assert command[0] in PROGRAMS or "=" in command[0]
