"""Help texts: none uses a phrase that readers tripped over, and no sentence begins with "What"."""

import re
from collections.abc import Iterator

import pytest

from tests.support.clients.program import commands

BANNED = (
    "gone on with",
    "goes on",
    "tells of",
    "is told",
    "are told",
    "hears",
    "mended",
    "as to",
    "the one before",
    "for this wish",
    "otherwise than",
    " wish",
    "nobody",
    "whoever",
    "anew",
)
SENTENCE_WITH_WHAT = re.compile(r"(?:^|[.:;]\s+|\n\s*\n\s*)What\b")

# cli/connection, cli/request_log, cli/sandbox and cli/verification have their own editors.
COMMANDS = dict(commands())


def texts(words: str) -> Iterator[str]:
    """The help, the examples and the options of a command."""
    command = COMMANDS[words]
    yield command.help or ""
    yield command.epilog or ""
    yield from (getattr(parameter, "help", None) or "" for parameter in command.params)


def test_help_has_no_banned_phrases(subtests: pytest.Subtests) -> None:
    for words in sorted(COMMANDS):
        with subtests.test(str(words)):
            for text in texts(words):
                assert [phrase for phrase in BANNED if phrase in text.lower()] == [], text
                assert SENTENCE_WITH_WHAT.search(text) is None, text


@pytest.mark.parametrize("text", ["What is delivered", "Show it. What it says.", "Examples\n\nWhat of it"])
def test_banned_phrases_are_found(text: str) -> None:
    assert SENTENCE_WITH_WHAT.search(text)


def test_every_option_and_argument_has_help() -> None:
    without = [
        f"{words} {parameter.name}"
        for words, command in COMMANDS.items()
        for parameter in command.params
        if not getattr(parameter, "help", None) and parameter.name not in {"help", "install_completion"}
    ]
    assert without == []


def test_examples_follow_each_other_without_blank_lines() -> None:
    apart = [
        words
        for words, command in COMMANDS.items()
        for block in (command.epilog or "").strip().split("\n\n")
        if re.fullmatch(r"\[bold\]Examples?\[/bold\]", block) or block.startswith(("paysandbox", "eval"))
    ]
    assert apart == []
