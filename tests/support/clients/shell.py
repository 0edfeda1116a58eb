"""A shell that keeps its state between blocks, like the terminal of somebody who follows a guide."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

END = "--- end of block ---"


class Shell:
    """`bash -e`: the first command that fails ends it. On exit from the context, its background processes are ended."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.block = folder / "block.sh"
        self.errors = (folder / "stderr.txt").open("w+")
        self.process = subprocess.Popen(
            ["bash", "-euo", "pipefail"],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()  # reads the remaining output and closes the pipes
        self.errors.close()

    def run(self, text: str) -> str:
        """Run the text in the shell, and return its standard output."""
        stdin, stdout = cast("IO[str]", self.process.stdin), cast("IO[str]", self.process.stdout)
        self.block.write_text(text)
        # From a file: a program in the block would otherwise read the following text from standard input.
        stdin.write(f". '{self.block}' < /dev/null\nprintf '\\n%s\\n' '{END}'\n")
        stdin.flush()
        printed: list[str] = []
        for line in stdout:
            if line == f"{END}\n":
                return "".join(printed).removesuffix("\n")
            printed.append(line)
        self.errors.seek(0)
        raise AssertionError(f"This ended the shell:\n{text}\n{''.join(printed)}{self.errors.read()}")
