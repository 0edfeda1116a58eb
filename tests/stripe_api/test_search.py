"""Stripe's search query language: what parses, what is refused and how, and which objects match."""

from typing import Any

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.lists.field_type import FieldType
from paysandbox.stripe_api.lists.search import FIELDS, MAX_CLAUSES, search_query

INTENT: dict[str, Any] = {
    "amount": 10_00,
    "created": 1_700_000_000,
    "currency": "usd",
    "customer": None,
    "metadata": {"order": "A-7", "empty": "", 'a"b': "c'd", "12": "12"},
    "status": "succeeded",
}
CARD = {"last4": "4242", "exp_month": 8, "exp_year": 2030, "brand": "visa", "fingerprint": "Fp1"}
CHARGE: dict[str, Any] = {
    **INTENT,
    "amount_refunded": 0,
    "billing_details": {"address": {"postal_code": "10115"}},
    "disputed": False,
    "payment_method_details": {"card": CARD, "type": "card"},
    "refunded": False,
}


def found(resource: str, text: str, **changed: Any) -> bool:
    body = {"payment_intents": INTENT, "charges": CHARGE}[resource] | changed
    return search_query(resource, text).matches(body)


@pytest.mark.parametrize(
    "text, expected",
    [
        # Tokens: exact, whatever the case, in either kind of quotes.
        ("status:'succeeded'", True),
        ('status:"succeeded"', True),
        ('status:"SUCCEEDED"', True),
        ('status:"succeed"', False),
        ('-status:"succeeded"', False),
        ('-status:"canceled"', True),
        ('currency:"USD"', True),
        ("-currency:'usd'", False),
        # Numbers, with and without quotes.
        ("amount:1000", True),
        ('amount:"1000"', True),
        ("amount>999", True),
        ("amount>1000", False),
        ("amount>=1000", True),
        ('amount>="10"', True),
        ("amount<1000", False),
        ("amount<=1000", True),
        ("-amount<1000", True),
        ("created>1620310503", True),
        ("created<1620310503", False),
        # Metadata.
        ("metadata['order']:'A-7'", True),
        ('metadata["order"]:"a-7"', True),
        ("metadata['order']:'A-8'", False),
        ("-metadata['order']:'A-8'", True),
        ("metadata['other']:'A-7'", False),
        ("metadata['other']:null", True),
        ("metadata['order']:null", False),
        ("-metadata['order']:NULL", True),
        ("metadata['empty']:''", True),
        ("metadata['12']:12", True),
        (r"""metadata["a\"b"]:'c\'d'""", True),
        # What is absent.
        ("customer:null", True),
        ("-customer:null", False),
        ("customer:'cus_1'", False),
        ("-customer:'cus_1'", True),
        # Several clauses: AND, or a space; or OR.
        ("metadata['order']:'A-7' AND currency:'usd'", True),
        ("metadata['order']:'A-7' and currency:'eur'", False),
        ("metadata['order']:'A-7' currency:'usd'  amount>1", True),
        ("metadata['order']:'A-7' currency:'usd' amount>1000", False),
        ("currency:'eur' OR currency:'usd'", True),
        ("currency:'eur' or currency:'jpy'", False),
        ("  status:'succeeded'\n AND\tamount>1 ", True),
        # A keyword within quotes is text.
        ("metadata['order']:'A-7 AND x' OR amount:1000", True),
        (f"{' AND '.join(['amount>1'] * MAX_CLAUSES)}", True),
    ],
)
def test_an_intent_is_found(text: str, expected: bool) -> None:
    assert found("payment_intents", text) is expected


