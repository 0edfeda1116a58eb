"""Secrets come from files, standard input, prompts and variables; there is no option that takes one as an argument."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import whole_program
from tests.support.clients.program import Ran, paysandbox
from tests.support.clients.terminal import in_terminal
from tests.support.fakes.wire import Reply, served

PAGE = {"data": [], "next_cursor": None}
KEY = "sk_test_demo_x"
SECRET_WORDS = {"password", "token", "key", "secret", "credential"}
# Not secrets: a caller-chosen request name, and a page's cursor.
HARMLESS = {"--idempotency-key"}


def options(command: Any, path: str = "paysandbox") -> Iterator[tuple[str, Any]]:
    for name, each in getattr(command, "commands", {}).items():
        yield from options(each, f"{path} {name}")
    for option in command.params:
        yield from ((f"{path} {name}", option) for name in option.opts if name.startswith("--"))


def test_no_option_takes_a_secret_as_an_argument() -> None:
    takes_one = [
        name
        for name, option in options(whole_program())
        if not getattr(option, "is_flag", False)
        and SECRET_WORDS & set(name.rpartition(" --")[2].split("-"))
        and not name.endswith(("-file", *HARMLESS))
    ]
    assert takes_one == []


def listed(*words: str, piped: str = "") -> tuple[Ran, list[str]]:
    """Run the command, and return its result and the keys sent."""
    with served(lambda _: Reply(body=PAGE)) as wire:
        said = paysandbox("pay", "list", "--base-url", wire.base_url, *words, piped=piped)
        return said, [request.headers["x-api-key"] for request in wire.requests]


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("content", [KEY, f"{KEY}\n", f"  {KEY} \r\nand more\n"])
def test_secret_is_the_first_line_of_a_file_or_stdin(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a key"
    file.write_text(content)
    assert listed("--key-file", str(file))[1] == [KEY]
    assert listed("--key-file", "-", piped=content)[1] == [KEY]


@pytest.mark.parametrize("content, told", [
    (b"", "The first line of"),
    (b"\nsk_test_demo_x\n", "The first line of"),
    (b"\xff\xfe", "is not a text file"),
    ("ключ".encode(), "Use printable ASCII only"),
    (None, "No such file or directory"),
])  # fmt: skip
def test_a_file_without_a_secret_is_a_usage_error(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    said, sent = listed("--key-file", str(file))
    assert (said.exit_code, sent, told in said.words.replace(str(file), "")) == (2, [], True), said.stderr


def test_file_overrides_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSANDBOX_API_KEY", "sk_test_shell_x")
    assert (listed()[1], listed("--key-file", "-", piped=KEY)[1]) == (["sk_test_shell_x"], [KEY])


def test_secret_is_prompted_without_echo_on_a_terminal() -> None:
    with (
        served(lambda _: Reply(body=PAGE)) as wire,
        in_terminal("pay", "list", "--base-url", wire.base_url, "--key-file", "-") as terminal,
    ):
        terminal.until("API key (not shown): ")
        terminal.press(f"{KEY}\r")
        terminal.until("No payments yet")
        assert terminal.ended() == 0
    assert KEY not in terminal.shown
    assert [request.headers["x-api-key"] for request in wire.requests] == [KEY]
