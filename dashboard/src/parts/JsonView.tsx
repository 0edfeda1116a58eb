import { useMemo, type ReactNode } from "react";
import { Link } from "react-router";
import { CodeBlock } from "./CodeBlock";
import { visibleJson } from "./visible";

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
/** Longer documents are shown without colors. */
const COLORED_CHARS = 50_000;

/** The value of a text in JSON, empty if it is cut. */
function valueOf(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return "";
  }
}

function colored(text: string, pageOf?: (value: string) => string | null): ReactNode {
  if (text.length > COLORED_CHARS) return text;
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(end, match.index));
    const [whole, string, colon] = match;
    const color = string === undefined ? "text-info" : colon === undefined ? "text-good" : "text-ink font-medium";
    const page = string !== undefined && colon === undefined ? pageOf?.(valueOf(string)) : undefined;
    parts.push(
      page ? (
        <Link key={match.index} className="text-accent underline" to={page}>
          {whole}
        </Link>
      ) : (
        <span key={match.index} className={color}>
          {whole}
        </span>
      ),
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

interface JsonViewProps {
  value: unknown;
  label: string;
  /** All of it is shown, as the content of a page. */
  isWhole?: boolean;
  /** Address of the page that a text of the document leads to, null for none. */
  pageOf?: (value: string) => string | null;
}

/** A JSON document: a value, or its text. */
export function JsonView({ value, label, isWhole = false, pageOf }: JsonViewProps) {
  const text = useMemo(() => visibleJson(prettyJson(value)), [value]);
  const shown = colored(text, pageOf);
  return (
    <CodeBlock code={text} label={label} isWhole={isWhole}>
      {shown}
    </CodeBlock>
  );
}
