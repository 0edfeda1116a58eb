"""`paysandbox eject`: the sources of the CDK app, for a team that deploys it from a repository of its own.

The folder is a checkout without tests, benchmarks and the dashboard's sources. `make up`, `make build` and `cdk` work
in it as the docs say.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cli.deploy.sources import sources
from cli.terminal.failure import Failure
from cli.terminal.output import print_json, print_line
from cli.terminal.text import counted

# As in docs/how-to/deploy.md.
_DEPLOY: Final = (
    'PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH"',
    "cdk bootstrap",
    "cdk deploy --all --concurrency 4 --require-approval never -c env=dev",
)

# Without it, `cdk` refuses to do anything. Written last, so that half a folder is not deployed.
_LAST: Final = "cdk.json"


def eject(folder: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """Write files into a folder that is empty or does not exist, and return the number of files.

    Raises Failure, and overwrites nothing. When interrupted, it leaves a folder that the next run refuses.
    """
    contents = dict(files)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except (FileExistsError, NotADirectoryError):
        raise Failure(f"{folder} is not a folder.", "Name a folder that is empty or does not exist.") from None
    if not is_empty:
        raise Failure(
            f"{folder} is not empty.",
            "Name a folder that is empty or does not exist. If an earlier `paysandbox eject` was interrupted, remove "
            "its folder first.",
        )
    for name in sorted(contents, key=lambda name: (name == _LAST, name)):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as new:
            new.write(contents[name])
    return len(contents)


def eject_command(folder: Path, *, as_json: bool) -> None:
    """Write the sources into a folder, and print how to deploy from it."""
    folder = folder.expanduser().resolve()
    files = eject(folder, sources().files())
    if as_json:
        print_json({"folder": str(folder), "files": files})
        return
    print_line(f"Wrote {counted(files, 'file')} to {folder}. To deploy them to AWS:")
    print_line("")
    for command in (f"cd {shlex.quote(str(folder))}", "make build", *_DEPLOY):
        print_line(f"  {command}")
    print_line("")
    print_line("docs/how-to/deploy.md has the settings. Commit the folder to a repository of your own.")
