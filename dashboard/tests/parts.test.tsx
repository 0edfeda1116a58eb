import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { ApiError, OfflineError, retryAt, ThrottledError } from "../src/api/client";
import { ConfigContext } from "../src/api/config";
import type { Problem } from "../src/api/schema";
import { Button } from "../src/parts/Button";
import { CodeBlock, KEY_PLACEHOLDER } from "../src/parts/CodeBlock";
import { messages } from "../src/messages";
import { decimalText, formatMoney, parseAmount, stripeUnits } from "../src/parts/currency";
import { Drawer } from "../src/parts/Drawer";
import { JsonView } from "../src/parts/JsonView";
import { ErrorState } from "../src/parts/states";
import { relativeTime } from "../src/parts/times";
import { VirtualList } from "../src/parts/VirtualList";
import { CONFIG } from "./support/sandbox";

describe("amounts in minor units", () => {
  it.each([
    [1250, "USD", "$12.50", "12.50"],
    [5, "usd", "$0.05", "0.05"],
    [-1250, "EUR", "-€12.50", "-12.50"],
    [1250, "JPY", "¥1,250", "1250"],
    [1250, "KWD", "KWD\u00a01.250", "1.250"],
    [99_999_999_999_999, "USD", "$999,999,999,999.99", "999999999999.99"],
  ])("%d %s is %s", (amount, currency, shown, decimal) => {
    expect(formatMoney(amount, currency)).toBe(shown);
    expect(decimalText(amount, currency)).toBe(decimal);
  });

  it.each([
    ["12.5", "USD", 1250],
    ["12", "USD", 1200],
    ["0.29", "USD", 29],
    ["12.505", "USD", null],
    ["12.5", "JPY", null],
    ["1.25", "KWD", 1250],
    ["-1", "USD", null],
    ["", "USD", null],
    ["1e3", "USD", null],
  ])("%s %s is read as %s", (text, currency, amount) => {
    expect(parseAmount(text, currency)).toBe(amount);
  });
});

it.each([
  [5, "isk", 500],
  [550, "MGA", 5.5],
  [700, "MGA", 7],
  [1250, "JPY", 1250],
])("%d minor units of %s are %d at Stripe", (amount, currency, units) => {
  expect(stripeUnits(amount, currency)).toBe(units);
});

describe("times", () => {
  it.each([
    [0, "now"],
    [-12_000, "12s ago"],
    [-90_000, "1m ago"],
    [-7_200_000, "2h ago"],
    [10_800_000, "in 3h"],
    [-86_400_000, "yesterday"],
  ])("%d ms away is %s", (offset, expected) => {
    expect(relativeTime(1_000_000_000_000 + offset, 1_000_000_000_000)).toBe(expected);
  });

  it.each([
    ["5", 5_000],
    ["Sun, 22 Nov 2026 12:00:30 GMT", 30_000],
    ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
    [null, 1_000],
    ["soon", 1_000],
  ])("Retry-After: %s", (header, wait) => {
    const now = Date.UTC(2026, 10, 22, 12);
    expect(retryAt(header, now) - now).toBe(wait);
  });
});

const PROBLEM: Problem = {
  type: "urn:paysandbox:amount_invalid",
  title: "The amount is invalid",
  status: 400,
  detail: "amount must be an integer.",
  code: "amount_invalid",
  retryable: false,
  doc_url: "/docs/errors/amount_invalid",
  request_id: "req_1",
};

describe("failures", () => {
  it("of the API link the error's page and quote the request", () => {
    render(<ErrorState error={new ApiError(PROBLEM, "req_1", "")} />);
    expect(screen.getByRole("alert").textContent).toMatch(/The amount is invalid.*must be an integer.*request req_1/);
    expect(screen.getByRole("link").getAttribute("href")).toBe(`${location.origin}/docs/errors/amount_invalid`);
  });

  it("link the error's page on the API's host", () => {
    const error = new ApiError({ ...PROBLEM, doc_url: "/live/docs/errors/amount_invalid" }, "req_1", "");
    render(
      <ConfigContext value={{ ...CONFIG, api_base: "https://api.example/live" }}>
        <ErrorState error={error} />
      </ConfigContext>,
    );
    expect(screen.getByRole("link").getAttribute("href")).toBe("https://api.example/live/docs/errors/amount_invalid");
  });

  it("without an answer can be tried again", () => {
    const retry = vi.fn();
    render(<ErrorState error={new OfflineError(null)} retry={retry} />);
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(retry).toHaveBeenCalledOnce();
  });

  it("of a spent limit count down and try again by themselves", async () => {
    const retry = vi.fn();
    const error = new ThrottledError({ ...PROBLEM, status: 429 }, "req_1", "", Date.now() + 20);
    render(<ErrorState error={error} retry={retry} />);
    expect(screen.getByRole("alert").textContent).toMatch(/Retrying in [01] s/);
    await waitFor(() => expect(retry).toHaveBeenCalledOnce());
  });
});

