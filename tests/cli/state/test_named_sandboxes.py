"""Sandboxes beside each other: `--name`, their ports, and the commands that are printed for them."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.sandbox import engine
from cli.state.named_sandboxes import reserve_port, running_others
from cli.state.state_dir import StateDir
from cli.terminal.failure import Failure
from cli.terminal.output import program_words, runnable
from tests.support.clients.program import paysandbox


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Provide the folder of all sandboxes of a test. `--name` sets the variable, and the teardown removes it."""
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    monkeypatch.setenv("PAYSANDBOX_NAME", "")
    return tmp_path


@pytest.fixture
def home(folder: Path) -> StateDir:
    """Provide the home of the sandbox `shop`."""
    return sandbox(folder, "shop")


@pytest.fixture
def named(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    """Provide the same, selected."""
    monkeypatch.setenv("PAYSANDBOX_NAME", "shop")
    assert StateDir.find() == home
    return home


def sandbox(folder: Path, name: str, **facts: object) -> StateDir:
    home = StateDir(folder / "named-sandboxes" / name)
    home.make()
    home.change(**facts)
    return home


def test_the_first_start_takes_a_port_that_no_sandbox_has(folder: Path, named: StateDir) -> None:
    free = engine.DEFAULT_PORT + 1
    sandbox(folder, "other", port=free)
    StateDir(folder).change(port=free + 1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free + 2))
        listener.listen()
        reserve_port(named)
    port = named.read().port
    assert port is not None
    assert port > free + 2

    reserve_port(named)
    assert named.read().port == port, "it keeps its port"


def test_the_default_sandbox_keeps_the_default_port(folder: Path) -> None:
    home = StateDir(folder)
    home.make()
    reserve_port(home)
    assert home.read().port is None


def test_first_starts_at_once_get_different_ports(folder: Path) -> None:
    homes = [sandbox(folder, f"job-{number}") for number in range(8)]
    with ThreadPoolExecutor(len(homes)) as pool:
        list(pool.map(reserve_port, homes))
    assert len({home.read().port for home in homes}) == len(homes)


def test_others_that_run_are_listed(folder: Path, home: StateDir, engine_double: Callable[[str], int]) -> None:
    home.change(base_url="http://127.0.0.1:4999")
    sandbox(folder, "stopped", base_url="http://127.0.0.1:4998")
    engine_double("graceful")

    assert running_others(StateDir(folder)) == {"shop": "http://127.0.0.1:4999"}
    assert running_others(home) == {}
    assert "Other sandboxes that run: shop at http://127.0.0.1:4999" in paysandbox("status").words


def test_the_owner_of_a_taken_port_is_stopped_by_its_name(
    folder: Path, home: StateDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.sandbox.processes.is_taken", lambda port: port == 4999)
    monkeypatch.setattr("cli.sandbox.processes.argument_after", lambda *_: str(home.path))
    with pytest.raises(Failure) as refused:
        engine.refuse_taken(StateDir(folder), 4999)
    assert refused.value.advice.endswith("paysandbox --name shop down")

    with pytest.raises(Failure) as refused:
        engine.refuse_taken(StateDir(folder / "another"), 4999)
    assert refused.value.advice.endswith(f"PAYSANDBOX_HOME='{home.path}' paysandbox down")


@pytest.mark.parametrize("name", ["..", "a/b", "-x", "a b", "x" * 33])
def test_a_name_that_no_folder_can_have_is_misuse(name: str) -> None:
    said = paysandbox(f"--name={name}", "status")
    assert said.exit_code == 2
    assert "is not a name for a sandbox" in said.words


def test_commands_are_printed_with_the_name(named: StateDir) -> None:
    assert program_words().endswith("paysandbox --name shop")
    assert runnable("Run `paysandbox up`.").endswith("paysandbox --name shop up`.")

    said = paysandbox("status")
    assert said.exit_code == 1
    assert "--name shop up" in said.words


def test_the_option_overrides_the_variable(folder: Path, named: StateDir) -> None:
    assert f"{folder} is not running" in paysandbox("--name", "default", "down").stdout.replace("\n", " ")
