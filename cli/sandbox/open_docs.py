"""`paysandbox open`: the sandbox's API reference in the browser."""

from __future__ import annotations

import webbrowser

from cli.connection.sandbox_info import docs_url
from cli.connection.target import resolve
from cli.sandbox.state_dir import StateDir
from cli.terminal.output import print_json, print_line, print_note


def open_command(home: StateDir, environment: str, *, print_only: bool, as_json: bool) -> None:
    """Print the URL, and open it in the browser unless `print_only`."""
    url = docs_url(resolve(environment, home))
    if as_json:
        print_json({"docs_url": url})
    else:
        print_line(url)
    if not print_only and not webbrowser.open(url):
        print_note("No browser could be opened.")
