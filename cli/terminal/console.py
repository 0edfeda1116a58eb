"""Rich consoles for the program's two streams: results on stdout, everything else on stderr.

`Text` and `Console` differ from rich's in one way: a string is printed literally. It contains no markup, and control
characters are escaped (`visible_text`). Rich's own classes are not used elsewhere, so this cannot be forgotten.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import IO, Any, cast

import rich.console
import rich.text
from rich.protocol import is_renderable
from rich.style import Style

from cli.terminal.visible_text import is_plain, lines_of, visible

Styled = str | rich.text.Text | tuple[str, str | Style]


class Text(rich.text.Text):
    """One line. A line break in a string is shown as `\\n`; `lines` and `block` make more than one."""

    def __init__(self, text: str = "", style: str | Style = "", **layout: Any) -> None:
        super().__init__(visible(text), style, **layout)

    def append(self, text: str | rich.text.Text, style: str | Style | None = None) -> Text:
        """Add a string or a text at the end."""
        super().append(visible(text) if isinstance(text, str) else text, style)
        return self

    def join(self, lines: Iterable[rich.text.Text]) -> Text:
        """These texts, with this one between them."""
        return cast("Text", super().join(lines))

    def blank_copy(self, plain: str = "") -> Text:
        """A text of the same layout; rich makes joined texts of it."""
        layout = {name: getattr(self, name) for name in ("justify", "overflow", "no_wrap", "end", "tab_size")}
        return Text(plain, self.style, **layout)

    def __add__(self, other: object) -> Text:
        return self.assemble(self, other) if isinstance(other, str | rich.text.Text) else NotImplemented

    @classmethod
    def assemble(cls, *parts: Styled, **layout: Any) -> Text:
        """A text of strings, strings with a style, and texts."""
        return cast("Text", super().assemble(*parts, **layout))

    @classmethod
    def lines(cls, parts: Iterable[rich.text.Text]) -> Text:
        """These texts, one below the other."""
        whole = cls()
        for number, part in enumerate(parts):
            if number:
                rich.text.Text.append(whole, "\n")
            whole.append_text(part)
        return whole

    @classmethod
    def block(cls, text: str, style: str | Style = "") -> Text:
        """A string that is meant to have lines."""
        return cls.lines(cls(line, style) for line in lines_of(text))


class Console(rich.console.Console):
    """A console that prints strings as `Text`."""

    def __init__(self, **settings: Any) -> None:
        # With NO_COLOR, rich drops colors and keeps bold and dim. Without a color system, there is no style at all.
        if is_plain():
            settings["color_system"] = None
        super().__init__(highlight=False, markup=False, emoji=False, **settings)

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print them; what rich does not know is printed as its string."""
        super().print(*(item if is_renderable(item) else str(item) for item in objects), **settings)

    def render_str(self, text: str, *, style: str | Style = "", **settings: Any) -> Text:
        """Rich asks this for every string that it meets, in tables too."""
        return Text(text, style, justify=settings.get("justify"), overflow=settings.get("overflow"))


def answers() -> Console:
    """The console on stdout, for results."""
    return Console(soft_wrap=True)


def stderr_console() -> Console:
    """The console on stderr, for everything else. Printing on it never fails.

    If the terminal is closed while a command runs, the command must still stop the sandbox gracefully.
    """
    return Console(file=_Unfailing(sys.stderr), stderr=True)


class _Unfailing:
    """A stream that ignores write errors."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
