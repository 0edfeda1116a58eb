"""The tests nearest to what changed, within twenty seconds; `make check` runs them beside lint and walls.

    python -m tests.check [OPTION of pytest …]

Changed is what differs from the merge base with main, committed or not. A test is as near as the chain of imports from
its file to a changed one is short. The nearest run first, until the time is over. The rest is left to `make test`, and
so are the types, the tests marked `full` and whatever needs a deployment.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.tools.tiers import TIERS

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 14
"""For the tests, collection included. To start and to end takes a few more."""
MAX_FILES = 25
"""To collect a file takes a tenth of a second, and more would leave no time to run any."""

# Where the names of modules begin.
IMPORT_ROOTS = ("layers/shared/python", "lambdas", ".")
MAINS = ("origin/main", "main")


def git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, text=True, capture_output=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def changed_files() -> set[str]:
    """Everything that differs from where this branch left main."""
    return changed_since(next((found[0] for main in MAINS if (found := git("merge-base", "HEAD", main))), "HEAD"))


def changed_since(commit: str) -> set[str]:
    """Everything that differs from a commit, and what git does not know yet."""
    differ = git("diff", "--name-only", "--no-renames", commit)
    return {*differ, *git("ls-files", "--others", "--exclude-standard")}


def module_of(file: str) -> str:
    """The name by which a Python file is imported."""
    root = next((f"{root}/" for root in IMPORT_ROOTS if file.startswith(f"{root}/")), "")
    return file.removeprefix(root).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_of(source: bytes) -> Iterator[str]:
    """Every name that it may import, modules and what is taken from them alike."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_test(file: str) -> bool:
    return file.startswith("tests/") and Path(file).name.startswith("test_") and file.endswith(".py")


def names_of_handlers(file: str, source: bytes) -> set[str]:
    """The names that the tests of a file with handlers may have: that of the file, and those of its functions."""
    return {Path(file).stem, *re.findall(r"^def (\w+)", source.decode(), re.MULTILINE)}


def importers(sources: Mapping[str, bytes]) -> dict[str, set[str]]:
    """The files that import each file. `sources` are all Python files, by their paths."""
    files = {module_of(file): file for file in sources}
    found: dict[str, set[str]] = {}
    for file, source in sources.items():
        for name in imports_of(source):
            if name in files:
                found.setdefault(files[name], set()).add(file)
    return found


def nearest(changed: Iterable[str], sources: Mapping[str, bytes]) -> list[str]:
    """The test files that a change may concern, the nearest first. `sources` are all Python files, by their paths."""
    used_by = importers(sources)
    handlers = {file: names_of_handlers(file, sources[file]) for file in sources if file.startswith("lambdas/")}
    for file in filter(is_test, sources):
        # Fixtures come without an import, and so does a handler: it or its file has the name of its test.
        name = Path(file).stem.removeprefix("test_")
        needed = {f"{folder}/conftest.py" for folder in Path(file).parents} & sources.keys()
        needed |= {one for one, names in handlers.items() if name in names}
        for one in needed:
            used_by.setdefault(one, set()).add(file)

    wave = {file for file in changed if file in sources}
    for file in changed:
        if file not in sources:
            # A page, a table, a workflow: whoever reads it names it.
            name = Path(file).name.encode()
            wave |= {test for test, source in sources.items() if is_test(test) and name in source}
    seen, found = set(wave), list[str]()
    while wave:
        found += sorted(file for file in wave if is_test(file))
        wave = {user for file in wave for user in used_by.get(file, ())} - seen
        seen |= wave
    return [file for file in found if not file.startswith("tests/e2e/")]


def all_sources() -> dict[str, bytes]:
    """Every Python file that git knows or would take, as it is now."""
    known = git("ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    return {file: (ROOT / file).read_bytes() for file in known if (ROOT / file).is_file()}


def main() -> int:
    files = nearest(changed_files(), all_sources())
    if not files:
        print("No test imports what changed.")
        return 0
    if len(files) > MAX_FILES:
        print(f"{len(files) - MAX_FILES} more files of tests import what changed; `make test` runs them.")
    words = ["-q", "--tb=short", "-m", TIERS["fast"], "-p", "tests.support.tools.stop_after", f"--stop-after={SECONDS}"]
    code = pytest.main([*words, *sys.argv[1:], *files[:MAX_FILES]])
    # Nothing collected: all of these files' tests are of the full tier.
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


if __name__ == "__main__":
    sys.exit(main())
