"""The mail that thanks for a donation: what it says, and how what a donor wrote is kept from saying more.

Nothing of a donor's is in a header but the address that it goes to. In the text what was written is set off, in HTML it
is escaped besides.
"""

import html
import json
import re
from dataclasses import dataclass
from typing import Final

from paysandbox.core.amount_text import amount_text
from paysandbox.donations.donation import Donation

# An address as SES takes it: one, in ASCII, of a local part that needs no quotes (RFC 5322, section 3.4.1).
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")

# What changes how the text around it is shown, or ends a line: controls, lone surrogates, and the marks that turn the
# direction of all that follows (Unicode, "Bidirectional Algorithm", explicit formatting).
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_LINE_ENDS: Final = re.compile("\r\n?|[\u0085\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail: its subject, and its body twice."""

    subject: str
    text: str
    html: str


def render_receipt(donation: Donation) -> Mail:
    """The thanks for a donation that was paid. Anonymous donors are called by their names: the mail is theirs."""
    amount = amount_text(donation.paid, donation.currency)
    name = " ".join(_lines(donation.donor.name)).strip()
    facts = {
        "Amount": amount,
        **({"Given back": amount_text(donation.refunded, donation.currency)} if donation.refunded else {}),
        "Donation": donation.id,
        "Date": f"{donation.created_at:%Y-%m-%d %H:%M} UTC",
    }
    said = _lines(donation.message) if donation.message is not None else []
    return Mail(
        subject=f"Thank you for your donation of {amount}", text=_text(name, facts, said), html=_html(name, facts, said)
    )


def recipient_of(donation: Donation) -> str | None:
    """Whom the mail goes to; None for what is not one plain address."""
    return donation.donor.email if _ADDRESS.fullmatch(donation.donor.email) else None


def render_notification(donation_id: str) -> str:
    """The message that asks for a donation's receipt."""
    return json.dumps({"donation_id": donation_id})


def read_notification(body: str) -> str:
    """The id of the donation whose receipt is asked for. Raises ValueError, TypeError or LookupError."""
    donation_id = json.loads(body)["donation_id"]
    if not isinstance(donation_id, str):
        raise TypeError("donation_id is no text")
    return donation_id


def _lines(written: str) -> list[str]:
    """What somebody wrote, line by line, without what nobody sees."""
    return [_UNSEEN.sub("", line).replace("\t", " ") for line in _LINE_ENDS.sub("\n", written).split("\n")]


def _text(name: str, facts: dict[str, str], said: list[str]) -> str:
    written = ["You wrote:", "", *(f"> {line}" for line in said), ""] if said else []
    lines = [
        f"Dear {name},",
        "",
        f"Thank you for your donation of {facts['Amount']}.",
        "",
        *written,
        *(f"{what}: {value}" for what, value in facts.items()),
        "",
        "Donate Now",
    ]
    return "\n".join(lines) + "\n"


def _html(name: str, facts: dict[str, str], said: list[str]) -> str:
    quoted = "<br>".join(html.escape(line) for line in said)
    rows = "".join(
        f'<tr><th align="left">{what}</th><td>{html.escape(value)}</td></tr>' for what, value in facts.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Thank you</title></head><body>'
        f"<p>Dear {html.escape(name)},</p>"
        f"<p>Thank you for your donation of {html.escape(facts['Amount'])}.</p>"
        + (f"<p>You wrote:</p><blockquote>{quoted}</blockquote>" if said else "")
        + f"<table>{rows}</table><p>Donate Now</p></body></html>"
    )
