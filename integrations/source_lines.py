"""Whether a replay sends every parameter that the pinned source lines send.

A step names its lines (`Lines`). The names that these lines write as keys of a hash, an object, keyword arguments or
fields are compared with those in the replay's form. A name that the lines send only in another case is in `apart`, with
that case. What this cannot see is a key that the source computes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

# What SDKs take beside the parameters: the key, headers and the client's own options.
_OPTIONS: Final = {
    *("api_key", "idempotency_key", "idempotencyKey", "stripe_account", "stripeAccount", "stripe_version"),
    *("apiVersion", "opts"),
}
_QUOTED: Final = r"""['"](\w+)['"]"""
_ASSIGNED: Final = r"""\[:?['"]?(\w+)['"]?\]\s*=(?![=~>])"""
_RULES: Final[Mapping[str, tuple[str, ...]]] = {
    ".java": (r"""\b(?:put|of)\("(\w+)\"""", r"""^\s*"(\w+)",\s"""),
    ".php": (_QUOTED + r"\s*=>", _ASSIGNED),
    ".py": (_QUOTED + r"\s*:", _ASSIGNED, r"(?:^|[(,])\s*(\w+)=(?!=)"),
    ".rb": (r"(?<![\w:?])(\w+):(?!:)(?=\s|$|\}|,)", _QUOTED + r"\s*=>", r":(\w+)\s*=>", _ASSIGNED),
    ".ts": (
        r"""(?:^|[{,])\s*['"]?(\w+)['"]?\s*:(?!:)""",
        r"\.(\w+)\s*=(?![=>])",
        r"^\s*(\w+),?$",
    ),
}
_COMMENT: Final = re.compile(r"(?:(?<!:)//|#(?![\[{])).*$|/\*.*?\*/|^\s*\*.*$", re.MULTILINE)


@dataclass(frozen=True)
class Lines:
    """Lines of a file at the pinned commit, as `12-30`, or those of a struct of Rust, as `struct Name`.

    `apart`: names that they do not send here, and why.
    """

    file: str
    span: str
    apart: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        return f"{PurePosixPath(self.file).name}:{self.span}"

    def of(self, text: str) -> str:
        """Return the lines of the file's text. Raises ValueError if it does not have them."""
        if self.span.startswith("struct "):
            struct = re.search(rf"^pub {self.span} \{{$.*?^\}}$", text, re.MULTILINE | re.DOTALL)
            if struct is None:
                raise ValueError(f"{self.file} has no {self.span}")
            return struct[0]
        first, _, last = self.span.partition("-")
        found = text.splitlines()[int(first) - 1 : int(last or first)]
        if len(found) != int(last or first) - int(first) + 1:
            raise ValueError(f"{self.file} does not have the lines {self.span}")
        return "\n".join(found)


def names_in(code: str, suffix: str) -> set[str]:
    """Return the names that lines of code in a language (`.rb`) write as parameters. Comments do not count."""
    bare = _COMMENT.sub("", code)
    if suffix == ".rs":
        return _fields(bare)
    found = {name for rule in _RULES[suffix] for name in re.findall(rule, bare, re.MULTILINE)}
    # A parameter of Stripe's begins with a small letter, a type of TypeScript does not.
    return {name for name in found if name[0].islower()} - _OPTIONS


def _fields(struct: str) -> set[str]:
    """Return the names that serde writes for the fields of a struct, but those of structs that it flattens."""
    found: set[str] = set()
    attributes = ""
    for line in struct.splitlines():
        field_name = re.match(r"\s*(?:pub )?(\w+): ", line)
        if field_name is None:
            attributes += line
            continue
        renamed = re.search(r'rename = "([^"]+)"', attributes)
        if "serde(flatten)" not in attributes:
            found |= sent_by([renamed[1] if renamed else field_name[1]])
        attributes = ""
    return found


def sent_by(form: Iterable[str]) -> set[str]:
    """Return the names in a form's keys: `card[token]` has `card` and `token`."""
    return {part for name in form for part in re.findall(r"\w+", name) if not part.isdigit()}


def faults(lines: Lines, text: str, form: Iterable[str]) -> Iterator[str]:
    """Yield each parameter of the lines that the form lacks, and each exception that is none (any more)."""
    try:
        named = names_in(lines.of(text), PurePosixPath(lines.file).suffix)
    except ValueError as error:
        yield str(error)
        return
    sent = sent_by(form)
    for name in sorted(named - sent - lines.apart.keys()):
        yield f"{lines} sends {name}, and the replay does not"
    for name in sorted(lines.apart.keys() - named):
        yield f"{lines} does not send {name}, which the replay leaves out"
