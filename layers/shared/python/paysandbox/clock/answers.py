"""Bodies of the answers of the clock's routes, as `schemas` has their shapes."""

from datetime import datetime, timedelta

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body


def render_clock(wall: datetime, offset_s: int, *, may_move: bool) -> Body:
    """Render the clock. `wall` is wall-clock time (UTC)."""
    return {
        "now": format_timestamp(wall + timedelta(seconds=offset_s)),
        "wall": format_timestamp(wall),
        "offset_s": offset_s,
        "may_move": may_move,
    }


def render_moved_clock(wall: datetime, offset_s: int, *, unfinished: list[str]) -> Body:
    """Render the clock after it was moved."""
    return render_clock(wall, offset_s, may_move=True) | {"unfinished": unfinished}
