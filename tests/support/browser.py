"""Control a real browser through the DevTools protocol, to open and use pages as people do.

Chromium is controlled through a pipe (`--remote-debugging-pipe`): each message is JSON, terminated by a zero byte.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import Any, Final

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

WAIT_MS: Final = 60_000
_END: Final = b"\0"

FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip

# Chromium reads from file descriptor 3 and writes to 4. Both are duplicated first, since the numbers may overlap.
_AS_3_AND_4: Final = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(read, 3)
os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""

# Polls a condition until it is true or time runs out. Resolves to whether it became true.
_UNTIL: Final = """new Promise((resolve) => {
  const end = Date.now() + %d;
  const look = () => {
    if (%s) resolve(true); else if (Date.now() > end) resolve(false); else setTimeout(look, 50);
  };
  look();
})"""


class Page:
    """A browser tab. `errors` has script exceptions, and errors of the page's policy and of the network."""

    def __init__(self, read: RawIOBase, write: RawIOBase) -> None:
        self._read = read
        self._write = write
        self._unread = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def show(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Set the window size and the system's color scheme."""
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str) -> None:
        """Open a URL, and wait until the page and its resources are loaded."""
        self._events.clear()
        self._call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._message())

    def read(self, expression: str) -> Any:
        """Evaluate a JavaScript expression. Awaits promises."""
        done = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        assert self.read(_UNTIL % (WAIT_MS, condition)), f"not in time: {condition}"

    def arrive(self, condition: str) -> None:
        """Wait until an expression is true of the page to which the tab is navigating."""
        end = time.monotonic() + WAIT_MS / 1000
        while True:
            # While the tab navigates, there is no page or only a part of it to evaluate the expression in.
            done = self._send("Runtime.evaluate", expression=condition, returnByValue=True)
            if done.get("result", {}).get("result", {}).get("value") is True:
                return
            assert time.monotonic() < end, f"not in time: {condition}"
            self._send("Runtime.evaluate", expression="new Promise((go) => setTimeout(go, 50))", awaitPromise=True)

    def press(self, key: str) -> None:
        """Press and release a key."""
        text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        code = {"Enter": 13, "ArrowDown": 40, "Escape": 27, "Tab": 9}.get(key, 0)
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def type(self, text: str) -> None:
        """Type into the focused element."""
        self._call("Input.insertText", text=text)

    def screenshot(self, file: Path) -> None:
        """Save a screenshot as PNG."""
        file.write_bytes(b64decode(self._call("Page.captureScreenshot")["data"]))

    @property
    def errors(self) -> Sequence[str]:
        """Errors since the page was opened."""
        self._call("Runtime.evaluate", expression="0")  # all earlier events arrive before the response
        thrown = [e["params"]["exceptionDetails"] for e in self._events if e["method"] == "Runtime.exceptionThrown"]
        logged = [e["params"]["entry"] for e in self._events if e["method"] == "Log.entryAdded"]
        return [
            *(str(each.get("exception", each).get("description", each)) for each in thrown),
            *(f"{each['text']} {each.get('url', '')}" for each in logged if each["level"] == "error"),
        ]

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        answer = self._send(method, **parameters)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + _END)
        while (answer := self._message()).get("id") != self._number:
            self._events.append(answer)
        return answer

    def _message(self) -> dict[str, Any]:
        while _END not in self._unread:
            part = self._read.read(1 << 16)
            assert part, "the browser ended"
            self._unread += part
        message, _, self._unread = self._unread.partition(_END)
        return json.loads(message)


@contextmanager
def opened(profile: Path, *flags: str) -> Iterator[Page]:
    """Start a browser with the given profile folder, and stop it at the end of the block."""
    to_browser, ours_out = os.pipe()
    ours_in, from_browser = os.pipe()
    browser = [str(CHROMIUM), *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}", *flags]
    with subprocess.Popen(
        [sys.executable, "-c", _AS_3_AND_4, str(to_browser), str(from_browser), *browser],
        pass_fds=(to_browser, from_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(to_browser)
        os.close(from_browser)
        with os.fdopen(ours_in, "rb", buffering=0) as read, os.fdopen(ours_out, "wb", buffering=0) as write:
            try:
                yield Page(read, write)
            finally:
                process.terminate()
