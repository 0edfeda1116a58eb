"""`paysandbox up --watch`: functions run edited code within two seconds.

Nothing is deployed. The engine puts a copy of the edited code before the deployed code (engine/workers/edited_code.py)
and starts new workers with it. A copy, so that no worker imports a file that is half saved, and so that code with a
syntax error is not used.

The sources are polled: reading the times of all files takes a few milliseconds, and works in every file system and
container.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from cli.deploy.fingerprint import source_files
from cli.deploy.installation import ROOT
from cli.sandbox import engine
from cli.state.state_dir import StateDir, read_json, write_json
from engine.workers.edited_code import FILE_NAME, SHARED

POLL_S: Final = 0.4
# An editor may replace a file in several steps, and a checkout of another branch replaces many.
SETTLED_S: Final = 0.05

_FOLDER: Final = "edited"
# The newest one, and the one before, whose workers may be in the middle of a request.
_COPIES_MAX: Final = 2

_LAYER: Final = "layers/shared/python"
_HANDLERS: Final = "lambdas"
# Its pages are made from the documentation when it is deployed.
_BUILT: Final = frozenset({"reference"})

# What the templates are made from: routes and their bodies, settings, tables and permissions.
_OF_TEMPLATES: Final = frozenset({"routes.py", "requests.py", "settings.py", "resources.py", "schema.py"})

Times = Mapping[str, tuple[int, int]]
"""When each source was changed last (ns), and its size in bytes, by its name."""


def use_deployed_code(home: StateDir) -> None:
    """Have the functions of a home run what is deployed."""
    (home.tmp / FILE_NAME).unlink(missing_ok=True)


def times(root: Path = ROOT) -> Times:
    """Return the times of the sources under `root`."""
    found: dict[str, tuple[int, int]] = {}
    for path in source_files(root):
        with suppress(FileNotFoundError):  # it was removed or renamed meanwhile
            stat = os.stat(path)  # noqa: PTH116 - often, and making a path takes longer than this
            found[path.removeprefix(f"{root}{os.sep}")] = (stat.st_mtime_ns, stat.st_size)
    return found


def part_of(name: str) -> str | None:
    """Return the part of the functions' code that a source is in, or None if only a deployment applies its changes."""
    path = PurePosixPath(name)
    if path.is_relative_to(_LAYER):
        return SHARED
    match path.parts:
        case (folder, group, _, *_) if folder == _HANDLERS and group not in _BUILT:
            return group
        case _:
            return None


@dataclass
class Watch:
    """One session. `known` are the times of the sources that were applied or reported. `say` prints a line."""

    home: StateDir
    known: Times
    say: Callable[[str], None]
    root: Path = ROOT
    invalid: set[str] = field(default_factory=set[str])

    def run(self) -> None:
        """Apply changes until the engine stops."""
        while engine.running(self.home) is not None:
            self.look()
            time.sleep(POLL_S)

    def look(self) -> None:
        """Apply the changes since the last look, unless files are still being written."""
        found = times(self.root)
        if found == self.known:
            return
        time.sleep(SETTLED_S)
        if times(self.root) == found:
            changed = sorted(name for name in {**self.known, **found} if self.known.get(name) != found.get(name))
            self.known = found
            self._apply(changed)

    def _apply(self, changed: Collection[str]) -> None:
        began = time.monotonic()
        self._check({*changed, *self.invalid})
        by_part: dict[str | None, list[str]] = {}
        for name in changed:
            by_part.setdefault(part_of(name), []).append(name)
        for name in by_part.pop(None, []):
            self.say(f"{name} changed. To deploy it, run `paysandbox up`.")
        for part, names in by_part.items():
            if part is None or any(part_of(name) == part for name in self.invalid):
                continue
            use_edited_code(self.home, part, self.root)
            of = "all functions" if part == SHARED else f"the functions in {_HANDLERS}/{part}"
            self.say(f"Updated {of} in {time.monotonic() - began:.2f} s: {', '.join(names)}")
            for name in names:
                if part == SHARED and PurePosixPath(name).name in _OF_TEMPLATES:
                    self.say(f"The templates depend on {name}. To deploy them, run `paysandbox up`.")

    def _check(self, names: Collection[str]) -> None:
        """Report the files that cannot be used, and remember them."""
        self.invalid = set()
        for name in sorted(names):
            error = source_error(self.root, name) if part_of(name) and name.endswith(".py") else None
            if error is not None:
                self.invalid.add(name)
                self.say(f"{error}. The functions still run the previous code.")


def source_error(root: Path, name: str) -> str | None:
    """Return why a source is not used, with its file and line, or None if it is valid Python or removed."""
    if (root / name).is_symlink():
        return f"{name} is a symbolic link"
    try:
        compile((root / name).read_bytes(), name, "exec", dont_inherit=True)
    except FileNotFoundError:
        return None
    except SyntaxError as error:
        return f"{name}:{error.lineno}: {error.msg}"
    except ValueError as error:  # it contains null bytes
        return f"{name}: {error}"
    return None


def use_edited_code(home: StateDir, part: str, root: Path = ROOT) -> None:
    """Have the functions of a home run a copy of the current code of a part, from their next request on."""
    copies = home.tmp / _FOLDER
    copies.mkdir(exist_ok=True)
    copy = Path(tempfile.mkdtemp(prefix=f"{part}-", dir=copies))
    source, place = (_LAYER, "python") if part == SHARED else (f"{_HANDLERS}/{part}", part)
    # With byte code, which is valid for the copy too: it has the times of its sources. Without symbolic links, which
    # could lead to files that are no sources.
    shutil.copytree(root / source, copy / place, ignore=_symbolic_links)
    write_json(home.tmp / FILE_NAME, read_json(home.tmp / FILE_NAME) | {part: str(copy)})
    of_part = sorted(copies.glob(f"{part}-*"), key=lambda folder: folder.stat().st_mtime_ns)
    for old in of_part[:-_COPIES_MAX]:
        shutil.rmtree(old, ignore_errors=True)


def _symbolic_links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_symlink()]
