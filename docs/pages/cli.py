"""docs/reference/cli.md and its parts: every command of `paysandbox` with its arguments and options, from the program.

The page has the list. A part has the commands of one panel of the program's help.
"""

import re
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from cli.main import whole_program
from cli.stripe_objects.kinds import KINDS
from docs.pages.markdown import code, codes, fenced, head, table

_BETWEEN_EXAMPLES = re.compile(r"\n\n+(?=paysandbox )")
# The panels of the program's help. In each, single commands precede groups.
_SECTIONS = ("Sandbox", "Pay", "Stripe objects", "Operate", "Webhooks", "Money out", "Help")
_WHOLE = "cli"


def pages() -> dict[str, str]:
    """The pages, by their names in docs/reference."""
    program = whole_program()
    parts = {_part(panel): _commands(panel, commands) for panel, commands in _panels(program).items()}
    return {name: "\n".join(lines) + "\n" for name, lines in {_WHOLE: _introduction(program), **parts}.items()}


def address(path: str) -> str:
    """The link to a command, `pay authorize`, from a page of the reference."""
    [part] = [
        _part(panel)
        for panel, commands in _panels(whole_program()).items()
        for name, command in commands
        if path in dict(_leaves(name, command))
    ]
    return f"{part}.md#{_anchor(path)}"


def _part(panel: str) -> str:
    return f"{_WHOLE}-{panel.lower().replace(' ', '-')}"


def _anchor(path: str) -> str:
    return f"paysandbox-{path.replace(' ', '-')}"


def _introduction(program: Any) -> Iterator[str]:
    yield from head("Command line", "the commands of `paysandbox`")
    yield _prose(program.help)
    yield ""
    yield "- Exit codes: 0 success, 1 failure, 2 wrong usage."
    yield "- `--json` prints machine-readable output. `-h` or `--help` explains a command."
    yield "- Results go to standard output; progress and hints go to standard error."
    options = list(_options(program))
    if options:
        yield ""
        yield from table(("Global option", "Description"), ((names, words) for names, words, _ in options))
    for panel, commands in _panels(program).items():
        yield ""
        yield from table(
            (panel, "Description"),
            (
                (
                    # With the anchor that the command had while all were on one page.
                    f'<a id="{_anchor(path)}"></a>[{code(f"paysandbox {path}")}]({_part(panel)}.md#{_anchor(path)})',
                    _first_sentence(command.help),
                )
                for command_name, command in commands
                for path, command in _documented(command_name, command)
            ),
        )


def _commands(panel: str, commands: list[tuple[str, Any]]) -> Iterator[str]:
    yield from head(f"Command line: {panel}", "the commands of `paysandbox`")
    yield "[Command line](cli.md) lists all commands, with their exit codes and global options."
    for name, command in commands:
        for path, leaf in _documented(name, command):
            yield from _command(path, leaf)
    if panel == "Stripe objects":
        yield from _other_kinds()


def _other_kinds() -> Iterator[str]:
    first, *others = KINDS
    yield from ("", "## Other objects", "")
    like = code(f"paysandbox {first}")
    yield f"`create`, `list`, `show` and `update` are those of {like}, and so is `delete` where there is one."
    yield ""
    yield from table(
        ("Command", "Path", "Deletes", "Example"),
        (
            (
                code(f"paysandbox {name}"),
                code(KINDS[name].path),
                "yes" if KINDS[name].deletes else "",
                code(f"paysandbox {name} create {KINDS[name].example}"),
            )
            for name in others
        ),
    )


def _panels(program: Any) -> dict[str, list[tuple[str, Any]]]:
    """Commands by the panel that the program's help shows them in."""
    panels: dict[str, list[tuple[str, Any]]] = {panel: [] for panel in _SECTIONS}
    for name, command in sorted(program.commands.items(), key=lambda item: hasattr(item[1], "commands")):
        if not command.hidden:
            panels[command.rich_help_panel].append((name, command))
    return panels


def _documented(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands that have a section: of Stripe's objects, those of one kind, since the others are alike."""
    return _leaves(name, command) if name not in KINDS or name == next(iter(KINDS)) else iter(())


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands below a group by their path. A group that can be called by itself is one too."""
    nested = getattr(command, "commands", None)
    if nested is None or getattr(command, "invoke_without_command", False):
        yield path, command
    for name, inner in (nested or {}).items():
        if not inner.hidden:
            yield from _leaves(f"{path} {name}", inner)


def _command(path: str, command: Any) -> Iterator[str]:
    yield from ("", f'## <a id="{_anchor(path)}"></a>paysandbox {path}', "", _prose(command.help))
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = [f"paysandbox {path}", *(_usage(each) for each in arguments), "[OPTIONS]"]
    yield from fenced(" ".join(usage))
    if any(each.help for each in arguments):
        yield ""
        yield from table(("Argument", "Description"), ((code(_metavar(each)), _prose(each.help)) for each in arguments))
    options = list(_options(command))
    if options:
        yield ""
        yield from table(("Option", "Description", "Default"), options)
    if command.epilog:
        yield from fenced(_BETWEEN_EXAMPLES.sub("\n", _plain(command.epilog)))


def _options(command: Any) -> Iterator[tuple[str, str, str]]:
    for each in command.params:
        if each.param_type_name != "option" or each.hidden or each.name == "help":
            continue
        names = codes([*each.opts, *each.secondary_opts])
        if not each.is_flag:
            names += f" {code(_metavar(each))}"
        words = [_prose(each.help)]
        if each.required:
            words.append("Required.")
        if each.multiple and "repeated" not in words[0]:
            words.append("Can be repeated.")
        if each.envvar:
            words.append(f"Environment variable: [{code(each.envvar)}](environment-variables.md).")
        default = "" if each.default in (None, False, [], ()) or callable(each.default) else code(_value(each.default))
        yield names, " ".join(words), default


def _usage(argument: Any) -> str:
    name = _metavar(argument) + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _metavar(parameter: Any) -> str:
    if parameter.metavar:
        return parameter.metavar
    if choices := getattr(parameter.type, "choices", ()):
        return "|".join(map(_value, choices))
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return {"int": "INTEGER", "float": "NUMBER"}.get(parameter.type.name.removesuffix(" range"), "TEXT")


def _value(default: Any) -> str:
    return str(getattr(default, "value", default))


def _prose(text: str | None) -> str:
    return " ".join(_plain(text or "").replace("\b", "").split())


def _first_sentence(text: str | None) -> str:
    return re.split(r"(?<=[.:]) ", _prose(text))[0].rstrip(":")


def _plain(text: str) -> str:
    """Without Rich's markup."""
    return Text.from_markup(text, emoji=False).plain
