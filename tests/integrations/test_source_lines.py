"""The comparison of a replay with its source lines: which names lines of code have, and what a replay lacks."""

import pytest

from integrations.calls import Replay, Sdk, Step, nested
from integrations.replays import differences
from integrations.source_lines import Lines, names_in, sent_by


@pytest.mark.parametrize(
    "suffix, code, names",
    [
        (".rb", "Stripe::Refund.create({ amount: cents, payment_intent: id }, opts)", {"amount", "payment_intent"}),
        (".rb", "post[:card][:cvc] = value if x == y", {"cvc"}),
        (".rb", "name: name,  # email: is not sent", {"name"}),
        (".rb", 'from: "#{host}", to: slug', {"from", "to"}),
        (".rb", "mode = auto? ? 'automatic' : 'manual'", set()),
        (".rb", "Stripe::Charge.retrieve(id)", set()),
        (".rb", "{name:, metadata: {a_b: 1}}", {"name", "metadata", "a_b"}),
        (".php", "$options['customer'] = $id;", {"customer"}),
        (".php", "'confirm'   => true, // 'amount' => 1", {"confirm"}),
        (".php", "'card' => ['token' => $this->getToken()]", {"card", "token"}),
        (".php", "if ($options['customer'] == 1)", set()),
        (".py", "create(api_key=key, amount=price, confirm=True)", {"amount", "confirm"}),
        (".py", 'params["off_session"] = off or False', {"off_session"}),
        (".py", "{'address[city]': city, 'name': name}", {"name"}),
        (".py", "if amount == price:", set()),
        (".ts", "metadata: { orderId: order.id },", {"metadata", "orderId"}),
        (".ts", "payload.application_fee_amount = fee;", {"application_fee_amount"}),
        (".ts", "const p: Stripe.PaymentIntentCreateParams = {", set()),
        (".ts", "  mode,\n  ...rest,", {"mode"}),
        (".ts", "// description: none\napi_version: VERSION", {"api_version"}),
        (".java", 'params.put("amount", cents); // params.put("fee", 1)', {"amount"}),
        (".java", 'params.put("card", ImmutableMap.of("token", id));\n   "name", name));', {"card", "token", "name"}),
        (".java", 'types.add("card"); params.get("id");', set()),
        (".rs", "pub amount: Minor, // cents", {"amount"}),
        (".rs", "#[serde(flatten)]\npub billing: Billing,\npub confirm: bool,", {"confirm"}),
        (".rs", '#[serde(rename = "card[exp_year]")]\npub year: Secret<String>,', {"card", "exp_year"}),
        (".rs", '#[serde(skip)]\n#[serde(rename = "data[ip]")]\nip_address: Option<Ip>,', {"data", "ip"}),
        (".ts", "idempotencyKey: args.key, stripeAccount: account", set()),
    ],
)
def test_names_in_code(suffix: str, code: str, names: set[str]) -> None:
    assert names_in(code, suffix) == names


def test_names_that_a_form_sends() -> None:
    assert sent_by(["expand[0]", "card[token]", "metadata[saleor-domain]"]) == {
        *("expand", "card", "token", "metadata", "saleor", "domain"),
    }


SOURCE = """
create({
  url: hooks,
  api_version: VERSION,
  connect: connected,
})
"""


def _differences(lines: Lines, *sent: str) -> list[str]:
    step = Step("createWebhook", "POST", "/v1/webhook_endpoints", dict.fromkeys(sent, "x"), source=(lines,))
    return [*differences(Replay("a shop", (step,)), lambda file: {"src/hooks.ts": SOURCE}[file])]


def test_a_replay_that_leaves_out_a_parameter_differs() -> None:
    """Saleor's replay left out the version that its app sends, and passed."""
    apart = {"connect": "only with Connect"}
    assert _differences(Lines("src/hooks.ts", "2-6", apart), "url") == [
        "createWebhook: hooks.ts:2-6 sends api_version, and the replay does not"
    ]
    assert _differences(Lines("src/hooks.ts", "2-6", apart), "url", "api_version") == []


def test_an_exception_that_the_lines_do_not_have_differs() -> None:
    stale = Lines("src/hooks.ts", "3-3", {"connect": "only with Connect"})
    assert _differences(stale, "url") == [
        "createWebhook: hooks.ts:3-3 does not send connect, which the replay leaves out"
    ]


STRUCTS = """
pub struct Card {
    pub number: String,
}

pub struct Request {
    pub amount: u64,
    #[serde(flatten)]
    pub card: Card,
}
"""


def test_a_struct_is_found_by_its_name() -> None:
    assert names_in(Lines("a.rs", "struct Request").of(STRUCTS), ".rs") == {"amount"}
    assert names_in(Lines("a.rs", "struct Card").of(STRUCTS), ".rs") == {"number"}
    with pytest.raises(ValueError, match="has no struct Charge"):
        Lines("a.rs", "struct Charge").of(STRUCTS)


def test_lines_beyond_the_file_differ() -> None:
    assert _differences(Lines("src/hooks.ts", "5-9"), "connect") == [
        "createWebhook: src/hooks.ts does not have the lines 5-9"
    ]


@pytest.mark.parametrize(
    "language, version, text",
    [
        ("Python", "2.76.0", "True"),
        ("Python", "7.9.0", "True"),
        ("Python", "12.0.1", "True"),
        ("Python", "12.1.0", "true"),
        ("Python", "16.1.0", "true"),
        ("Node", "8.222.0", "true"),
        ("Ruby", "6.5.0", "true"),
    ],
)
def test_booleans_as_each_sdk_writes_them(language: str, version: str, text: str) -> None:
    assert Sdk(language, version).text(True) == text


def test_a_form_as_an_sdk_takes_it() -> None:
    form = {"items[0][price]": "price_1", "metadata[saleor-domain]": "shop", "confirm": True, "expand[0]": "a"}
    assert nested(form) == {
        "items": [{"price": "price_1"}],
        "metadata": {"saleor-domain": "shop"},
        "confirm": True,
        "expand": ["a"],
    }
