"""The documentation as text: its Markdown without HTML, the lists, and the skill."""

import json
import posixpath
import re
from pathlib import Path

import pytest

from layers.docs_text import LLMS, LLMS_FULL, SKILL, texts
from layers.reference import ROOT
from paysandbox.reference.one_text import one_text

TREE = {
    "index.md": "# Docs\n\n[Faults](reference/faults.md), [Agents](how-to/use-with-coding-agents.md), "
    "[Out](../CONTRIBUTING.md)\n",
    "tutorial.md": "# First checkout\n\nTake a payment. Then another.\n",
    "decisions.md": "# Decisions\n\nWhy.\n",
    "how-to/use-with-coding-agents.md": "# Agents\n\nTools ([faults](../reference/faults.md#all)): good ones.\n\n"
    "[web](https://a.b)\n",
    "reference/faults.md": '# Faults\n\n<!-- Generated. -->\n\n## <a id="all"></a>All\n\n[A](../../a.py) | a |\n',
    "reference/errors.md": "# Errors\n\n| a |\n",
    "runbooks/outage.md": "# Outage\n\nCall.\n",
}
_LINK = re.compile(r"\]\(([^()\s:]+?)(?:#[^()\s]*)?\)")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Provide the texts of a small documentation."""
    for name, text in TREE.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return texts(tmp_path)


def test_a_page_has_neither_html_nor_links_to_what_is_not_served(files: dict[str, str]) -> None:
    assert files["docs/reference/faults.md"] == "# Faults\n\n## All\n\nA | a |\n"
    assert "Out\n" in files["docs/index.md"]
    assert "(reference/faults.md)" in files["docs/index.md"]


def test_the_list_has_every_page_with_its_first_sentence(files: dict[str, str]) -> None:
    assert files[LLMS].partition("## ")[2].splitlines() == [
        "Documentation",
        "",
        "- [Docs](docs/index.md)",
        "- [First checkout](docs/tutorial.md): Take a payment.",
        "",
        "## How-to guides",
        "",
        "- [Agents](docs/how-to/use-with-coding-agents.md): Tools (faults): good ones.",
        "",
        "## Reference",
        "",
        "- [Faults](docs/reference/faults.md)",
        "- [Errors](docs/reference/errors.md)",
        "",
        "## Optional",
        "",
        "- [Decisions](docs/decisions.md): Why.",
        "- [Outage](docs/runbooks/outage.md): Call.",
    ]


def test_the_whole_leaves_out_what_is_optional(files: dict[str, str]) -> None:
    pages = re.findall(r"^Page: (\S+)$", one_text(files[LLMS], files.__getitem__), re.MULTILINE)
    assert pages == [
        "docs/index.md",
        "docs/tutorial.md",
        "docs/how-to/use-with-coding-agents.md",
        "docs/reference/faults.md",
        "docs/reference/errors.md",
    ]
    assert "[faults](docs/reference/faults.md#all)" in one_text(files[LLMS], files.__getitem__)


def test_the_skill_is_the_guide(files: dict[str, str]) -> None:
    skill = files[f"docs/{SKILL}"]
    assert re.match(r"---\nname: [a-z-]{1,64}\ndescription: (?:.+\n)+---\n\n# Agents\n", skill)
    assert "[faults](reference/faults.md#all)" in skill
    assert "[web](https://a.b)" in skill


@pytest.fixture(scope="module")
def ours() -> dict[str, str]:
    """Provide the texts of this repository, and the one that is made of them."""
    made = texts(ROOT / "docs")
    return made | {LLMS_FULL: one_text(made[LLMS], made.__getitem__)}


@pytest.mark.full
def test_links_of_our_own_texts_lead_to_texts(ours: dict[str, str]) -> None:
    there = {*ours, "openapi.json"}
    for name, text in ours.items():
        found = {posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) for link in _LINK.findall(text)}
        assert {link for link in found if link.endswith((".md", ".txt", ".json"))} - there == set(), name


@pytest.mark.full
def test_texts_fit_into_a_response(ours: dict[str, str]) -> None:
    """Lambda answers with at most 6 MB of JSON, and an agent reads /llms.txt as a whole."""
    assert max(len(json.dumps(text)) for text in ours.values()) < 1_000_000
    assert len(ours[LLMS]) < 20_000


def test_each_page_of_ours_is_described_by_a_whole_sentence(ours: dict[str, str]) -> None:
    listed = [line for line in ours[LLMS].splitlines() if line.startswith("- [") and "(docs/index.md)" not in line]
    assert [line for line in listed if not re.fullmatch(r"- \[[^\]]+\]\([^)]+\): \S.*[.!?]", line)] == []


def test_the_skill_begins_with_the_rules(ours: dict[str, str]) -> None:
    """An agent reads no further than it has to, and the rules are what it needs whatever it does."""
    assert re.findall(r"^## (.*)$", ours[f"docs/{SKILL}"], re.MULTILINE)[0] == "Write code that loses no money"
