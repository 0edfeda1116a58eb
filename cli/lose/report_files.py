"""The report of a run as files: Markdown for a pull request, JUnit's XML for CI, and one HTML page without links."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from cli.lose.mcp_tools import refutations, tool_lines
from cli.lose.report import (
    headline,
    not_judged,
    not_tried,
    repeat_command,
    summary_of,
    timeline,
    verdict,
    worst_first,
)
from cli.lose.results import Outcome, Result, Run, likely_cause
from cli.terminal.text import counted

_MARKS: Final = {
    Outcome.LOST: "✗",
    Outcome.NO_LOSS: "✓",
    Outcome.NOT_JUDGED: "·",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_EXERCISED: "?",
}
# XML 1.0, section 2.2: what a document cannot contain.
_NOT_XML: Final = {code: "?" for code in range(0x20) if code not in {0x9, 0xA, 0xD}}

_ANNOTATIONS: Final = 10

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem; vertical-align: top;
border-bottom: 1px solid #ddd } pre { background: #f6f6f6; padding: .8rem; font-size: 13px; white-space: pre-wrap }
pre, td { overflow-wrap: anywhere }
.lost { color: #b00020; font-weight: 600 } .none { color: #1b6e3c } .other { color: #8a5a00 }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e8e8e8 } pre { background: #22252b }
th, td { border-color: #3a3d44 } .lost { color: #ff7b86 } .none { color: #6fd08c } .other { color: #e6b450 } }
"""


def as_markdown(run: Run) -> str:
    """Return the report for a pull request."""
    lines = ["# Lost answers", "", headline(run), "", f"**{_escaped(verdict(run))}**", ""]
    lines += ["| | cell | call | outcome |", "|---|---|---|---|"]
    for result in run.red_first:
        cell = f"{result.cell.title} (`{result.cell}`)"
        row = (_MARKS[result.outcome], cell, _escaped(result.request), _escaped(_said(run, result)))
        lines.append(f"| {' | '.join(row)} |")
    for result in worst_first(run):
        lines += ["", f"## {_escaped(result.where)}: {_escaped(summary_of(result, run.expected))}", ""]
        cause = likely_cause(result)
        lines += [f"Likely cause: {_escaped(cause)}", ""] if cause else []
        lines += [
            "```text",
            *timeline(result),
            "```",
            "",
            "Repeat it:",
            "",
            "```bash",
            repeat_command(run, result),
            "```",
        ]
    if run.tools:
        lines += ["", "## Tools", "", *(f"- {_escaped(line)}" for line in tool_lines(run.tools))]
    lines += ["", *filter(None, [not_tried(run), not_judged(run)]), ""]
    return "\n".join(lines)


def as_junit(run: Run) -> str:
    """Return the report as JUnit's XML: a cell without a verdict is an error, or skipped, and never passes."""
    results = run.red_first
    wrong = [("run without faults", verdict(run))] if run.disagreements else []
    wrong += [("hints of tools", sentence) for sentence in refutations(run.tools)]
    suite = ET.Element(
        "testsuite",
        name="paysandbox lose",
        tests=str(len(results) + len(wrong)),
        failures=str(len(run.of(Outcome.LOST))),
        errors=str(len(run.of(Outcome.INCONCLUSIVE)) + len(wrong)),
        skipped=str(len(run.of(Outcome.NOT_EXERCISED)) + len(run.of(Outcome.NOT_JUDGED))),
        time=f"{run.took_s:.1f}",
    )
    for name, message in wrong:
        case = ET.SubElement(suite, "testcase", classname="paysandbox.lose", name=name)
        ET.SubElement(case, "error", message=_xml(message))
    for result in results:
        case = ET.SubElement(
            suite,
            "testcase",
            classname="paysandbox.lose",
            name=f"{result.cell.title}: {result.request} ({result.cell})",
            time=f"{result.took_s:.1f}",
        )
        match result.outcome:
            case Outcome.LOST:
                failure = ET.SubElement(case, "failure", message=_xml(summary_of(result, run.expected)))
                parts = [likely_cause(result), *timeline(result), repeat_command(run, result)]
                failure.text = _xml("\n".join(filter(None, parts)))
            case Outcome.INCONCLUSIVE:
                ET.SubElement(case, "error", message=_xml(_said(run, result)))
            case Outcome.NOT_EXERCISED | Outcome.NOT_JUDGED:
                ET.SubElement(case, "skipped", message=_xml(_said(run, result)))
            case Outcome.NO_LOSS:
                pass
    ET.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def as_badge(run: Run) -> str:
    """Return what shields.io shows as a badge (https://shields.io/badges/endpoint-badge)."""
    cells = len(run.results)
    message, color = {
        0: (f"no loss in {counted(cells, 'cell')}", "brightgreen"),
        1: (f"{len(run.of(Outcome.LOST))} of {counted(cells, 'cell')}: money lost", "red"),
    }.get(run.exit_code, ("not judged", "yellow"))
    badge = {"schemaVersion": 1, "label": "lost answers", "message": message, "color": color}
    return json.dumps(badge) + "\n"


