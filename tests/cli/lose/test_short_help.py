"""The help of `lose`: short by itself, and whole where all of it is asked for."""

import re

import pytest

from tests.support.clients.program import commands, paysandbox

LOSE = dict(commands())["paysandbox lose"]
SCREEN_LINES = 64


def options_in(text: str) -> set[str]:
    return set(re.findall(r"^│ (--[a-z-]+)", text, re.MULTILINE))


def test_the_help_fits_a_screen_and_says_how_to_see_the_rest() -> None:
    said = paysandbox("lose", "--help")
    assert said.exit_code == 0
    assert said.stdout.count("\n") <= SCREEN_LINES
    assert "paysandbox lose --help all" in said.stdout
    assert {"--state-command", "--webhooks", "--html", "--help"} <= options_in(said.stdout)
    assert paysandbox("help", "lose").stdout == said.stdout


@pytest.mark.parametrize("words", [("--help", "all"), ("-h", "all"), ("--quick", "--help", "all", "--", "python")])
def test_all_of_it_has_every_option_and_example(words: tuple[str, ...]) -> None:
    said = paysandbox("lose", *words)
    assert said.exit_code == 0
    assert options_in(said.stdout) == {each.opts[0] for each in LOSE.params if each.param_type_name == "option"} | {
        "--help"
    }
    assert "paysandbox lose --mcp" in said.stdout


@pytest.mark.parametrize("words", [("--help",), ("--help", "--", "all"), ("--help", "python", "all")])
def test_only_the_word_after_the_option_asks_for_all(words: tuple[str, ...]) -> None:
    assert paysandbox("lose", *words).stdout == paysandbox("lose", "--help").stdout


def test_an_option_for_help_after_the_dashes_is_the_commands_own() -> None:
    said = paysandbox("lose", "--json", "--", "python", "--help", "all")
    assert said.exit_code == 1
    assert "not running" in said.problem["title"]
