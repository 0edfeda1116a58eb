"""Control a real browser through the DevTools protocol, to open and use pages as people do.

    with started(profile) as browser, browser.tab() as page:
        page.open(url)

Tabs share nothing, as if each had a browser of its own, whose start takes a second. Chromium is controlled through a
pipe (`--remote-debugging-pipe`): each message is JSON, terminated by a zero byte.
"""

import json
import os
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import Any, Final

from tests.support.tools import chromium

WAIT_MS: Final = 60_000
_SHOWN_CHARACTERS: Final = 2_000
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
os.execvp(sys.argv[3], sys.argv[3:])
"""

# Polls a condition until it is true or time runs out. Resolves to whether it became true.
_UNTIL: Final = """new Promise((resolve) => {
  const end = Date.now() + %d;
  const look = () => {
    if (%s) resolve(true); else if (Date.now() > end) resolve(false); else setTimeout(look, 50);
  };
  look();
})"""


# Resolves to the middle of a control, once it no longer moves and nothing covers it: a dialog that opens does both.
_MIDDLE: Final = """new Promise((resolve) => {
  const end = Date.now() + %d;
  let before = '';
  const look = () => {
    const it = %s;
    if (it) {
      it.scrollIntoView({block: 'center'});
      const box = it.getClientRects()[0];
      const middle = [box.x + box.width / 2, box.y + box.height / 2];
      const there = document.elementFromPoint(...middle);
      const rests = before === String(middle) && (it.contains(there) || there?.contains(it));
      if (rests || Date.now() > end) return resolve(middle);
      before = String(middle);
    }
    setTimeout(look, 20);
  };
  look();
})"""
# Some controls are covered on purpose, such as a radio button by its label.
_SETTLING_MS: Final = 2_000


# The visible controls. An open dialog hides the others from screen readers, and so from here.
_CONTROLS: Final = """[...document.querySelectorAll(
  'a, button, input, select, textarea, summary, [role=tab], [role=listbox], [role=option]'
)].filter((it) => it.checkVisibility() && !it.closest('[aria-hidden=true]'))"""
_DIALOGS: Final = "[...document.querySelectorAll('[role=dialog]')].filter((it) => !it.closest('[aria-hidden=true]'))"
_NAME: Final = """((it) => (
  it.getAttribute('aria-label') || it.labels?.[0]?.textContent || it.textContent || ''
).replace(/\\s+/g, ' ').trim())"""

_KEY_CODES: Final = {
    "Enter": 13, "Escape": 27, "Tab": 9, " ": 32,
    "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip
_MOST_TABS: Final = 100


def control(name: str, within: str = "body") -> str:
    """Return a JavaScript expression for the control with an accessible name, or else one that contains it.

    It is within an element that the selector `within` finds.
    """
    inside = f"(it) => it.closest({json.dumps(within)})"
    names = f"{_CONTROLS}.filter({inside}).map((it) => [it, {_NAME}(it)])"
    wanted = json.dumps(name)
    return (
        f"((all) => (all.find(([, name]) => name === {wanted}) ?? all.find(([, name]) => name.includes({wanted})) "
        f"?? [])[0])({names})"
    )


class Browser:
    """A browser, to which one tab at a time is open."""

    def __init__(self, read: RawIOBase, write: RawIOBase) -> None:
        self._read = read
        self._write = write
        self._unread = b""
        self._number = 0

    @contextmanager
    def tab(self) -> "Iterator[Page]":
        """Open a tab with empty storage and an empty cache, and close it at the end of the block."""
        context = self._call("Target.createBrowserContext")["browserContextId"]
        target = self._call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        try:
            yield Page(self, self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        finally:
            self._call("Target.disposeBrowserContext", browserContextId=context)

    def send(self, method: str, parameters: Mapping[str, Any], session: str | None = None) -> int:
        """Send a command, to a tab or to the browser. Returns its number, which the answer has."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        message |= {} if session is None else {"sessionId": session}
        self._write.write(json.dumps(message).encode() + _END)
        return self._number

    def message(self, session: str | None = None) -> dict[str, Any]:
        """Return the next answer or event of a tab, or of the browser. Those of earlier tabs are passed over."""
        while True:
            while _END not in self._unread:
                part = self._read.read(1 << 16)
                assert part, "the browser ended"
                self._unread += part
            text, _, self._unread = self._unread.partition(_END)
            message: dict[str, Any] = json.loads(text)
            if message.get("sessionId") == session:
                return message

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = self.send(method, parameters)
        while (answer := self.message()).get("id") != number:
            pass
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]


