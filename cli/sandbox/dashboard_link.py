"""The dashboard's address, with which a browser signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard_site.policy import PATH
from engine.wall.sign_in import make_token

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.state.state_dir import StateDir


def sign_in_url(home: StateDir, target: Target) -> str:
    """Return a link to the local sandbox's dashboard that signs in once, within ten minutes.

    The token is in the fragment, which browsers send to no server. The page removes it from the address bar.
    """
    return f"{target.base_url}{PATH}/#token={make_token(home.path)}"
