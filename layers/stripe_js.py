"""Builds the stand-in for Stripe's browser library from stripe_js/: a script, and the files of its frames.

    stripe_js_files()  # → {"script.js": "(() => {…", "trains/acacia.js": …, "frames/frames.js": …, …}

Trains differ in one constant, so the script is stored once. What serves it inserts a train's line (`OPENING`).

The sources are modules, which the browser gets as one script, in one scope: each after those that it imports, without
two that declare the same name. Only the forms of `import` and `export` that they use are read. Comments, indents, empty
lines and the spaces around punctuation are left out. A statement keeps its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "stripe_js"
TRAINS: Final = SOURCES / "trains.json"
ARGUMENTS: Final = SOURCES / "arguments.json"

OPENING: Final = '"use strict";\n(() => {\n'
"""The first lines of a script. The line of a train comes after it (lambdas/reference/stripe_js.py)."""

PAGES: Final = (
    "controller",
    "challenge",
    "three-ds-2-challenge",
    "elements-inner-address",
    "elements-inner-card",
    "elements-inner-card-cvc",
    "elements-inner-card-expiry",
    "elements-inner-card-number",
    "elements-inner-checkout-form",
    "elements-inner-currency-selector",
    "elements-inner-link-authentication",
    "elements-inner-payment",
)
"""The frames' pages, which differ in their names. Suites look for some of them by these."""

