"""`paysandbox` in its own pseudo-terminal, as for a person: the keys typed, the text shown, and the exit status."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

PATIENCE_S = 30.0

# The terminal becomes the controlling one, so that Ctrl-C and hang-up send signals. They work as in a shell at a
# terminal, even if the tests were started in the background, where they are ignored and children inherit that.
_START = (
    "import fcntl, signal, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "from cli.main import main; main()"
)


@dataclass
class Terminal:
    """A terminal, and the program that runs in it."""

    process: subprocess.Popen[bytes]
    descriptor: int
    shown: str = field(default="")

    def until(self, text: str, *, patience_s: float = PATIENCE_S) -> str:
        """Read until the text is shown."""
        deadline = time.monotonic() + patience_s
        while text not in self.shown:
            left = deadline - time.monotonic()
            assert left > 0, f"no {text!r} in {self.shown!r}"
            if select.select([self.descriptor], [], [], min(left, 0.5))[0]:
                try:
                    self.shown += os.read(self.descriptor, 65_536).decode(errors="replace")
                except OSError:  # the program has ended
                    assert text in self.shown, f"no {text!r} in {self.shown!r}"
            else:
                assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.shown!r}"
        return self.shown

    def press(self, text: str) -> None:
        """Press keys."""
        os.write(self.descriptor, text.encode())

    def close(self) -> None:
        """Close the terminal."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def ended(self) -> int:
        """Wait for the program to end, and return its exit status."""
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        self.close()


@contextmanager
def in_terminal(*words: str, env: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    """Run the program. If it is still running at the end of the block, it is killed."""
    ours, its = pty.openpty()
    told = {name: value for name, value in os.environ.items() if not name.startswith("PAYSANDBOX_")}
    process = subprocess.Popen(
        [sys.executable, "-c", _START, *words],
        stdin=its,
        stdout=its,
        stderr=its,
        env=told | {"TERM": "xterm", "COLUMNS": "200"} | dict(env or {}),
        start_new_session=True,
    )
    os.close(its)
    with Terminal(process, ours) as terminal:
        yield terminal
