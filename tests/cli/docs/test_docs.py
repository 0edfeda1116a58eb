"""`paysandbox docs`: pages are listed, searched and shown as the sandbox serves them."""

import json

import pytest

from cli.docs.docs import ranked
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


def test_a_result_has_its_page_and_an_excerpt_around_the_word() -> None:
    first, second = ranked(PARTS, "seed")
    assert (first["page"], first["anchor"]) == ("how-to/lose-answers", "seeds")
    assert second["excerpt"].startswith("…")
    assert second["excerpt"].endswith("a seed decides which requests are hit")


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
