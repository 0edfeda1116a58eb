"""`paysandbox open`: the sandbox's dashboard or its API reference in the browser."""

from __future__ import annotations

import webbrowser

from cli.connection.sandbox_info import docs_url
from cli.connection.target import Target, resolve
from cli.sandbox.dashboard_link import sign_in_url
from cli.state.state_dir import StateDir
from cli.terminal.output import print_json, print_line, print_note


def open_command(home: StateDir, environment: str, *, docs: bool, print_only: bool, as_json: bool) -> None:
    """Print the URL of the dashboard or, with `docs`, of the reference. Open it in the browser unless `print_only`."""
    target = resolve(environment, home)
    name, url = ("docs_url", docs_url(target)) if docs else ("dashboard_url", _dashboard_url(home, target))
    if as_json:
        print_json({name: url})
    else:
        print_line(url)
    if not print_only and not webbrowser.open(url):
        print_note("No browser could be opened.")


def _dashboard_url(home: StateDir, target: Target) -> str:
    return sign_in_url(home, target) if target.is_local else target.outputs("dashboard")["DashboardUrl"]
