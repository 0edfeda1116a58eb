"""docs/reference/cards.md: test cards, outcomes and decline codes, from the tables that the simulated bank reads."""

from collections.abc import Iterator

from docs.pages.markdown import code, codes, head, table
from paysandbox.core.break_type import BREAK_OF_ITEM
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.bank.amount_triggers import LATER_FORMS
from paysandbox.payments.bank.decline_codes import REASONS
from paysandbox.payments.bank.grammar import ANSWERS, FORMS
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.bank.plan import MAX_DAYS, MAX_SECONDS, REFUND_FAILURES
from paysandbox.payments.bank.response import Check
from paysandbox.payments.bank.test_cards import ALL_PASS, MISTYPED, TEST_CARDS, TRIGGERS, TestCard
from paysandbox.payments.disputes.dispute import DisputeReason


def page() -> str:
    """The page."""
    return "\n".join([*_introduction(), *_cards(), *_outcomes(), *_declines(), *_text()]) + "\n"


def _introduction() -> Iterator[str]:
    yield from head("Test cards and outcomes", "the tables of test cards and decline codes")
    yield "Use any expiration date in the future and any security code of the right length. `paysandbox cards`"
    yield "prints the same table."
    yield ""
    yield "Every other card number is an error (`live_card_in_sandbox`), so that no real card is used by mistake. An"
    yield f"environment with the setting `accept_any_card` accepts every valid number. `{MISTYPED}` has a wrong check"
    yield "digit."


def _cards() -> Iterator[str]:
    yield from ("", "## Test cards", "")
    yield "*Source* is the provider that publishes the number."
    yield ""
    yield from table(
        (
            "Number",
            "Brand",
            "Digits",
            "CVC digits",
            "Result",
            "Response code",
            "`decline_code`",
            "`advice_code`",
            "Source",
        ),
        (
            (
                code(card.number),
                card.brand,
                card.length,
                card.cvc_digits,
                _result(card),
                *_codes_of(card),
                ", ".join(card.publishers),
            )
            for card in TEST_CARDS.values()
        ),
    )


def _codes_of(card: TestCard) -> tuple[str, str, str]:
    reason = card.reason
    if reason is None:
        return "", "", ""
    return code(reason.response_code), code(reason.decline_code), code(reason.advice_code)


def _result(card: TestCard) -> str:
    found = {name: getattr(card.checks, name) for name in ("cvc", "zip", "line1")}
    marked = codes(f"{name}: {check}" for name, check in found.items() if check is not Check.PASS)
    return f"{card.says} ({marked})" if card.checks != ALL_PASS else card.says


def _outcomes() -> Iterator[str]:
    yield from ("", "## Outcomes", "")
    yield f"To choose the result without choosing a card, send an outcome in the header `{OUTCOME_HEADER}` of an"
    yield f"authorization, or in its metadata as `{OUTCOME_ENTRY}`:"
    yield ""
    yield from table(("Outcome", "Result"), zip(map(code, FORMS), _RESULTS, strict=True))
    yield ""
    yield "Send several outcomes in one text, separated by commas: at most one answer of the bank (the forms up to"
    yield f"`{ANSWERS[-1]}`), one outcome of the hold, one of the increments, one of the captures, one of the refunds,"
    yield "one dispute, one break, `fraud_warning` and `funds=available`."
    yield "Outcomes that contradict each other are an error (`outcome_invalid`)."
    yield ""
    yield "*answer* is `approve`, `decline:<decline_code>` or `iso:<response code>`. *result* is `succeed` or"
    yield f"`fail[:<reason>]`. *reason* of a refund is one of {', '.join(map(code, REFUND_FAILURES))}."
    yield f"*reason* of a dispute is one of {', '.join(map(code, DisputeReason))}."
    yield "*kind* is `inquiry`, which takes no money; `several`, two chargebacks of half the amount each;"
    yield "`compelling_evidence`, fraudulent and eligible for Visa Compelling Evidence 3.0; or `compliance`."
    yield f"*break* is one of {', '.join(map(code, BREAK_OF_ITEM))}:"
    yield "[planted breaks](settlement.md#planted-breaks)."
    yield f"Times are at most {MAX_SECONDS} seconds (30 days) and {MAX_DAYS} days."
    yield ""
    yield "The header takes precedence over the metadata, the metadata over the card, and the card over the amount: one"
    yield "by one for the answer, the hold, the increments, the captures, the refunds, the dispute and the break. A"
    yield "retry with the same idempotency key returns the first response, whatever outcome it asks for."
    yield ""
    yield "`payout=…` is an outcome of a"
    yield "[disbursement](../how-to/simulation.md#disbursements), and of no payment."
    yield ""
    yield "### Trigger amounts"
    yield ""
    yield f"With `{TRIGGERS}`, the amount chooses the result, in minor units of any currency. 200000 + *nn* is"
    yield "answered with response code *nn*: 200051 is declined for insufficient funds and 200000 is approved."
    yield "200110 is approved for half the amount. With every other card, the amount has no effect."
    yield ""
    yield from table(("Amount", "Outcome"), ((amount, code(text)) for amount, text in LATER_FORMS.items()))
    yield ""
    yield "### Partial approvals"
    yield ""
    yield "`partial:…` and `iso:10` approve part of the amount if the request has `allow_partial: true`. In the"
    yield "response, `amount` is the approved amount and `amount_requested` the requested one. Without"
    yield "`allow_partial`, the payment is declined with `insufficient_funds`."


