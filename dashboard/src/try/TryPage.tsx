import { useState, type SubmitEvent } from "react";
import { useConfig } from "../api/config";
import { useMerchant } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Combobox } from "../parts/Combobox";
import { CodeBlock } from "../parts/CodeBlock";
import { parseAmount } from "../parts/currency";
import { SelectField, TextField } from "../parts/Field";
import { Card, Page } from "../parts/Page";
import { InlineError } from "../parts/states";
import { Tabs } from "../parts/Tabs";
import { CARD_CHOICES, CARDS, OUTCOME_CHOICES, type TestCard } from "./cards";
import { factsOf, type Api, type CaptureMethod, type Payment } from "./request";
import { ResultCard } from "./ResultCard";
import { curl, nodeCode, pytestCode, pythonCode, type Bases } from "./samples";
import { useSend, type Result } from "./useTry";

const text = messages.try;

const CURRENCIES = ["USD", "EUR", "GBP", "JPY"];
const FIRST_CARD: TestCard = { number: "4242424242424242", brand: "visa", result: "approves" };

const options = (texts: Record<string, string>) =>
  Object.entries(texts).map(([value, name]) => ({ value, text: name }));

/** Sends a payment with a card and an outcome, and shows its result and its effects as they happen. */
export default function TryPage() {
  const send = useSend();
  const [api, setApi] = useState<Api>("native");
  const [number, setNumber] = useState(FIRST_CARD.number);
  const [outcome, setOutcome] = useState("");
  const [amountText, setAmountText] = useState("12.50");
  const [currency, setCurrency] = useState("USD");
  const [capture, setCapture] = useState<CaptureMethod>("automatic");

  const amount = parseAmount(amountText, currency);
  const payment: Payment = {
    api,
    card: CARDS.find((card) => card.number === number) ?? FIRST_CARD,
    outcome,
    amount: amount ?? 0,
    currency,
    capture,
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (amount !== null) send.mutate(payment);
  };
  return (
    <Page title={text.title}>
      <div className="grid items-start gap-4 md:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <Card title={text.form.title}>
            <form onSubmit={submit} className="grid gap-3 sm:grid-cols-2" noValidate>
              <Combobox
                label={text.form.card}
                hint={text.form.cardHint(CARDS.length)}
                choices={CARD_CHOICES}
                value={number}
                onChange={setNumber}
                className="sm:col-span-2"
              />
              <Combobox
                label={text.form.outcome}
                hint={text.form.outcomeHint}
                choices={OUTCOME_CHOICES}
                value={outcome}
                onChange={setOutcome}
                onOther={setOutcome}
                className="sm:col-span-2"
              />
              <TextField
                label={text.form.amount}
                error={amount === null ? text.form.invalidAmount : null}
                value={amountText}
                onChange={(event) => setAmountText(event.target.value)}
                inputMode="decimal"
                autoComplete="off"
              />
              <SelectField
                label={text.form.currency}
                value={currency}
                onChange={(event) => setCurrency(event.target.value)}
                options={CURRENCIES.map((value) => ({ value, text: value }))}
              />
              <SelectField
                label={text.form.api}
                value={api}
                onChange={(event) => setApi(event.target.value === "stripe" ? "stripe" : "native")}
                options={options(text.form.apis)}
              />
              <SelectField
                label={text.form.capture}
                value={capture}
                onChange={(event) => setCapture(event.target.value === "manual" ? "manual" : "automatic")}
                options={options(text.form.captures)}
              />
              <div className="flex flex-col items-start gap-3 sm:col-span-2">
                <InlineError error={send.error} />
                <Button type="submit" variant="primary" icon="try" busy={send.isPending} disabled={amount === null}>
                  {text.form.submit}
                </Button>
              </div>
            </form>
          </Card>
          <Code payment={payment} result={send.data} />
        </div>
        {send.data ? (
          <ResultCard key={send.data.requestId} result={send.data} />
        ) : (
          <Card title={text.result.title}>
            <p className="text-muted">{text.result.none}</p>
          </Card>
        )}
      </div>
    </Page>
  );
}

const isSame = (a: Payment, b: Payment) => JSON.stringify(a) === JSON.stringify(b);

/** The request as code. The test expects the answer that the same payment had. */
function Code({ payment, result }: { payment: Payment; result: Result | undefined }) {
  const config = useConfig();
  const merchant = useMerchant();
  const absolute = (base: string) => new URL(base || "/", window.location.origin).href.replace(/\/$/, "");
  const bases: Bases = { native: absolute(config.api_base), stripe: absolute(config.v1_base) };
  const key = merchant ? (merchant.secret_key ?? merchant.api_key) : "";
  const expected =
    result && isSame(result.payment, payment)
      ? { httpStatus: result.httpStatus, status: factsOf(result.body).status }
      : null;
  const samples = [
    { id: "curl", title: "curl", code: curl(payment, bases) },
    { id: "python", title: "Python", code: pythonCode(payment, bases) },
    { id: "node", title: "Node", code: nodeCode(payment, bases) },
    { id: "pytest", title: "pytest", code: pytestCode(payment, expected) },
  ];
  return (
    <Card title={text.code.title}>
      <Tabs
        label={text.code.title}
        tabs={samples.map(({ id, title, code }) => ({
          id,
          title,
          content: (
            <div className="flex flex-col gap-2">
              <CodeBlock code={code} label={title} apiKey={key} />
              {id === "pytest" && <p className="text-muted">{text.code.pytest}</p>}
            </div>
          ),
        }))}
      />
    </Card>
  );
}
