"""`paysandbox docs`: pages are listed, searched and shown, as a sandbox serves them and without one."""

import json
import lzma
from pathlib import Path

import pytest

from cli.deploy.archive import write_archive
from cli.deploy.installation import ASSEMBLY_ARCHIVE
from cli.docs.docs import ranked
from cli.docs.pages import own_pages
from tests.support.clients.program import KEY_FROM_STDIN, Ran, paysandbox
from tests.support.fakes.wire import Reply, Request, served


def part(address: str, title: str, heading: str, text: str) -> dict[str, str]:
    return {"address": address, "title": title, "heading": heading, "text": text}


PARTS = [
    part("docs", "Documentation", "Documentation", "All pages."),
    part("docs/how-to/lose-answers", "Lose answers", "Lose answers", "A lost answer may be a second charge."),
    part("docs/how-to/lose-answers#seeds", "Lose answers", "Seeds", "A seed repeats the order of the cells."),
    part("docs/reference/faults", "Faults", "Limits", "x " * 300 + "a seed decides which requests are hit"),
]


def run(*words: str) -> tuple[Ran, list[Request]]:
    def answer(request: Request) -> Reply:
        replies = {
            "/docs/search.json": Reply(body=PARTS),
            "/docs/how-to/lose-answers.md": Reply(body="# Lose answers\n"),
        }
        return replies.get(request.path, Reply(404, "no"))

    with served(answer) as wire:
        said = paysandbox("docs", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x")
    return said, wire.requests


@pytest.mark.parametrize("words, found", [
    ("seed", ["Seeds", "Limits"]),
    ("SEED hit", ["Limits", "Seeds"]),
    ("lost answer", ["Lose answers", "Seeds"]),
    ("nothing-of-it", []),
    ("", []),
])  # fmt: skip
def test_parts_with_more_of_the_words_come_first(words: str, found: list[str]) -> None:
    assert [each["heading"] for each in ranked(PARTS, words)] == found


def test_hits_count_by_the_weight_of_the_page() -> None:
    guide, reference, error = (part(f"docs/{name}", name, name, "a customer") for name in ("b", "c", "d"))
    parts = [error | {"weight": 0.25}, reference, guide | {"weight": 4}]
    assert [each["page"] for each in ranked(parts, "customer")] == ["b", "c", "d"]
    # More of the words is better than any weight, and the code of an error finds its page.
    both = part("docs/e", "e", "e", "a customer exists") | {"weight": 0.25}
    assert ranked([*parts, both], "customer exists")[0]["page"] == "e"
    code = part("docs/errors/customer_exists", "customer_exists", "It exists", "No.") | {"weight": 0.25}
    named = part("docs/f", "customer_exists", "f", "customer_exists " * 5) | {"title": "Errors", "weight": 4}
    assert [each["page"] for each in ranked([named, code], "customer_exists")] == ["errors/customer_exists", "f"]


def test_a_result_has_its_page_and_an_excerpt_around_the_word() -> None:
    first, second = ranked(PARTS, "seed")
    assert (first["page"], first["anchor"]) == ("how-to/lose-answers", "seeds")
    assert second["excerpt"].startswith("…")
    assert second["excerpt"].endswith("a seed decides which requests are hit")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel's folder, of which only the documentation is there."""
    docs = "asset.f00d/reference/.built/docs"
    (tmp_path / ASSEMBLY_ARCHIVE).parent.mkdir()
    files = {"search.json.xz": lzma.compress(json.dumps(PARTS).encode()), "how-to/lose-answers.md": b"# Lose answers\n"}
    write_archive(tmp_path / ASSEMBLY_ARCHIVE, [(f"{docs}/{name}", content) for name, content in files.items()])
    return tmp_path


def test_a_wheel_has_its_pages_without_a_sandbox(wheel: Path) -> None:
    pages = own_pages(wheel)
    assert pages.parts() == PARTS
    assert pages.markdown("how-to/lose-answers") == "# Lose answers\n"
    assert pages.markdown("how-to/lose-answer") is None


def test_a_checkout_has_its_pages_without_a_sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing runs in this home, and no sandbox is named."""
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    found = json.loads(paysandbox("docs", "search", "lost", "answer", "--json").stdout)["data"]
    assert found[0]["page"] == "how-to/lose-answers"
    shown = paysandbox("docs", "show", "how-to/lose-answers")
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (0, "# Lose answers")
    assert "Did you mean how-to/lose-answers?" in paysandbox("docs", "show", "how-to/lose-answer").stderr


def test_pages_are_listed_once() -> None:
    said, _ = run("list", "--json")
    assert [page["page"] for page in json.loads(said.stdout)["data"]] == [
        "index",
        "how-to/lose-answers",
        "reference/faults",
    ]
    assert "how-to/lose-answers" in run("list")[0].stdout


def test_results_are_limited() -> None:
    said, _ = run("search", "seed", "--limit", "1", "--json")
    assert [each["heading"] for each in json.loads(said.stdout)["data"]] == ["Seeds"]
    assert "how-to/lose-answers: Seeds" in run("search", "seed")[0].stdout
    assert run("search", "nothing-of-it")[0].stderr == "Nothing found.\n"


@pytest.mark.parametrize("page", ["how-to/lose-answers", "/docs/how-to/lose-answers", "how-to/lose-answers.md"])
def test_a_page_is_shown_as_markdown(page: str) -> None:
    assert run("show", page)[0].stdout == "# Lose answers\n"
    said, _ = run("show", page, "--json")
    assert json.loads(said.stdout) == {"page": "how-to/lose-answers", "markdown": "# Lose answers\n"}


def test_a_page_that_is_not_there_has_a_suggestion() -> None:
    said, _ = run("show", "how-to/lose-answer")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "Did you mean how-to/lose-answers?" in said.stderr


@pytest.mark.parametrize("page", ["../secrets", "a/b/c", "A b"])
def test_what_is_no_path_of_a_page_is_refused(page: str) -> None:
    said, requests = run("show", page)
    assert (said.exit_code, requests) == (2, [])