_IMPORT: Final = re.compile(r'^import \{\s*([^}]*?),?\s*\} from "\./([^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async function|function|class|const|let) \w)", re.MULTILINE)
_DECLARED: Final = re.compile(r"^(?:export )?(?:async function|function|class|const|let) (\w+)", re.MULTILINE)
_OTHER_FORM: Final = re.compile(r"^(?:import|export) .*", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*\*?(?:[^*]|\*(?!/))*\*/|//.*)[ \t]*\n", re.MULTILINE)
_INDENT: Final = re.compile(r"^[ \t]+", re.MULTILINE)
_KEPT: Final = re.compile(
    r'"(?:[^"\\\n]|\\.)*"'
    r"|`[^\n]*`"  # to the last one of the line: templates can be nested
    r"|(?<=[(,=:])\s*/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"
    r"|(/\*(?:[^*]|\*(?!/))*\*/|(?<=\s)//[^\n]*)"
)
"""Texts, templates and regular expressions, whose spaces count, and as its group a comment, which is left out."""

_SPACED: Final = re.compile(r" *(=>|[=!]==?|&&|\|\||\?\?=?|[={}(),:;?\[\]]) *")
_WITHIN_STATEMENT: Final = re.compile(r"\n\s*(?=\n)|(?<=[{(\[,])\n|\n(?=[)\]}])")
_LAST_COMMA: Final = re.compile(r",(?=[)\]}])")
_CONST: Final = re.compile(r"\bconst\b")
_OPEN_TEMPLATE: Final = re.compile(r"^[^`\n]*(?:`[^`\n]*`[^`\n]*)*`[^`\n]*$", re.MULTILINE)


class ModuleFormError(Exception):
    """A module has a form of import or export, or a template literal of several lines, that the build does not read, or
    a name that another one has."""


def stripe_js_files() -> dict[str, str]:
    """Return the text of every file, by its name below `stripe_js`."""
    from paysandbox.http.keys.credential import OWN_KEY

    table = trains()
    every = [train["name"] for train in table["trains"]]
    files = {
        f"trains/{train['name']}.js": _constant(
            "TRAIN",
            {
                "name": train["name"],
                "version": train["version"],
                "init_checkout": train.get("init_checkout"),
                "refused": " ".join(
                    each["name"]
                    for each in table["functions"]
                    if not each["works"] and train["name"] in trains_of(each, every)
                ),
                "elsewhere": {
                    each["name"]: ", ".join(trains_of(each, every))
                    for each in table["functions"]
                    if train["name"] not in trains_of(each, every)
                },
            },
        )
        for train in table["trains"]
    }
    page = (SOURCES / "frames" / "frame.html").read_text(encoding="utf-8")
    of_frames = '<script src="frames.js"></script>'
    return {
        "script.js": script("script/main.js", {"ARGUMENTS": refusals()}),
        **files,
        **{f"frames/{name}.html": page for name in PAGES},
        "frames/controller.html": page.replace(of_frames, f'{of_frames}\n<script src="console.js"></script>'),
        "frames/console.js": script("frames/console.js", {"ARGUMENTS_TABLE": arguments(), "TRAIN_NAMES": every}),
        "frames/frames.css": (SOURCES / "frames" / "frames.css").read_text(encoding="utf-8"),
        "frames/frames.js": script("frames/main.js", {"CARDS": cards(), "OWN_KEY": OWN_KEY.pattern}),
    }


def trains() -> dict[str, Any]:
    """Return the table of trains and functions."""
    return json.loads(TRAINS.read_text(encoding="utf-8"))


def arguments() -> dict[str, Any]:
    """Return the table of what functions of elements take, and of what is said of anything else."""
    return json.loads(ARGUMENTS.read_text(encoding="utf-8"))


def refusals() -> dict[str, Any]:
    """Return what a train's script has of that table: all that it refuses at once. The frames warn of the rest."""
    table = arguments()
    rows = [row for row in table["elements"] if isinstance(row, dict) and ("values" in row or "check" in row)]
    return {
        "sentences": {
            row["name"]: {"text": row["text"], "source": bool(row["source"])}
            for row in table["sentences"]
            if not row.get("warns")
        },
        "elements": [row for row in rows if not row.get("says")],
        "events": {row["name"]: ", ".join(row["events"]) for row in table["types"]}
        | {"": ", ".join(table["group_events"])},
        "needIntents": [row["name"] for row in table["types"] if row.get("needs_intent")],
    }


def trains_of(function: Mapping[str, Any], every: list[str]) -> list[str]:
    """Return the trains that have a function: from `since` to `until`, or without them from the first to the last."""
    first, last = function.get("since", every[0]), function.get("until", every[-1])
    return every[every.index(first) : every.index(last) + 1]


def cards() -> dict[str, Any]:
    """Return what the frames know of cards: the brands' ranges and formats, and the published test cards."""
    from paysandbox.core.cards.brand import CARD_FORMATS, IIN_RANGES
    from paysandbox.payments.bank.test_cards import TEST_CARDS

    return {
        "ranges": IIN_RANGES,
        "formats": {
            brand: {"lengths": [*known.lengths], "cvc": known.cvc_digits} for brand, known in CARD_FORMATS.items()
        },
        "tests": sorted(TEST_CARDS),
    }


def script(entry: str, constants: Mapping[str, Any]) -> str:
    """Return a module and all that it imports as one script. It sees `constants` by their names."""
    given = "".join(_constant(name, value) for name, value in constants.items())
    files = _in_order(SOURCES / entry, [])
    _check_names(files)
    body = "".join(map(_body, files))
    return f"{OPENING}{given}{_compact(body)}}})();\n"


def _constant(name: str, value: Any) -> str:
    return f"const {name} = {json.dumps(value, ensure_ascii=False, separators=(',', ':'))};\n"


def _in_order(file: Path, found: list[Path]) -> list[Path]:
    """Append a module to those found, after those that it imports, each once."""
    for _, name in _IMPORT.findall(file.read_text(encoding="utf-8")):
        imported = (file.parent / name).resolve()
        if imported not in found:
            _in_order(imported, found)
    found.append(file)
    return found


def _body(file: Path) -> str:
    """Return a module's text without its imports, and without the words that export."""
    text = _EXPORT.sub("", _IMPORT.sub("", file.read_text(encoding="utf-8")))
    text = _COMMENT.sub("", text)
    if other := _OTHER_FORM.search(text) or _OPEN_TEMPLATE.search(text):
        raise ModuleFormError(f"{file.relative_to(ROOT)}: {other[0]}")
    return _INDENT.sub("", text)


def _check_names(files: Sequence[Path]) -> None:
    """Refuse two modules that declare the same name, since all of a script's are in one scope."""
    declared_in: dict[str, Path] = {}
    for file in files:
        for name in _DECLARED.findall(file.read_text(encoding="utf-8")):
            if (other := declared_in.setdefault(name, file)) != file:
                raise ModuleFormError(f"{file.relative_to(ROOT)}: {name} is declared in {other.name} too")


def _compact(text: str) -> str:
    """Return a text without the comments and spaces that mean nothing to the browser."""
    parts: list[str] = []
    start = 0
    for kept in _KEPT.finditer(text):
        parts += [_compact_code(text[start : kept.start()]), "" if kept[1] else kept[0].lstrip()]
        start = kept.end()
    return "".join([*parts, _compact_code(text[start:])])


def _compact_code(code: str) -> str:
    """Return code between texts. What cannot change is declared by the shorter word: the types are checked before."""
    code = _WITHIN_STATEMENT.sub("", _SPACED.sub(r"\1", code))
    return _CONST.sub("let", _LAST_COMMA.sub("", code))
