"""The receipt mail: its contents, and safety against text written by the donor."""

import html.parser
import re
import unicodedata

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.donor import Donor
from paysandbox.donations.donation import Donation
from paysandbox.donations.receipt_mail import Mail, read_notification, recipient_of, render_notification, render_receipt
from tests.support.builders import donations

HOSTILE = "<script>alert(1)</script>\r\nBcc: eve@example.com\u202e\"&'\x00\u2028End"


def paid(*, name: str = donations.ADA.name, message: str | None = "For the library", **parts: object) -> Donation:
    donor = Donor(user_id=donations.ADA.user_id, email=donations.ADA.email, name=name)
    return donations.opened(donor=donor, message=message, **({"paid": 50_00} | parts))


class _Read(html.parser.HTMLParser):
    """The visible text of the HTML, and its elements."""

    def __init__(self, mail: Mail) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags = "", set[str]()
        self.feed(mail.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as its parser calls it
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


OURS = _Read(render_receipt(paid())).tags | {"br"}


def test_complete_mail() -> None:
    mail = render_receipt(paid(message="For the library.\nAnd for you."))
    assert mail.subject == "Thank you for your donation of $50.00"
    assert mail.text == (
        "Dear Ada Lovelace,\n"
        "\n"
        "Thank you for your donation of $50.00.\n"
        "\n"
        "You wrote:\n"
        "\n"
        "> For the library.\n"
        "> And for you.\n"
        "\n"
        "Amount: $50.00\n"
        f"Donation: {donations.DONATION_ID}\n"
        "Date: 2026-11-16 09:30 UTC\n"
        "\n"
        "Donate Now\n"
    )
    assert mail.html == (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Thank you</title></head><body>'
        "<p>Dear Ada Lovelace,</p>"
        "<p>Thank you for your donation of $50.00.</p>"
        "<p>You wrote:</p><blockquote>For the library.<br>And for you.</blockquote>"
        '<table><tr><th align="left">Amount</th><td>$50.00</td></tr>'
        f'<tr><th align="left">Donation</th><td>{donations.DONATION_ID}</td></tr>'
        '<tr><th align="left">Date</th><td>2026-11-16 09:30 UTC</td></tr></table>'
        "<p>Donate Now</p></body></html>"
    )


def test_no_quote_without_a_message() -> None:
    mail = render_receipt(paid(message=None))
    assert "wrote" not in mail.text
    assert "blockquote" not in mail.html


def test_refunds_are_mentioned() -> None:
    mail = render_receipt(paid(refunded=12_50))
    assert "Amount: $50.00\nGiven back: $12.50\n" in mail.text
    assert "<td>$12.50</td>" in mail.html


@pytest.mark.parametrize(
    "amount, currency, shown", [(1250, "jpy", "¥1,250"), (12_50, "usd", "$12.50"), (1_250, "kwd", "KWD 1.250")]
)
def test_amount_is_formatted_for_its_currency(amount: int, currency: str, shown: str) -> None:
    mail = render_receipt(paid(amount=amount, paid=amount, currency=currency))
    assert mail.subject.endswith(f" of {shown}")
    assert f"Amount: {shown}\n" in mail.text
    assert f"<td>{shown}</td>" in mail.html


def test_mail_names_anonymous_donors() -> None:
    assert render_receipt(paid(anonymous=True)).text.startswith("Dear Ada Lovelace,")


# --- donor-written text -----------------------------------------------------------------------------------------------


def test_name_and_message_are_escaped() -> None:
    mail = render_receipt(paid(name=HOSTILE, message=HOSTILE))
    assert mail.subject == "Thank you for your donation of $50.00"
    assert mail.text.startswith("Dear <script>alert(1)</script> Bcc: eve@example.com\"&' End,\n")
    assert "\n> <script>alert(1)</script>\n> Bcc: eve@example.com\"&'\n> End\n" in mail.text
    assert "<script" not in mail.html
    assert "&lt;script&gt;" in mail.html


# Characters that would end a line of the text, or reorder or hide the rest of it.
_SEEN_THROUGH = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_input_adds_no_lines_markup_or_invisible_characters(name: str, message: str) -> None:
    mail, plain = render_receipt(paid(name=name, message=message)), render_receipt(paid(name="N", message="M"))
    assert mail.subject == plain.subject
    lines = mail.text.split("\n")
    said = [line for line in lines if line.startswith("> ")]
    assert len(lines) - len(said) == len(plain.text.split("\n")) - 1
    assert _Read(mail).tags <= OURS
    for text in (mail.subject, mail.text.replace("\n", ""), mail.html):
        assert not any(unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} for one in text)
        assert not _SEEN_THROUGH.search(text)
    mail.text.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60))
def test_printable_text_is_unchanged(written: str) -> None:
    mail = render_receipt(paid(message=written))
    assert f"\n> {written}\n" in mail.text
    assert written in _Read(mail).text


@pytest.mark.parametrize(
    "address, taken",
    [
        ("ada@example.com", True),
        ("ada.lovelace+donations@mail.example.com", True),
        ("o'brien@example.com", True),
        ("ada@example.com\n", False),
        ("ada@example.com\r\nBcc: eve@example.com", False),
        ("ada@example.com,eve@example.com", False),
        ("ada@example.com;eve@example.com", False),
        ("Ada <ada@example.com>", False),
        ('"a b"@example.com', False),
        ("ada@exämple.com", False),
        ("ada@", False),
        ("@example.com", False),
        ("ada", False),
        ("", False),
    ],
)
def test_only_a_single_plain_address_gets_mail(address: str, taken: bool) -> None:
    given_by = donations.opened(donor=Donor(user_id="sub", email=address, name="Ada"))
    assert recipient_of(given_by) == (address if taken else None)


def test_notifications_name_their_donation() -> None:
    assert render_notification(donations.DONATION_ID) == f'{{"donation_id": "{donations.DONATION_ID}"}}'
    assert read_notification(render_notification(donations.DONATION_ID)) == donations.DONATION_ID
