import { useMemo, type ReactNode } from "react";
import { CodeBlock } from "./CodeBlock";
import { visibleJson } from "./visible";

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
/** Longer documents are shown without colors. */
const COLORED_CHARS = 50_000;

function colored(text: string): ReactNode {
  if (text.length > COLORED_CHARS) return text;
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(end, match.index));
    const [whole, string, colon] = match;
    const color = string === undefined ? "text-info" : colon === undefined ? "text-good" : "text-ink font-medium";
    parts.push(
      <span key={match.index} className={color}>
        {whole}
      </span>,
    );
    end = match.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts;
}

/** Indented text of a JSON document; other text, such as one that was cut, stays as it is. */
export function prettyJson(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

/** A JSON document: a value, or its text. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = useMemo(() => visibleJson(prettyJson(value)), [value]);
  const shown = useMemo(() => colored(text), [text]);
  return (
    <CodeBlock code={text} label={label}>
      {shown}
    </CodeBlock>
  );
}
