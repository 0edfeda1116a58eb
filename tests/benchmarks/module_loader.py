"""The modules that handlers load, each in a process that is forked from one that has loaded a package for all of them.

What was loaded before the fork is in every answer. Nothing that a handler loads is missing, so a module that is in no
answer is loaded by no handler.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Final, cast

from benchmarks.cold_import import shipped_folders
from benchmarks.measuring.stubbed_aws import ENVIRONMENT

_PROGRAM: Final = """
import os, sys
sys.path[:0] = {folders}
import {first}
for names in sys.stdin:
    if not os.fork():
        try:
            exec("import " + names)
            print(*sys.modules, flush=True)
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    _, failed = os.wait()
    if failed:
        print(flush=True)
"""


@contextmanager
def module_loader(first: str, **more: str) -> Iterator[Callable[[str], frozenset[str]]]:
    """Yield a function that returns what `import payments.get_payment` loads, with only the layer's packages.

    `first` is loaded once, before the processes are forked. `more` are variables of the functions' environment. The
    function raises AssertionError if a module cannot be loaded.
    """
    program = _PROGRAM.format(folders=shipped_folders(), first=first)
    words = [sys.executable, "-S", "-c", program]
    with subprocess.Popen(
        words, env={**ENVIRONMENT, **more}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        asked, answers = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)

        @cache
        def modules_of(names: str) -> frozenset[str]:
            asked.write(f"{names}\n")
            found = answers.readline().split()
            assert found, f"{names} cannot be loaded"
            return frozenset(found)

        yield modules_of
