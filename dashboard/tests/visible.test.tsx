import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { CodeBlock, CopyLine } from "../src/parts/CodeBlock";
import { JsonView } from "../src/parts/JsonView";
import { KeyValue } from "../src/parts/KeyValue";
import { UserText, visible, visibleJson, visibleLines } from "../src/parts/visible";

const BIDI_MARKS = Array.from("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c");
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe("hidden characters are shown as the program shows them", () => {
  it.each([
    ["\u202egnp.exe", "\\u202egnp.exe"],
    ["\u061ca", "\\u061ca"],
    ["a\u200b\u00adb", "a\\u200b\\xadb"],
    ["\x1b[31m", "\\x1b[31m"],
    ["a\r\n\tb", "a\\r\\n\\tb"],
    ["\u{e0041}", "\\U000e0041"],
    ["\ud83d!", "\\ud83d!"],
    ["Größe 7 € 😀 שלום", "Größe 7 € 😀 שלום"],
  ])("%j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each(BIDI_MARKS)("mark of the order of writing %j", (mark) => {
    const shown = `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`;
    expect([visible(mark), visibleLines(mark), visibleJson(mark)]).toEqual([shown, shown, shown]);
  });

  it("a text with lines keeps them", () => {
    expect(visibleLines("a\n\tb\r\u202e")).toBe("a\n\tb\\r\\u202e");
  });

  it("JSON reads back what it was", () => {
    const value = { "\u202ekey": "\u2066a\u2069\u{e0041}\ud83d", b: ["\x1b"] };
    const shown = visibleJson(JSON.stringify(value, null, 2));
    expect(shown).not.toMatch(/[\p{Cf}\p{Cs}]/u);
    expect(JSON.parse(shown)).toEqual(value);
  });
});

describe("a text of somebody else", () => {
  const hostile = `order ${BIDI_MARKS.join("")}\x1b`;

  it("is isolated from what stands beside it", () => {
    render(<UserText>{"\u202e7 מאה"}</UserText>);
    expect(screen.getByText("\\u202e7 מאה").tagName).toBe("BDI");
  });

  it.each([
    ["a fact", <KeyValue pairs={[["Reference", hostile]]} />],
    ["code", <CodeBlock code={hostile} label="Code" />],
    ["a line to copy", <CopyLine text={hostile} />],
    ["JSON", <JsonView value={{ reference: hostile }} label="Body" />],
    ["a text that is no JSON", <JsonView value={hostile} label="Body" />],
  ])("has no hidden character in %s", (_, part) => {
    const { container } = render(part);
    expect(container.textContent).toContain("\\u202e");
    expect(container.textContent.replaceAll("\n", "")).not.toMatch(HIDDEN);
  });
});
