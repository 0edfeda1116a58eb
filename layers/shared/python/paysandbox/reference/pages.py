"""Web pages about errors, rendered from the tables of codes and explanations. Links are relative to any base URL."""

import json
import re
from html import escape
from typing import Final

from paysandbox.core.errors import ERROR_PAGES, PROBLEMS, Code
from paysandbox.reference.error_docs import ERROR_DOCS, again, example

HEADERS: Final = {
    # A page loads from and calls its own host only.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Serverless Payments Sandbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{up}docs/pages.css">
</head>
<body>
<nav><a href="{up}docs">API</a> <a href="{up}docs/errors">Errors</a> <a href="{up}openapi.json">OpenAPI</a></nav>
<main>
{body}
</main>
</body>
</html>
"""

_CODE: Final = re.compile(r"`([^`]+)`")


def error_page(code: Code, *, slashed: bool = False) -> str:
    """Render the page of one code: cause, remedy and an example. `slashed`: the path ended with a slash."""
    constant, advice = PROBLEMS[code], ERROR_DOCS[code]
    shown = json.dumps(example(code), indent=2, ensure_ascii=False)
    body = f"""<h1><code>{_breakable(code)}</code></h1>
<p class="title">{constant.status} · {_text(constant.title)}</p>
<h2>What it means</h2>
<p>{_text(advice.means)}</p>
<h2>What to do</h2>
<p>{_text(advice.do)}</p>
<h2>Try again?</h2>
<p>{_text(again(code))}</p>
<h2>Example</h2>
<pre>{escape(shown)}</pre>"""
    return _PAGE.format(title=code, up=_up(2 + slashed), body=body)


def error_list(*, slashed: bool = False) -> str:
    """Render the page of all codes."""
    up = _up(1 + slashed)
    rows = "\n".join(
        f'<tr><td><a href="{up}{ERROR_PAGES.strip("/")}/{code}"><code>{_breakable(code)}</code></a></td>'
        f"<td>{row.status}</td><td>{_text(row.title)}</td></tr>"
        for code, row in PROBLEMS.items()
    )
    body = f"""<h1>Errors</h1>
<p>Every refusal is a problem (RFC 9457) with a stable <code>code</code>, and it moved no money. Branch on
<code>code</code>, never on the words. A declined card is no error: it is an answer of the authorization.</p>
<table>
<thead><tr><th>code</th><th>status</th><th>says</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""
    return _PAGE.format(title="Errors", up=up, body=body)


def _up(levels: int) -> str:
    return "../" * levels


def _breakable(code: Code) -> str:
    """Render a code that a narrow screen may break after an underscore."""
    return code.replace("_", "_<wbr>")


def _text(words: str) -> str:
    """Render text as HTML. Text between backquotes becomes code."""
    return _CODE.sub(r"<code>\1</code>", escape(words, quote=False))