class Page:
    """A browser tab. `errors` has script exceptions, and errors of the page's policy and of the network."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._events: list[dict[str, Any]] = []
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
        return self.read_in((), expression)

    def read_in(self, frames: Sequence[str], expression: str) -> Any:
        """Evaluate an expression in a frame, within which it is the next one, and so on. Waits for these to load."""
        place = self._context_of(frames) if frames else {}
        done = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, **place)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait_in(self, frames: Sequence[str], condition: str) -> None:
        """Wait until an expression is true in a frame. A frame that loads has a first document, which is replaced."""
        end = time.monotonic() + WAIT_MS / 1000
        while True:
            place = self._context_of(frames)
            done = self._send("Runtime.evaluate", expression=f"Boolean({condition})", returnByValue=True, **place)
            if done.get("result", {}).get("result", {}).get("value") is True:
                return
            assert time.monotonic() < end, f"not in time: {condition}"
            self._pause()

    def frame(self, selector: str) -> "Frame":
        """Return the frame of the iframe that a selector finds."""
        return Frame(self, selector)

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        if not self.waited(condition):
            shown = self.read("document.body.innerText")
            raise AssertionError(f"not in time: {condition}\n{self.read('location.href')}\n{shown[:_SHOWN_CHARACTERS]}")

    def waited(self, condition: str) -> bool:
        """Wait until an expression is true. Return whether it became true in time."""
        return self.read(_UNTIL % (WAIT_MS, condition))

    def arrive(self, condition: str) -> None:
        """Wait until an expression is true of the page to which the tab is navigating."""
        end = time.monotonic() + WAIT_MS / 1000
        while True:
            # While the tab navigates, there is no page or only a part of it to evaluate the expression in.
            done = self._send("Runtime.evaluate", expression=condition, returnByValue=True)
            if done.get("result", {}).get("result", {}).get("value") is True:
                return
            assert time.monotonic() < end, f"not in time: {condition}"
            self._pause()

    def press(self, key: str) -> None:
        """Press and release a key."""
        text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        code = _KEY_CODES.get(key, 0)
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def type(self, text: str) -> None:
        """Type into the focused element."""
        self._call("Input.insertText", text=text)

    def click(self, name: str, within: str = "body") -> None:
        """Click the control with an accessible name with the mouse, once there is one that is enabled."""
        found = control(name, within)
        self.wait(f"{found}?.matches(':not(:disabled, [aria-disabled=true])')")
        self.click_element(found)

    def click_element(self, expression: str) -> None:
        """Click the middle of an element with the mouse, once there is one: for what has no accessible name."""
        self.wait(expression)
        x, y = self.read(_MIDDLE % (_SETTLING_MS, expression))
        self._call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def fill(self, name: str, text: str) -> None:
        """Type a text into a field in place of its content."""
        # A dialog that opens moves the focus to its first control.
        self.wait(f"{_DIALOGS}.every((it) => it.contains(document.activeElement))")
        self.click(name)
        self.wait(f"document.activeElement === {control(name)}")
        self.read("document.activeElement.select()")
        self.type(text)

    def tab_to(self, name: str) -> None:
        """Press Tab until the control with an accessible name has the focus, which may be replaced meanwhile."""
        for _ in range(_MOST_TABS):
            self.wait(control(name))
            if self.read(f"document.activeElement === {control(name)}"):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {name!r}")

    def hide_scroll_bars(self) -> None:
        """Show no scroll bars on pages that are opened from now on."""
        self._call("Emulation.setScrollbarsHidden", hidden=True)

    def screenshot(self, file: Path) -> None:
        """Save a screenshot as PNG."""
        file.write_bytes(b64decode(self._call("Page.captureScreenshot")["data"]))

    def heap_bytes(self) -> int:
        """Return the size of the page's JavaScript objects, after a garbage collection."""
        self._call("HeapProfiler.collectGarbage")
        return self._call("Runtime.getHeapUsage")["usedSize"]

    @contextmanager
    def traced(self, *categories: str) -> Iterator[list[dict[str, Any]]]:
        """Record a trace of these categories during the block. Its events are in the list once the block has ended."""
        trace: list[dict[str, Any]] = []
        config = {"includedCategories": categories, "excludedCategories": ["*"]}
        self._call("Tracing.start", transferMode="ReportEvents", traceConfig=config)
        yield trace
        self._call("Tracing.end")
        while (event := self._message())["method"] != "Tracing.tracingComplete":
            self._events.append(event)
        collected = [one for one in self._events if one["method"] == "Tracing.dataCollected"]
        self._events = [one for one in self._events if one not in collected]
        trace += [each for one in collected for each in one["params"]["value"]]

    @property
    def warnings(self) -> Sequence[str]:
        """What the page and its frames of this site have warned of in the console."""
        self._call("Runtime.evaluate", expression="0")  # all earlier events arrive before the response
        called = [e["params"] for e in self._events if e["method"] == "Runtime.consoleAPICalled"]
        return [str(call["args"][0].get("value")) for call in called if call["type"] == "warning"]

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

    def _pause(self) -> None:
        self._send("Runtime.evaluate", expression="new Promise((go) => setTimeout(go, 20))", awaitPromise=True)

    def _context_of(self, frames: Sequence[str]) -> dict[str, int]:
        """Wait for frames of the same site as their page, and return where the innermost one evaluates expressions."""
        end = time.monotonic() + WAIT_MS / 1000
        while (place := self._context_now(frames)) is None:
            assert time.monotonic() < end, f"there is no frame {' > '.join(frames)}"
            self._pause()
        return place

    def _context_now(self, frames: Sequence[str]) -> dict[str, int] | None:
        place: dict[str, int] = {}
        for selector in frames:
            expression = f"document.querySelector({json.dumps(selector)})"
            element = self._send("Runtime.evaluate", expression=expression, **place).get("result", {})
            if (name := element.get("result", {}).get("objectId")) is None:
                return None
            described = self._send("DOM.describeNode", objectId=name).get("result", {})  # none once it was removed
            frame = described.get("node", {}).get("frameId")
            made = [e["params"]["context"] for e in self._events if e["method"] == "Runtime.executionContextCreated"]
            ids = [it["id"] for it in made if frame == it["auxData"]["frameId"] and it["auxData"]["isDefault"]]
            if not ids:
                return None
            place = {"contextId": ids[-1]}
        return place

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        answer = self._send(method, **parameters)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = self._browser.send(method, parameters, self._session)
        while (answer := self._message()).get("id") != number:
            self._events.append(answer)
        return answer

    def _message(self) -> dict[str, Any]:
        return self._browser.message(self._session)


