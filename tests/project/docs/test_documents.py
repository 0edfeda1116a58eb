"""What the README and docs show is of a kind that something checks, and is well formed."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from paysandbox.payments.bank.test_cards import TEST_CARDS
from tests.support.tools.blocks import blocks, every_block, without_programs
from tests.support.tools.makefiles import TARGETS

ROOT = Path(__file__).resolve().parents[3]

# bash, html, python and typescript blocks are run on a deployed sandbox (tests/e2e). Trees of files are for readers.
CHECKED = ("bash", "console", "html", "javascript", "json", "mermaid", "python", "toml", "typescript", "yaml", "")

# An action by its major version or by a commit; what it does at another name of its own making is nobody's promise.
ACTION = re.compile(r"[\w.-]+/[\w./-]+@(v\d+|[0-9a-f]{40})")


def test_the_readme_counts_the_test_cards() -> None:
    assert f"**{len(TEST_CARDS)} test cards**" in (ROOT / "README.md").read_text()


def test_each_row_of_the_readmes_comparison_names_its_sources() -> None:
    """What another product does is somebody's word or a measurement: never ours without one."""
    _, _, rest = (
        (ROOT / "README.md")
        .read_text()
        .partition("| | here | stripe-mock | localstripe | Stripe's sandbox | sources |")
    )
    table, _, _ = rest.partition("\n\n")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert len(rows) >= 8
    for name, _, *others, sources in rows:
        linked = re.findall(r"\[([^\]]+)\]\((\S+)\)", sources)
        assert linked, name
        # Each of the three is covered: the two programs by their own README or by the measurement, Stripe by its pages.
        assert len(others) == 3, name
        assert any("stripe-mock" in target for _, target in linked), name
        assert any("localstripe" in target or "performance.md" in target for _, target in linked), name
        assert any("docs.stripe.com" in target for _, target in linked), name


def test_the_readmes_lines_for_stripes_sdks_are_those_of_the_guide() -> None:
    """tests/e2e/stripe_api/test_stripe_guide.py runs the guide's."""
    guide = (ROOT / "docs" / "how-to" / "use-stripe-sdks.md").read_text()
    [block] = [block for block in blocks("") if block.file == "README.md" and "StripeClient" in block.text]
    for line in block.text.splitlines():
        call, language = re.split(r" +(?:#|//) ", line)
        with_key = re.sub(r"api_?key", '"sk_test_demo_…"', call, count=1, flags=re.IGNORECASE)
        assert re.search(rf"^{re.escape(with_key)} +(#|//) {language}$", guide, re.MULTILINE), line


def test_every_code_block_is_checked() -> None:
    assert {block.language for block in every_block()} <= set(CHECKED)
    assert blocks("bash")


def test_json_blocks_are_valid(subtests: pytest.Subtests) -> None:
    """One document, or one object in each line."""
    for block in blocks("json"):
        with subtests.test(str(block)):
            try:
                assert isinstance(json.loads(block.text), dict | list)
            except json.JSONDecodeError:
                for line in block.text.splitlines():
                    assert isinstance(json.loads(line), dict)


def test_drawings_are_diagrams(subtests: pytest.Subtests) -> None:
    for block in blocks("mermaid"):
        with subtests.test(str(block)):
            assert block.text.split()[0] in {"flowchart", "sequenceDiagram", "stateDiagram-v2"}


def test_python_blocks_are_valid_and_tested(subtests: pytest.Subtests) -> None:
    for block in without_programs(blocks("python")):
        with subtests.test(str(block)):
            functions = [node.name for node in ast.parse(block.text).body if isinstance(node, ast.FunctionDef)]
            assert any(name.startswith("test_") for name in functions)


# A Compose file has services. tests/packages/test_dockerfile.py checks it.
WORKFLOWS = [block for block in blocks("yaml") if "jobs:" in block.text]


def test_workflow_blocks_use_existing_steps(subtests: pytest.Subtests) -> None:
    for block in WORKFLOWS:
        with subtests.test(str(block)):
            jobs = yaml.safe_load(block.text)["jobs"]
            steps = [step for job in jobs.values() for step in job["steps"]]
            assert all(("uses" in step) != ("run" in step) for step in steps)
            for step in steps:
                assert ACTION.fullmatch(step.get("uses", "actions/checkout@v4"))
                assert set(re.findall(r"\bmake -C \w+ (\w+)", step.get("run", ""))) <= TARGETS


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


def test_prompt_commands_exist(subtests: pytest.Subtests) -> None:
    for block in blocks("console"):
        with subtests.test(str(block)):
            commands = [
                line.removeprefix("$ ").split("#")[0].split() for line in block.text.splitlines() if line[:2] == "$ "
            ]
            assert commands
            for command in commands:
                if command[0] == "make":
                    assert command[1] in TARGETS
                else:
                    assert command[0] in PROGRAMS or "=" in command[0]
