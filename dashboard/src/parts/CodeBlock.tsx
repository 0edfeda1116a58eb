import clsx from "clsx";
import type { ReactNode } from "react";
import { messages } from "../messages";
import { CopyButton, CopyIcon } from "./Copy";
import { UserText, visibleLines } from "./visible";

/** Stands for the API key in code samples; the samples never contain a key. */
export const KEY_PLACEHOLDER = "$API_KEY";

interface CodeBlockProps {
  code: string;
  /** All of it is shown, as the content of a page. */
  isWhole?: boolean;
  /** Name for screen readers. */
  label: string;
  /** With a key, a second button copies the code with the key in place of `$API_KEY`. */
  apiKey?: string;
  /** Shown instead of the plain code, for instance with colors. */
  children?: ReactNode;
}

export function CodeBlock({ code, label, isWhole = false, apiKey, children }: CodeBlockProps) {
  const hasPlaceholder = apiKey !== undefined && code.includes(KEY_PLACEHOLDER);
  return (
    <figure className="overflow-hidden rounded-md border border-line bg-raised" aria-label={label}>
      <div className="relative">
        {/* Scrollable, so it must be reachable by keyboard. */}
        <pre
          tabIndex={0}
          role="region"
          aria-label={label}
          className={clsx(
            "overflow-auto p-3 pr-11 font-mono text-xs leading-5 break-words whitespace-pre-wrap",
            !isWhole && "max-h-96",
          )}
        >
          {children ?? visibleLines(code)}
        </pre>
        {/* Beside the scroll bar. */}
        <div className="absolute top-1 right-4">
          <CopyIcon text={code} label={messages.parts.copyOf(label)} />
        </div>
      </div>
      {hasPlaceholder && (
        <figcaption className="flex flex-wrap items-center gap-2 border-t border-line p-2">
          <CopyButton text={() => code.replaceAll(KEY_PLACEHOLDER, apiKey)} label={messages.parts.copyWithKey} />
          <span className="text-muted">{messages.parts.placeholder(KEY_PLACEHOLDER)}</span>
        </figcaption>
      )}
    </figure>
  );
}

/** One short command or value, with a button that copies it. */
export function CopyLine({ text }: { text: string }) {
  return (
    <span className="flex items-center gap-2 rounded-md border border-line bg-raised py-0.5 pr-0.5 pl-3">
      <code className="min-w-0 grow font-mono text-xs wrap-anywhere">
        <UserText>{text}</UserText>
      </code>
      <CopyIcon text={text} label={messages.parts.copyOf(text)} />
    </span>
  );
}