class Frame:
    """A frame of a page, by the selectors of its iframe and of those around it. It is looked for at every use."""

    def __init__(self, page: Page, *selectors: str) -> None:
        self._page = page
        self._selectors = selectors

    def frame(self, selector: str) -> "Frame":
        """Return a frame within this one."""
        return Frame(self._page, *self._selectors, selector)

    def read(self, expression: str) -> Any:
        """Evaluate a JavaScript expression in the frame. Awaits promises."""
        return self._page.read_in(self._selectors, expression)

    def wait(self, condition: str) -> None:
        """Wait until an expression is true, also while the frame still loads."""
        self._page.wait_in(self._selectors, condition)

    def fill(self, selector: str, text: str) -> None:
        """Type a text into the field that a selector finds, in place of its content."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.wait(field)
        self.read(f"({field}.focus(), {field}.select())")
        self._page.type(text)

    def click(self, selector: str) -> None:
        """Click what a selector finds, once it is there."""
        self.wait(f"document.querySelector({json.dumps(selector)})")
        self.read(f"document.querySelector({json.dumps(selector)}).click()")


@contextmanager
def opened(profile: Path) -> Iterator[Page]:
    """Start a browser for one tab."""
    with started(profile) as browser, browser.tab() as page:
        yield page


@contextmanager
def started(profile: Path, *flags: str) -> Iterator[Browser]:
    """Start a browser with the given profile folder, and stop it at the end of the block. Raises ChromiumError."""
    browser = [*chromium.command(), *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}", *flags]
    to_browser, ours_out = os.pipe()
    ours_in, from_browser = os.pipe()
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
                yield Browser(read, write)
            finally:
                process.terminate()
