"""Every command that the docs name exists, with the options that they give it, in blocks and in inline code."""

import re
import shlex
from collections.abc import Iterator
from itertools import islice, product, takewhile
from pathlib import Path
from typing import Any

import click
import pytest

from cli.main import whole_program
from cli.sandbox.engine import DEFAULT_PORT
from tests.support.tools.blocks import PAGES, ROOT, Block, blocks
from tests.support.tools.makefiles import TARGETS
from tests.support.tools.prose import inline_code

PROGRAM: Any = whole_program()

# Up to the end of the command: a pipe, a list, a substitution, a comment.
PAYSANDBOX = re.compile(r"(?:^|(?<=[\s(/\"]))paysandbox ((?:[^\s|;&)#]|(?<=\S)\|(?=\S)| (?!#|\||&|;))+)")
MAKE = re.compile(r"(?:^|(?<=[(;&|] )|(?<=\$ ))make(?: -C \w+)? ([a-z]+(?:-[a-z]+)*)\b")


def wrong(command: str) -> str | None:
    """What is wrong with `pay authorize 12.50 --card …`, or None. `create|list` stands for two commands."""
    # What follows several spaces in a column, and a usage's options, are no arguments. A substitution is one.
    plain = re.sub(r"\s{2,}.*|\[OPTIONS\]| > \S+", "", re.sub(r"\"?[\w-]*\$\(.*", "x", command))
    words = shlex.split(re.sub(r"^--name \S+ ", "", plain.rstrip(".,: ")))
    names = takewhile(lambda word: not word.startswith("-"), words)
    for chosen in product(*(name.split("|") for name in islice(names, 3))):
        found, args = PROGRAM, list(words)
        for name in chosen:
            if not getattr(found, "commands", None):
                break
            args.pop(0)
            # A hidden one only answers with its new name.
            if name not in found.commands or found.commands[name].hidden:
                return f"`{command}`: there is no command {name!r}"
            found = found.commands[name]
        known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for word in words:
            option = word.partition("=")[0]
            if re.fullmatch(r"--?[a-z][a-z-]*", option) and option not in known | {"-h", "--help"}:
                return f"`{command}`: there is no option {option}"
        if left_over := unparsed(found, args):
            return f"`{command}`: {' '.join(left_over)} is no argument of it"
    return None


def unparsed(command: click.Command, args: list[str]) -> list[str]:
    """Return what a command's parser has no parameter for. Missing parameters are left out in prose."""
    parser = command.make_parser(click.Context(command, resilient_parsing=True))
    return parser.parse_args(args)[1]


def typed(block: Block) -> Iterator[str]:
    """The lines of a block without comments, those that continue on the next one joined."""
    for line in re.sub(r"\\\n\s*", "", block.text).splitlines():
        yield re.sub(r"(^|\s)#.*", "", line)


def named(page: Path, pattern: re.Pattern[str]) -> list[str]:
    """What follows the program's name, wherever a page has it."""
    lines = [
        line
        for block in blocks("bash", "console", "yaml", "dockerfile", "")
        if block.file == str(page.relative_to(ROOT))
        for line in typed(block)
    ]
    return [found for text in [*lines, *inline_code(page.read_text())] for found in pattern.findall(text)]


def test_every_command_exists_with_its_options() -> None:
    commands = [(page, command) for page in PAGES for command in named(page, PAYSANDBOX)]
    assert commands
    assert [f"{page.relative_to(ROOT)}: {fault}" for page, command in commands if (fault := wrong(command))] == []


def test_every_make_target_exists() -> None:
    targets = [(page, target) for page in PAGES for target in named(page, MAKE)]
    assert targets
    assert [f"{page.relative_to(ROOT)}: {target}" for page, target in targets if target not in TARGETS] == []


def test_urls_have_the_sandboxs_port() -> None:
    ports = {port for page in PAGES for port in re.findall(r"(?<=127\.0\.0\.1:)\d+", page.read_text())}
    assert ports == {str(DEFAULT_PORT)}


@pytest.mark.parametrize(
    "text, commands",
    [
        ("$ paysandbox status   # its keys", ["status"]),
        ('eval "$(paysandbox status -o env)"', ["status -o env"]),
        ("id=$(paysandbox pay list --json | jq .data)", ["pay list --json"]),
        ("sandbox/.venv/bin/paysandbox logs --failed && true", ["logs --failed"]),
        ("paysandbox keys create|list", ["keys create|list"]),
        ("paysandbox-dev-api", []),
    ],
)
def test_commands_are_found(text: str, commands: list[str]) -> None:
    assert [command.strip() for command in PAYSANDBOX.findall(text)] == commands


@pytest.mark.parametrize(
    "command, fault",
    [
        ("pay authorize 12.50 --card 4242424242424242", None),
        ("pay", None),
        ("keys create|list", None),
        ("keys create|forget", "forget"),
        ("pay promise 12.50", "promise"),
        ("--name shop pay authorize 12.50", None),
        ("--name shop pay promise 12.50", "promise"),
        ("pay authorize --karte 1", "--karte"),
        ("pay authorize 12.50 13.50", "13.50"),
        ("pay show <id> --env dev", None),
        ('pay authorize 12.50 --reference "order 1"   a purchase', None),
    ],
)
def test_wrong_commands_are_named(command: str, fault: str | None) -> None:
    found = wrong(command)
    assert (found is None) if fault is None else (fault in str(found))
