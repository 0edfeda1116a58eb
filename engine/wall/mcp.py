"""`/mcp`: the tools of `paysandbox mcp` over HTTP, for whoever has a merchant's key (Model Context Protocol).

The engine's environment has none of the program's libraries, and it does not know the protocol. So the first request
with a key starts the program's Python, which answers each further one (cli/mcp/behind_http.py). It has the key and no
home, so a call can do what the key opens. Web pages are refused, as the specification wants (Streamable HTTP, "Security
Warning"): a page of any site could send a request to this machine.
"""

import asyncio
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.wall.dashboard import Refusal, Reply
from engine.wall.request import Request

PATH: Final = "/mcp"

PROGRAMS_MAX: Final = 4
"""How many keys have a program at once. The one that was used least recently ends for another key."""

CALL_S: Final = 120.0
"""After this time a call is given up, and its program ends."""

IDLE_S: Final = 600.0
"""After this time without a request, a program ends."""

_ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = (
    # -I keeps the current folder and the environment's Python settings out of it.
    "-I",
    "-c",
    # First on the path, since an installed package may be named like one of the program's, such as `cli`.
    "import sys; sys.path[:0] = sys.argv[1:]; from cli.mcp.behind_http import main; sys.exit(main())",
    str(_ROOT),
    str(_ROOT / "layers" / "shared" / "python"),
)
# The rest of the engine's environment is for its functions, and contains its access key.
_INHERITED: Final = ("PATH", "LANG", "TMPDIR", "HOME")
# What the transport reads of a request.
_HEADERS: Final = ("content-type", "mcp-protocol-version", "mcp-method", "mcp-name")
_NO_HOME: Final = "mcp"
"""What the program takes for its home: a folder within the engine's that is not there."""

BEARER: Final = (b"www-authenticate", b'Bearer realm="paysandbox"')
"""Of a response to a request without a valid key."""
_ONLY_POST: Final = (b"allow", b"POST")


class ProgramEndedError(Exception):
    """The program ended before it answered."""


class AllBusyError(Exception):
    """Every program that may run is in a call for another key."""


class McpProgram:
    """A running program for one key. Whoever asks it has its turn."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=environment, cwd=folder, stdin=pipe, stdout=pipe)
        self.turn = asyncio.Lock()

    @property
    def has_ended(self) -> bool:
        """Whether it cannot answer any more."""
        return self._process.poll() is not None

    def ask(self, request: Mapping[str, Any]) -> Any:
        """Send a request and return the answer. Raises ProgramEndedError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError("the program has no pipes")
        try:
            stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            stdin.flush()
            return json.loads(stdout.readline())
        except (OSError, ValueError) as error:
            raise ProgramEndedError(str(error)) from error

    def end(self) -> None:
        """End it, in the middle of a call if need be."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not written yet
                    pipe.close()


class Mcp:
    """The programs by key. `is_key` says whether a text is the secret key of a merchant."""

    def __init__(
        self,
        home: Path,
        port: int,
        is_key: Callable[[str], bool],
        environment: Mapping[str, str],
        *,
        command: Sequence[str] = COMMAND,
        call_s: float = CALL_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._home = home
        self._port = port
        self._is_key = is_key
        self._environment = environment
        self._command = command
        self._call_s = call_s
        self._idle_s = idle_s
        # The least recently used first.
        self._programs: dict[str, McpProgram] = {}
        self._idle: dict[str, asyncio.TimerHandle] = {}
        # Of their own, so that calls that take long do not delay what else the engine does in threads.
        self._threads = ThreadPoolExecutor(PROGRAMS_MAX, thread_name_prefix="mcp")

    def serves(self, request: Request) -> bool:
        """Whether this answers the request."""
        return request.path == PATH

    def refusal(self, request: Request) -> Reply | Refusal | None:
        """Return the answer to a request that is refused before its body is read. Its `Host` has been checked."""
        if request.is_from_a_web_page:
            return Refusal("forbidden", 403, "/mcp is for programs, not for web pages.")
        if request.method != "POST":
            # No stream and no session is offered (Streamable HTTP, "Listening for Messages", "Session Management").
            return Reply(405, "text/plain", b"/mcp answers POST only.\n", [_ONLY_POST])
        if not self._is_key(_key_in(request)):
            return Refusal("api_key_invalid", 401, "Send a merchant's API key as `Authorization: Bearer sk_test_…`.")
        return None

    async def answer(self, request: Request, body: bytes, python: str | None) -> Reply | Refusal:
        """Answer a request that was not refused. `python` is the interpreter that ran the last `paysandbox up`."""
        if python is None:
            return Refusal("service_unavailable", 503, "The program is not known. Run paysandbox up.")
        headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
        envelope = {"headers": headers, "body": body.decode("utf-8", "replace")}
        key = _key_in(request)
        try:
            answered = await self._ask(key, python, envelope)
        except AllBusyError:
            return Refusal("service_unavailable", 503, "The calls of other keys are running. Try again.")
        except TimeoutError:
            return Refusal("upstream_timeout", 504, f"The call took over {self._call_s:g} s. Its outcome is not known.")
        except (OSError, ProgramEndedError):
            return Refusal("upstream_error", 502, "The program ended during the call. Its outcome is not known.")
        self._end_when_idle(key)
        content = answered["body"]
        return Reply(answered["status"], "application/json", b"" if content is None else content.encode())

    def end(self) -> None:
        """End every program."""
        for key in [*self._programs]:
            self._end(key)

    async def _ask(self, key: str, python: str, envelope: Mapping[str, Any]) -> Any:
        while True:
            program = self._program(key, python)
            async with program.turn:
                # It may have ended with the call before this one.
                if self._programs.get(key) is program and not program.has_ended:
                    return await self._call(program, key, envelope)

    async def _call(self, program: McpProgram, key: str, envelope: Mapping[str, Any]) -> Any:
        """Return the program's answer. Without one, the program ends: what it still answers is of this call."""
        self._stop_timer(key)
        call = asyncio.get_running_loop().run_in_executor(self._threads, program.ask, envelope)
        try:
            return await asyncio.wait_for(call, self._call_s)
        except BaseException:
            # Another call may have started the key's next program already.
            if self._programs.get(key) is program:
                self._end(key)
            raise

    def _program(self, key: str, python: str) -> McpProgram:
        program = self._programs.pop(key, None)
        if program is not None and program.has_ended:
            program.end()
            program = None
        if program is None:
            if len(self._programs) >= PROGRAMS_MAX:
                self._end_one()
            environment = {name: self._environment[name] for name in _INHERITED if name in self._environment}
            environment |= {
                "PAYSANDBOX_HOME": str(self._home / _NO_HOME),
                "PAYSANDBOX_BASE_URL": f"http://127.0.0.1:{self._port}",
                "PAYSANDBOX_API_KEY": key,
            }
            program = McpProgram([python, *self._command], environment, self._home)
        self._programs[key] = program
        return program

    def _end_one(self) -> None:
        """End the program that was used least recently, of those that are in no call."""
        key = next((key for key, program in self._programs.items() if not program.turn.locked()), None)
        if key is None:
            raise AllBusyError
        self._end(key)

    def _stop_timer(self, key: str) -> None:
        if (timer := self._idle.pop(key, None)) is not None:
            timer.cancel()

    def _end_when_idle(self, key: str) -> None:
        self._stop_timer(key)
        self._idle[key] = asyncio.get_running_loop().call_later(self._idle_s, self._end, key)

    def _end(self, key: str) -> None:
        self._stop_timer(key)
        if (program := self._programs.pop(key, None)) is not None:
            program.end()


def _key_in(request: Request) -> str:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""
