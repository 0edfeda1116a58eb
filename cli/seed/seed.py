"""`paysandbox seed`: create what a TOML file describes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import access, v1_base
from cli.terminal.failure import Failure
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.written_files import WRITTEN

if TYPE_CHECKING:
    from datetime import datetime

    from cli.seed.create import Created

app = typer.Typer()

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox seed shop.toml
  paysandbox seed shop.toml --json | jq -r .customers.ada.id
"""


@app.command(epilog=EXAMPLES)
@over_the_api
def seed(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A TOML file with a table for each object.", show_default=False)
    ],
    *,
    caller: Caller,
) -> None:
    """Create objects from a TOML file. Running it again creates nothing.

    A table is `customers`, `products`, `prices`, `payments`, `refunds`, `subscriptions` or `webhook_endpoints`, a dot
    and a name of yours, with Stripe's parameters; `clock` is the time that the sandbox's clock shall have reached. Each
    object has an idempotency key derived from its table, so the same file creates nothing a second time within 24
    hours.
    """
    from cli.connection.api import Api
    from cli.seed.create import create
    from cli.seed.seed_file import read_seed

    described = read_seed(text_of(file))
    url, api_key = access(caller)
    if described.clock is not None:
        _reach(caller, url, described.clock)
    api = Api(v1_base(caller) or url, api_key, say=print_note)
    done: list[Created] = []
    for created in create(api, described):
        done.append(created)
        if not caller.as_json:
            print_line(_line(created))
    if caller.as_json:
        print_json(_as_json(done))
    elif not any(created.is_new for created in done):
        print_note("Everything existed already.")


def text_of(file: Path) -> str:
    """Return the text of a seed file. Raises BadParameter if it cannot be read."""
    try:
        return file.read_text(encoding=WRITTEN)
    except OSError as error:
        raise typer.BadParameter(f"Cannot read {file}: {error.strerror}.", param_hint="FILE") from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is not UTF-8.", param_hint="FILE") from None


def _reach(caller: Caller, url: str, moment: datetime) -> None:
    from cli.connection.target import LOCAL, resolve
    from cli.sandbox.clock import reach
    from cli.state.state_dir import StateDir

    env = caller.env or LOCAL
    if resolve(env, StateDir.find()).base_url.rstrip("/") != url.rstrip("/"):
        raise Failure(f"clock: {url} is not the environment {env}, whose clock could be moved.", "Use --env.")
    for trouble in reach(env, moment):
        print_note(f"The clock was advanced, but {trouble}. It is retried within 15 minutes.")


def _line(created: Created) -> str:
    parts = (created.entry.place.ljust(32), created.object_id, created.status, None if created.is_new else "unchanged")
    return "  ".join(part for part in parts if part)


def _as_json(done: list[Created]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for created in done:
        facts = {"id": created.object_id, "status": created.status, "secret": created.secret, "new": created.is_new}
        known = {name: value for name, value in facts.items() if value is not None}
        found.setdefault(created.entry.kind, {})[created.entry.name] = known
    return found
