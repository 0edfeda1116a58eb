import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { Stripe } from "@stripe/stripe-js";
import { beforeEach, describe, expect, it } from "vitest";
import { AmountForm } from "../src/donate/AmountForm";
import { DonatePage } from "../src/donate/DonatePage";
import type { Gift } from "../src/donate/donations";
import { readFacts, type Facts } from "../src/donate/facts";
import { messages } from "../src/donate/messages";
import { startSandbox } from "./support/sandbox";

const FACTS: Facts = { base: "", signIn: "", pool: "us-east-1_a", client: "c", publishableKey: "pk_test_a" };
const GIFT: Gift = { amount: 25_00, message: "", anonymous: false };

beforeEach(() => {
  startSandbox({
    "GET /donations/total": { body: { total_amount_dollars: 62.5, totals: [{ currency: "usd", amount: 62_50 }] } },
    "GET /donations/recent": {
      body: [{ donor_name: "<b>Jo</b>", amount: 12_50, currency: "usd", created_at: "2026-11-22T12:00:00Z" }],
    },
  });
});

function show(facts: Partial<Facts>, stripe: Stripe | null): void {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DonatePage facts={{ ...FACTS, ...facts }} stripe={stripe} />
    </QueryClientProvider>,
  );
}

it("the facts are the attributes of the root element", () => {
  const element = document.createElement("div");
  element.innerHTML =
    '<div data-base="/dev" data-sign-in="https://a" data-pool="p" data-client="c" data-publishable-key="pk_test_a"></div>';
  const facts = { base: "/dev", signIn: "https://a", pool: "p", client: "c", publishableKey: "pk_test_a" };
  expect(readFacts(element.firstElementChild as HTMLElement)).toEqual(facts);
});

it("shows what everybody has given, as text", async () => {
  show({}, null);
  expect(await screen.findByText("$62.50")).toBeTruthy();
  expect(await screen.findByText("<b>Jo</b>")).toBeTruthy();
});

describe("what keeps a donor from giving is said", () => {
  it.each([
    ["no publishable key", { publishableKey: "" }, messages.unconfigured.title],
    ["no Stripe.js", {}, messages.noStripe],
  ])("%s", (_, facts, text) => {
    show(facts, null);
    expect(screen.getByText(text)).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("an amount", () => {
  async function entered(...texts: string[]): Promise<Gift[]> {
    const gifts: Gift[] = [];
    render(<AmountForm gift={GIFT} busy={false} error={null} onGift={(gift) => gifts.push(gift)} />);
    const user = userEvent.setup();
    for (const text of texts) {
      const field = screen.getByLabelText(messages.amount.other);
      await user.clear(field);
      if (text) await user.type(field, text);
      await user.click(screen.getByRole("button", { name: messages.amount.next }));
    }
    return gifts;
  }

  it("is the preset one, or another in minor units", async () => {
    expect((await entered("", "12.50", "7")).map(({ amount }) => amount)).toEqual([25_00, 12_50, 7_00]);
  });

  it.each(["0", "12.505", "-5", "12,50", "1e3", "ten"])("is not %s", async (text) => {
    expect(await entered(text)).toEqual([]);
    expect(screen.getByRole("alert").textContent).toBe(messages.amount.invalid);
  });
});