def as_annotations(run: Run) -> list[str]:
    """Return a line for each loss that GitHub shows at the job and at the pull request (workflow commands).

    It shows ten errors of a step.
    """
    return [
        f"::error title={_in_property(f'{result.where}: {summary_of(result, run.expected)}')}::"
        f"{_in_command(f'{likely_cause(result)} Repeat it: {repeat_command(run, result)}')}"
        for result in worst_first(run)[:_ANNOTATIONS]
    ]


def _in_command(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_command(text).replace(":", "%3A").replace(",", "%2C")


def as_html(run: Run) -> str:
    """Return one page that loads nothing."""
    return "\n".join(["<!doctype html>", '<html lang="en">', *_head(), "<body>", *_body(run), "</body>", "</html>", ""])


def _head() -> Iterator[str]:
    yield '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f"<title>Lost answers</title><style>{_STYLE}</style></head>"


def _body(run: Run) -> Iterator[str]:
    yield f"<h1>Lost answers</h1><p>{html.escape(headline(run))}</p>"
    bad = run.of(Outcome.LOST) or run.disagreements or refutations(run.tools)
    yield f'<p class="{"lost" if bad else "none" if run.exit_code == 0 else "other"}">{html.escape(verdict(run))}</p>'
    yield "<table><thead><tr><th></th><th>Cell</th><th>Call</th><th>Outcome</th></tr></thead><tbody>"
    for result in run.red_first:
        style = {Outcome.LOST: "lost", Outcome.NO_LOSS: "none"}.get(result.outcome, "other")
        named = f"{html.escape(result.cell.title)}<br><code>{result.cell}</code>"
        cells = (_MARKS[result.outcome], named, html.escape(result.request), html.escape(_said(run, result)))
        yield f'<tr class="{style}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
    yield "</tbody></table>"
    for result in worst_first(run):
        yield f"<h2>{html.escape(f'{result.where}: {summary_of(result, run.expected)}')}</h2>"
        if cause := likely_cause(result):
            yield f"<p>Likely cause: {html.escape(cause)}</p>"
        yield f"<pre>{html.escape(chr(10).join(timeline(result)))}</pre>"
        yield f"<p>Repeat it:</p><pre>{html.escape(repeat_command(run, result))}</pre>"
    if run.tools:
        lines = "".join(f"<li>{html.escape(line)}</li>" for line in tool_lines(run.tools))
        yield f"<h2>Tools</h2><ul>{lines}</ul>"
    yield f"<p>{html.escape(not_tried(run))} Seed {run.seed}.</p>"
    if limit := not_judged(run):
        yield f"<p>{html.escape(limit)}</p>"


def _said(run: Run, result: Result) -> str:
    if result.outcome is Outcome.LOST:
        return f"{summary_of(result, run.expected)}{result.when}"
    return f"{result.outcome}{f': {result.reason}' if result.reason else ''}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _xml(text: str) -> str:
    return text.translate(_NOT_XML)
