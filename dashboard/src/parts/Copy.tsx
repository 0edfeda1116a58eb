import { useEffect, useState } from "react";
import { messages } from "../messages";
import { Button, IconButton } from "./Button";

const SHOWN_MS = 2_000;

type CopyState = "idle" | "copied" | "failed";

/** Copies a text and says so for two seconds. */
function useCopy(text: string | (() => string)): [CopyState, () => void] {
  const [state, setState] = useState<CopyState>("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    written(typeof text === "string" ? text : text()).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  return [state, copy];
}

/** Write to the clipboard. Rejects where there is none: a page of another machine without TLS. */
async function written(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

interface CopyProps {
  /** A function is called when the button is pressed. */
  text: string | (() => string);
  label?: string;
}

/** An icon that copies a text. */
export function CopyIcon({ text, label = messages.parts.copy }: CopyProps) {
  const [state, copy] = useCopy(text);
  return (
    <>
      <IconButton icon={state === "copied" ? "check" : "copy"} label={label} onClick={copy} />
      <Announcement state={state} />
    </>
  );
}

/** A button with a text that copies. */
export function CopyButton({ text, label = messages.parts.copy }: CopyProps) {
  const [state, copy] = useCopy(text);
  return (
    <>
      <Button icon={state === "copied" ? "check" : "copy"} onClick={copy}>
        {state === "copied" ? messages.parts.copied : label}
      </Button>
      <Announcement state={state} />
    </>
  );
}

function Announcement({ state }: { state: CopyState }) {
  return (
    <span role="status" className={state === "failed" ? "text-bad" : "sr-only"}>
      {state === "copied" ? messages.parts.copied : state === "failed" ? messages.parts.copyFailed : ""}
    </span>
  );
}
