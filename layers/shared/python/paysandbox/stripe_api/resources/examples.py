"""How clients use resources: what the reference, code samples, example events, `trigger` and `verify` send and expect.

No function imports it.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from paysandbox.core.record import record


@record(kw_only=True)
class Example:
    """An object of a resource, by the parameters of its routes as a form has them."""

    created: Mapping[str, str]
    """Those that create it."""
    shown: Mapping[str, Any]
    """What it then shows, among others."""
    updated: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those that change it."""
    shown_updated: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What it shows after that."""
    listed: Mapping[str, str] = field(default_factory=dict[str, str])
    """A filter that then lists it, and no other one."""
    events: tuple[str, ...] = ("created", "updated")
    """The ends of the types of its events, which its resource declares. Reading that takes the program too long."""
    refused: Mapping[str, str]
    """One or more parameters that, beside those that create it, are refused."""
    refused_param: str
    """Which of them the refusal names."""


EXAMPLES: Final[Mapping[str, Example]] = {
    "tax_rate": Example(
        created={"display_name": "VAT", "inclusive": "false", "percentage": "19", "country": "DE"},
        shown={"display_name": "VAT", "inclusive": False, "active": True, "country": "DE"},
        updated={"active": "false"},
        shown_updated={"active": False, "display_name": "VAT"},
        listed={"active": "false"},
        refused={"percentage": "101"},
        refused_param="percentage",
    ),
}
"""By Stripe's name of the objects."""
