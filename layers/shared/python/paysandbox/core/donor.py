"""Donors, as identified by an identity token."""

from paysandbox.core.record import record


@record(kw_only=True)
class Donor:
    """A donor's claims from an identity token: the pool's `sub`, the verified email in lower case, and the name."""

    user_id: str
    email: str
    name: str
