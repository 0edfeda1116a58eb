import { messages } from "../messages";
import type { Choice } from "../parts/Combobox";
import facts from "./testCards.json";

const text = messages.try.form;

/** A published test card. All are in testCards.json, which docs/dashboard_facts.py writes from the bank's table. */
export interface TestCard {
  number: string;
  brand: string;
  /** The bank's answer without an outcome. */
  result: string;
}

export const CARDS: readonly TestCard[] = facts.cards;

export const CARD_CHOICES: readonly Choice[] = facts.cards.map(({ number, brand, result, group, publishers }) => ({
  value: number,
  name: number,
  detail: `${brand}, ${result}`,
  group: text.cards[group as keyof typeof text.cards],
  words: publishers,
}));

/** Outcomes of the form, for the header X-Sandbox-Outcome. */
const OUTCOMES: readonly { value: string; text: string }[] = [
  { value: "approve", text: "Approved" },
  { value: "partial:500", text: "Approved for 500 minor units only" },
  { value: "pending:60:approve", text: "Processing for 60 s, then approved" },
  { value: "late:60", text: "No answer in time; approved 60 s later" },
  { value: "action:3ds", text: "3-D Secure, then approved" },
  { value: "expire:60", text: "Approved; the hold expires after 60 s" },
  { value: "reverse:60", text: "Approved; reversed after 60 s" },
  { value: "capture=fail", text: "Approved; captures fail after 60 s" },
  { value: "refund=fail", text: "Approved; refunds fail after 60 s" },
  { value: "fraud_warning", text: "Approved; fraud warning after the capture" },
  { value: "dispute=fraudulent:60", text: "Approved; disputed 60 s after the capture" },
];

const common = (value: string, detail: string): Choice => ({ value, name: value, detail, group: text.outcomes.common });

export const OUTCOME_CHOICES: readonly Choice[] = [
  { ...common("", ""), name: text.asCard },
  ...OUTCOMES.map((outcome) => common(outcome.value, outcome.text)),
  ...facts.declines.map(({ code, says }) => ({
    value: `decline:${code}`,
    name: `decline:${code}`,
    detail: text.declined(says),
    group: text.outcomes.declines,
  })),
  ...facts.disputes.map((reason) => ({
    value: `dispute=${reason}`,
    name: `dispute=${reason}`,
    detail: text.disputed(reason),
    group: text.outcomes.disputes,
  })),
];
