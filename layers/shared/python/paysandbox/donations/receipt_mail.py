"""The e-mail receipt of a donation, which keeps the donor's text from changing the rest of the e-mail.

Headers contain nothing from the donor except the recipient's address. The donor's message is quoted in the text and
HTML bodies, and escaped in HTML.
"""

import html
import json
import re
from typing import Final

from paysandbox.core.amount_text import amount_text
from paysandbox.core.record import record
from paysandbox.donations.donation import Donation

# A single address that SES accepts: ASCII, with a local part that needs no quotes (RFC 5322, section 3.4.1).
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")

# Characters that end a line or change how surrounding text is displayed: control characters, lone surrogates, and marks
# that change the text direction (Unicode, "Bidirectional Algorithm", explicit formatting).
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_LINE_ENDS: Final = re.compile("\r\n?|[\u0085\u2028\u2029]")


@record(kw_only=True)
class Mail:
    """An e-mail: its subject, and its body as text and as HTML."""

    subject: str
    text: str
    html: str


def render_receipt(donation: Donation) -> Mail:
    """Render the receipt of a paid donation. It addresses anonymous donors by name, since only they receive it."""
    amount = amount_text(donation.paid, donation.currency)
    name = " ".join(_lines(donation.donor.name)).strip()
    facts = {
        "Amount": amount,
        **({"Given back": amount_text(donation.refunded, donation.currency)} if donation.refunded else {}),
        "Donation": donation.id,
        "Date": f"{donation.created_at:%Y-%m-%d %H:%M} UTC",
    }
    message = _lines(donation.message) if donation.message is not None else []
    return Mail(
        subject=f"Thank you for your donation of {amount}",
        text=_text(name, facts, message),
        html=_html(name, facts, message),
    )


def recipient_of(donation: Donation) -> str | None:
    """Return the recipient's address, or None if it is not a single plain address."""
    return donation.donor.email if _ADDRESS.fullmatch(donation.donor.email) else None


def render_notification(donation_id: str) -> str:
    """Return the queue message that requests a donation's receipt."""
    return json.dumps({"donation_id": donation_id})


def read_notification(body: str) -> str:
    """Return the donation id of a queue message. Raises ValueError, TypeError or LookupError."""
    donation_id = json.loads(body)["donation_id"]
    if not isinstance(donation_id, str):
        raise TypeError("donation_id is no text")
    return donation_id


def _lines(written: str) -> list[str]:
    """Split text into lines, without invisible characters."""
    return [_UNSEEN.sub("", line).replace("\t", " ") for line in _LINE_ENDS.sub("\n", written).split("\n")]


def _text(name: str, facts: dict[str, str], message: list[str]) -> str:
    written = ["You wrote:", "", *(f"> {line}" for line in message), ""] if message else []
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


def _html(name: str, facts: dict[str, str], message: list[str]) -> str:
    quoted = "<br>".join(html.escape(line) for line in message)
    rows = "".join(
        f'<tr><th align="left">{what}</th><td>{html.escape(value)}</td></tr>' for what, value in facts.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Thank you</title></head><body>'
        f"<p>Dear {html.escape(name)},</p>"
        f"<p>Thank you for your donation of {html.escape(facts['Amount'])}.</p>"
        + (f"<p>You wrote:</p><blockquote>{quoted}</blockquote>" if message else "")
        + f"<table>{rows}</table><p>Donate Now</p></body></html>"
    )
