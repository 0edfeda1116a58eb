"""Donors, as a token names them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """Who donates, as an identity token's claims say: the pool's `sub`, the verified e-mail in lower case, the name."""

    user_id: str
    email: str
    name: str