describe("code samples", () => {
  const code = `curl -H "X-Api-Key: ${KEY_PLACEHOLDER}"`;

  it("hold a placeholder, and the key only in a copy that was asked for", async () => {
    const user = userEvent.setup();
    const { container } = render(<CodeBlock code={code} label="curl" apiKey="sk_test_demo_1" />);
    expect(container.innerHTML).not.toContain("sk_test_demo_1");
    await user.click(screen.getByRole("button", { name: "Copy: curl" }));
    expect(await navigator.clipboard.readText()).toBe(code);
    await user.click(screen.getByRole("button", { name: "Copy with key" }));
    expect(await navigator.clipboard.readText()).toBe('curl -H "X-Api-Key: sk_test_demo_1"');
  });

  it("say so where the browser has no clipboard", async () => {
    const user = userEvent.setup();
    vi.spyOn(navigator, "clipboard", "get").mockReturnValue(undefined as unknown as Clipboard);
    render(<CodeBlock code={code} label="curl" />);
    await user.click(screen.getByRole("button", { name: "Copy: curl" }));
    await screen.findByText(messages.parts.copyFailed);
  });

  it.each([
    ["a value", { a: 1, b: ["x"] }, '{\n  "a": 1,\n  "b": [\n    "x"\n  ]\n}'],
    ["a text", '{"a":null}', '{\n  "a": null\n}'],
    ["a text that was cut", '{"a":"b', '{"a":"b'],
    ["markup", { a: "<b>&</b>" }, '{\n  "a": "<b>&</b>"\n}'],
  ])("show JSON of %s", (_, value, expected) => {
    render(<JsonView value={value} label="body" />);
    expect(screen.getByRole("region", { name: "body" }).textContent).toBe(expected);
  });
});

describe("the drawer", () => {
  it("closes with Esc, and inserts no style element, which the Content-Security-Policy would refuse", async () => {
    const close = vi.fn();
    const styles = document.querySelectorAll("style").length;
    render(
      <Drawer open onClose={close} title="Details">
        <button type="button">Inside</button>
      </Drawer>,
    );
    expect(screen.getByRole("dialog", { name: "Details" })).toBeTruthy();
    expect(document.documentElement.dataset["dialog"]).toBe("open");
    expect(document.querySelectorAll("style")).toHaveLength(styles);
    await userEvent.keyboard("{Escape}");
    expect(close).toHaveBeenCalledOnce();
  });
});

describe("a closed drawer", () => {
  function WithDrawer() {
    const [open, setOpen] = useState(false);
    return (
      <>
        <button type="button" onClick={() => setOpen(true)}>
          Open
        </button>
        <Drawer open={open} onClose={() => setOpen(false)} title="Details">
          <button type="button">Inside</button>
        </Drawer>
      </>
    );
  }

  it("returns the focus to where it was opened", async () => {
    render(<WithDrawer />);
    await userEvent.click(screen.getByRole("button", { name: "Open" }));
    expect(screen.getByRole("dialog").contains(document.activeElement)).toBe(true);
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Open" })));
    expect(document.documentElement.dataset["dialog"]).toBeUndefined();
  });

  it("moves the focus to the page's content if what opened it is gone", async () => {
    function OpenedOnce() {
      const [state, setState] = useState<"new" | "open" | "closed">("new");
      return (
        <main id="content" tabIndex={-1}>
          {state === "new" && (
            <button type="button" onClick={() => setState("open")}>
              Open
            </button>
          )}
          <Drawer open={state === "open"} onClose={() => setState("closed")} title="Details">
            Inside
          </Drawer>
        </main>
      );
    }
    render(<OpenedOnce />);
    await userEvent.click(screen.getByRole("button", { name: "Open" }));
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("main")));
  });
});

describe("a busy button", () => {
  it("keeps the focus, and neither acts nor submits its form again", async () => {
    const [press, submit] = [vi.fn(), vi.fn()];
    function Form() {
      const [busy, setBusy] = useState(false);
      return (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
            setBusy(true);
          }}
        >
          <Button type="submit" busy={busy} onClick={press}>
            Send
          </Button>
        </form>
      );
    }
    render(<Form />);
    await userEvent.tab();
    await userEvent.keyboard("{Enter}{Enter}");
    const button = screen.getByRole("button", { name: "Send" });
    expect([press.mock.calls.length, submit.mock.calls.length]).toEqual([1, 1]);
    expect(document.activeElement).toBe(button);
    expect(button.getAttribute("aria-disabled")).toBe("true");
  });
});

describe("the virtual list", () => {
  const renderList = (count: number, onSelect = vi.fn()) => {
    const items = Array.from({ length: count }, (_, index) => `item ${index}`);
    render(
      <VirtualList
        label="Items"
        items={items}
        keyOf={(item) => item}
        rowHeight={40}
        render={(item) => item}
        selected={null}
        onSelect={onSelect}
      />,
    );
    return onSelect;
  };

  it("mounts few of many rows, and says how many there are", () => {
    renderList(10_000);
    const options = screen.getAllByRole("option");
    expect(options.length).toBeLessThanOrEqual(100);
    expect(options[0]?.getAttribute("aria-setsize")).toBe("10000");
  });

  it("moves with arrow keys and selects with Enter", async () => {
    const select = renderList(5);
    const list = screen.getByRole("listbox", { name: "Items" });
    list.focus();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}{End}{ArrowUp}");
    expect(list.getAttribute("aria-activedescendant")).toBe(screen.getByText("item 3").id);
    await userEvent.keyboard("{Enter}");
    expect(select).toHaveBeenCalledExactlyOnceWith("item 3");
  });
});
