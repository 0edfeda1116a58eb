"""A process that is killed in the middle of its work with files."""

import os
import sys
from collections.abc import Callable
from itertools import count

_ACCESSES = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime"})


def is_killed(work: Callable[[], object], step: int) -> bool:
    """Run work in a process that is killed before its nth access to the file system. Return False if it ends before."""
    pid = os.fork()
    if pid == 0:
        steps = count(1)

        def kill(event: str, _: object) -> None:
            if event in _ACCESSES and next(steps) == step:
                os._exit(1)

        sys.addaudithook(kill)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
