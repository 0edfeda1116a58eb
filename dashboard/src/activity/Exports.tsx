import { useState } from "react";
import { newIdempotencyKey } from "../api/client";
import { useConfig } from "../api/config";
import type { LoggedRequest } from "../api/schema";
import { messages } from "../messages";
import { CodeBlock } from "../parts/CodeBlock";
import { Tabs } from "../parts/Tabs";
import { exported, isRed, type ExportForm } from "./exports";

const text = messages.activity.exports;
const FORMS: readonly ExportForm[] = ["curl", "pytest", "vitest", "agent"];

/** A request that failed or was declined, as text that runs elsewhere. Nothing for other requests. */
export function Exports({ request }: { request: LoggedRequest }) {
  const { api_base, v1_base } = useConfig();
  // The same key as long as the details are open.
  const [newKey] = useState(newIdempotencyKey);
  const { path } = request;
  if (!path || !isRed(request)) return null;
  const docs = new URL(`${api_base}/docs`, location.origin).href;
  const tabs = FORMS.map((form) => {
    const code = exported({ ...request, path }, { form, v1Base: v1_base, docs, newKey });
    return { id: form, title: text.forms[form], content: <CodeBlock code={code} label={text.as(text.forms[form])} /> };
  });
  return (
    <section aria-label={text.title}>
      <h3 className="mb-1 font-semibold">{text.title}</h3>
      <Tabs label={text.title} tabs={tabs} />
    </section>
  );
}