@pytest.mark.parametrize(
    "text, changed, expected",
    [
        ("payment_method_details.card.last4:4242", {}, True),
        ("payment_method_details.card.last4:'4242' AND amount:1000", {}, True),
        ("payment_method_details.card.last4:'1111'", {}, False),
        ("payment_method_details.card.exp_month:8", {}, True),
        ("payment_method_details.card.exp_year:'2030'", {}, True),
        ("payment_method_details.card.brand:'Visa'", {}, True),
        ("payment_method_details.card.fingerprint:'fp1'", {}, True),
        ("payment_method_details.card_present.last4:4242", {}, False),
        ("payment_method_details.card_present.last4:null", {}, True),
        ("billing_details.address.postal_code:10115", {}, True),
        ("disputed:'false'", {}, True),
        ("disputed:'true'", {}, False),
        # Fully, partly, and not refunded.
        ("refunded:'true'", {"amount_refunded": 1000, "refunded": True}, True),
        ("refunded:'false'", {"amount_refunded": 1000, "refunded": True}, False),
        ("refunded:'false'", {"amount_refunded": 1}, True),
        ("refunded:null", {"amount_refunded": 1}, False),
        ("refunded:null", {}, True),
        ("refunded:'false'", {}, False),
        ("-refunded:null", {}, False),
    ],
)
def test_a_charge_is_found(text: str, changed: dict[str, Any], expected: bool) -> None:
    assert found("charges", text, **changed) is expected


UNPARSED = "We were unable to parse your search query."


@pytest.mark.parametrize(
    "text, message",
    [
        ("", UNPARSED),
        ("   ", UNPARSED),
        ("succeeded", UNPARSED),
        ("status", UNPARSED),
        ("status:", UNPARSED),
        ("status:succeeded", UNPARSED),
        ("status:'succeeded", UNPARSED),
        ("status:'a''b'", UNPARSED),
        ("(status:'a')", UNPARSED),
        ("status:'a' AND", UNPARSED),
        ("AND status:'a'", UNPARSED),
        ("status:'a' AND OR status:'b'", UNPARSED),
        ("status:'a',status:'b'", UNPARSED),
        ("--status:'a'", UNPARSED),
        ("status='a'", UNPARSED),
        ("metadata:'a'", UNPARSED),
        ("metadata[order]:'a'", UNPARSED),
        ("status['x']:'a'", UNPARSED),
        ("status:'a' AND status:'b' OR status:'c'", "AND and OR cannot be combined"),
        ("status:'a' status:'b' OR status:'c'", "AND and OR cannot be combined"),
        (" ".join(["amount>1"] * (MAX_CLAUSES + 1)), "at most 10 clauses"),
        ("description:'tea'", "Field `description` is an unsupported search field for resource `payment_intents`."),
        ("refunded:null", "Field `refunded` is an unsupported search field for resource `payment_intents`."),
        ("status~'succ'", "Field `status` is a token field"),
        ("status>'a'", "Field `status` is a token field"),
        ("metadata['order']~'A-7'", "Field `metadata` is a token field"),
        ("amount~'10'", "Field `amount` is a numeric field"),
        ("amount>null", "Field `amount` is a numeric field"),
        ("amount>'ten'", "Field `amount` is a numeric field: compare it with a whole number."),
        ("amount:10.5", "Field `amount` is a numeric field: compare it with a whole number."),
    ],
)
def test_invalid_queries_are_refused(text: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        search_query("payment_intents", text)
    assert (refused.value.code, refused.value.param) == (Code.PARAMETER_INVALID, "query")
    assert message in str(refused.value.detail)


def test_no_more_fields_than_stripe_has() -> None:
    assert set(FIELDS["payment_intents"]) < set(FIELDS["charges"])
    assert set(FIELDS["payment_intents"]) == {"amount", "created", "currency", "customer", "metadata", "status"}
    assert len(FIELDS["charges"]) == 6 + 3 + 3 * 5


def test_a_card_number_in_a_field_is_not_repeated() -> None:
    with pytest.raises(Refused) as refused:
        search_query("charges", "f4242424242424242:'a'")
    assert "4242424242424242" not in str(refused.value.detail)


@pytest.mark.parametrize("text", ["metadata['" + "\\'" * 2000, "a:'" + "\\" * 4999, "- " * 2000, "a" * 5000])
def test_a_hostile_query_is_refused_at_once(text: str) -> None:
    with pytest.raises(Refused):
        search_query("charges", text)


@pytest.mark.parametrize("text, found", [("name:'gold plan'", True), ("name:'gold'", False), ("name~'LD P'", True)])
def test_a_string_is_found_by_a_part(text: str, found: bool) -> None:
    query = search_query("products", text, {"name": FieldType.STRING})
    assert query.matches({"name": "Gold plan"}) is found


def test_a_part_has_three_characters() -> None:
    with pytest.raises(Refused) as refused:
        search_query("products", "name~'go'", {"name": FieldType.STRING})
    assert "at least 3 characters" in str(refused.value.detail)