_RESULTS = (
    "Approved.",
    "Declined with this `decline_code`.",
    "The result for this ISO 8583 response code. `iso:00` approves, `iso:10` approves half.",
    "Approved for this amount, in minor units.",
    "`processing`: the bank gives this answer after that time.",
    "Declined (`issuer_not_available`), because the bank gives no answer in time. Approved after all, that time later.",
    "`requires_action`: the cardholder must authenticate (3-D Secure), then the bank gives this answer.",
    "The bank drops the hold after that time, before it expires.",
    "The bank reverses the authorization after that time.",
    "An early fraud warning follows the first capture.",
    "Increments are declined with this `decline_code`. The hold remains.",
    "Captures are declined with this `decline_code`. The hold remains.",
    "Captures fail after that time (60 s), and the amount returns to the hold.",
    "The same for the first capture only.",
    "Captures are presented to the network that many days late, and settle as late.",
    "Refunds are pending for that time (60 s), then have this result.",
    "Refunds succeed, and fail after 60 s.",
    "The payment is disputed for this reason, that time (1 h) after the first capture. A chargeback takes its money.",
    "The same as another kind of dispute.",
    "Captures are in the available balance of `/v1/balance` at once. They are paid out with their batch nevertheless.",
    "The settlement reports of the captures differ from the ledger by this break.",
)


def _declines() -> Iterator[str]:
    yield from ("", "## Decline codes", "")
    yield "*Response code* is field 39 of ISO 8583. *Category* is Visa's: 1 never retry, 2 retry later, 3 correct"
    yield "the card data first, 4 generic."
    yield ""
    yield from table(
        ("Response code", "`decline_code`", "`advice_code`", "Category", "Meaning"),
        (
            ("`00`", "", "", "", "approved"),
            ("`10`", "", "", "", "partially approved"),
            *(
                (code(each.response_code), code(each.decline_code), code(each.advice_code), each.category, each.says)
                for each in REASONS
            ),
        ),
    )


def _text() -> Iterator[str]:
    yield from ("", "## Card numbers in other fields", "")
    yield "A card number belongs in the `number` of a card. A card number in any other field (reference,"
    yield "description, metadata keys and values, names, a donor's message) is an error (`live_card_in_sandbox`),"
    yield "even if it is a test card."
    yield ""
    yield "A number counts as a card number if it has the leading digits and the length of a Visa (16, 19),"
    yield "Mastercard (16), American Express (15), Discover (16), Diners Club (14), JCB (16) or UnionPay card (16,"
    yield "19) and a correct check digit, and stands alone or in the printed groups (`4242 4242 4242 4242`)."
    yield ""
    yield "Timestamps in milliseconds or microseconds, UUIDs, hashes and snowflake ids never match. Of random"
    yield "numbers with 16 digits, 2.4 % match. If your ids are such numbers, deploy with"
    yield "`-c accept_card_numbers_in_text=true`. Such text is then stored and returned unchanged, and masked in"
    yield "logs."
