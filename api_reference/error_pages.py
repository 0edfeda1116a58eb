"""Error codes as HTML, from the tables of codes and their documentation. layers/docs_site.py adds the navigation."""

import json
import re
from html import escape
from typing import Final

from paysandbox.core.errors import PROBLEMS, Code
from paysandbox.reference.error_docs import ERROR_DOCS, again, example

_CODE: Final = re.compile(r"`([^`]+)`")


def error_page(code: Code) -> str:
    """Return the content of one code's page: its cause, the remedy, whether to retry, an example."""
    constant, explained = PROBLEMS[code], ERROR_DOCS[code]
    shown = json.dumps(example(code), indent=2, ensure_ascii=False)
    return f"""<h1><code>{_breakable(code)}</code></h1>
<p class="title">{constant.status} · {_text(constant.title)}</p>
<h2 id="cause">Cause</h2>
<p>{_text(explained.means)}</p>
<h2 id="remedy">Remedy</h2>
<p>{_text(explained.do)}</p>
<h2 id="retry">Retry?</h2>
<p>{_text(again(code))}</p>
<h2 id="example">Example</h2>
<pre>{escape(shown)}</pre>"""


def error_list() -> str:
    """Return the content of the list of codes, which is one folder above their pages."""
    rows = "\n".join(
        f'<tr><td><a href="errors/{code}"><code>{_breakable(code)}</code></a></td>'
        f"<td>{row.status}</td><td>{_text(row.title)}</td></tr>"
        for code, row in PROBLEMS.items()
    )
    return f"""<h1>Error codes</h1>
<p>Every error is a problem document (RFC 9457) with a stable <code>code</code>. Branch on <code>code</code>, never on
<code>title</code> or <code>detail</code>. A declined card is not an error but a result of the authorization.</p>
<div class="table">
<table>
<thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""


def _breakable(code: Code) -> str:
    """Return the code with line breaks allowed after underscores, for narrow screens."""
    return code.replace("_", "_<wbr>")


def _text(words: str) -> str:
    """Return text as HTML; text in backquotes becomes code."""
    return _CODE.sub(r"<code>\1</code>", escape(words, quote=False))
