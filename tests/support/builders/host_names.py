"""Names of hosts for every place that decides by a name whether a host is this machine."""

from typing import Final

THIS_MACHINE: Final = ("localhost", "shop.localhost", "a.b.localhost")
OTHERS: Final = (
    "evil-localhost", "notlocalhost", "evillocalhost", "a.evil-localhost", "localhost.evil.example",
    "localhost-evil.example", "localhosts", "shop.localhost.evil", "xn--localhost", "_localhost", "evil.example",
)  # fmt: skip
"""They only look like it. Anybody can have a name in their own DNS that leads here."""
