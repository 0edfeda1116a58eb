"""`paysandbox state`: save the sandbox's state under a name and restore it, so that a suite begins from a known one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal.options import AsJson
from cli.terminal.output import print_json, print_line

if TYPE_CHECKING:
    from cli.state.state_dir import StateDir

app = typer.Typer(
    name="state",
    no_args_is_help=True,
    help="Save the local sandbox's state under a name, and restore it.",
)


def _known(incomplete: str) -> list[str]:
    from cli.state.named_states import listed

    return [state.name for state in listed(_home()) if state.name.startswith(incomplete)]


def _name(text: str) -> str:
    from cli.terminal.sandbox_name import is_name

    if not is_name(text):
        raise typer.BadParameter(
            f"{text!r} is not a name for a state. Use up to 32 letters, digits, hyphens and underscores, starting with "
            "a letter or digit."
        )
    return text


Name = Annotated[
    str, typer.Argument(metavar="NAME", callback=_name, autocompletion=_known, help="The name of the saved state.")
]


@app.command(epilog="[bold]Example[/bold]\n  paysandbox seed shop.toml && paysandbox state save shop")
def save(name: Name, as_json: AsJson = False) -> None:
    """Save the state under a name: payments, keys, endpoints, settings and the clock. A state of that name is replaced.

    The sandbox may run. It keeps the requests that it has answered.
    """
    from cli.state import named_states

    home = _home()
    with home.lock():
        saved = named_states.save(home, name)
    if as_json:
        print_json({"name": saved.name, "at": saved.at, "bytes": saved.size})
    else:
        print_line(f"Saved {saved.name}, the state at {saved.at}. Restore it: paysandbox state restore {saved.name}")


@app.command(epilog="[bold]Example[/bold]\n  paysandbox state restore shop      before each run of a suite")
def restore(name: Name, as_json: AsJson = False) -> None:
    """Replace the state by a saved one, and start the sandbox with it, at its port.

    Everything since is deleted: payments, keys, endpoints and events. Keys that the saved state has work again.
    """
    from cli.up.restored import restore as replace

    began = time.monotonic()
    running = replace(_home(), name)
    took_s = time.monotonic() - began
    if as_json:
        print_json({"name": name, "base_url": f"http://127.0.0.1:{running.port}", "seconds": round(took_s, 2)})
    else:
        print_line(f"Restored {name} in {took_s:.1f} s. The sandbox is at http://127.0.0.1:{running.port}")


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox state list")
def list_states(as_json: AsJson = False) -> None:
    """List the saved states with their times (UTC) and sizes."""
    from cli.state import named_states

    states = named_states.listed(_home())
    if as_json:
        print_json({"data": [{"name": state.name, "at": state.at, "bytes": state.size} for state in states]})
        return
    for state in states:
        print_line(f"{state.name:<32}  {state.at}  {state.size / 1_000_000:6.1f} MB")
    if not states:
        print_line("No saved states. Save one: paysandbox state save NAME")


@app.command(epilog="[bold]Example[/bold]\n  paysandbox state remove shop")
def remove(name: Name, as_json: AsJson = False) -> None:
    """Remove a saved state. The sandbox's own state is not changed."""
    from cli.state import named_states

    home = _home()
    with home.lock():
        named_states.remove(home, name)
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        print_line(f"Removed {name}.")


def _home() -> StateDir:
    from cli.state.state_dir import StateDir

    return StateDir.find()
