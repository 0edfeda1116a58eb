import { useEffect, useState } from "react";
import { messages } from "../messages";
import { Badge } from "../parts/Badge";
import { CodeBlock } from "../parts/CodeBlock";
import { TextField } from "../parts/Field";
import { KeyValue } from "../parts/KeyValue";
import { baseString, SecretError, verify, type Verification } from "./signature";
import { useSecret } from "./useWebhooks";

const text = messages.webhooks.signature;

interface SignatureProps {
  endpoint: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Number of the attempt. */
  attempt: number;
}

/** The signed text of a delivery, and whether its signature verifies with the secret, computed in the browser. */
export function SignatureCheck({ endpoint, headers, body, attempt }: SignatureProps) {
  const [secret, keepSecret] = useSecret(endpoint);
  const base = baseString(headers, body);
  const header = headers["webhook-signature"];
  if (base === null || header === undefined) return <p className="text-muted">{text.unsigned}</p>;
  return (
    <div className="flex flex-col gap-2">
      <p className="text-muted">{text.how}</p>
      <CodeBlock code={base} label={text.base(attempt)} />
      <TextField
        label={text.secret}
        hint={text.secretHint}
        value={secret ?? ""}
        onChange={(event) => keepSecret(event.target.value)}
        placeholder="whsec_…"
        autoComplete="off"
        spellCheck={false}
        type="password"
      />
      {secret ? <Result key={secret} secret={secret} base={base} header={header} /> : <p>{text.needsSecret}</p>}
    </div>
  );
}

function Result({ secret, base, header }: { secret: string; base: string; header: string }) {
  const [result, setResult] = useState<Verification | "malformed" | "unavailable" | null>(null);
  useEffect(() => {
    let isCurrent = true;
    verify(secret, base, header).then(
      (verification) => isCurrent && setResult(verification),
      // Browsers sign on pages of HTTPS and of this machine only.
      (error: unknown) => isCurrent && setResult(error instanceof SecretError ? "malformed" : "unavailable"),
    );
    return () => {
      isCurrent = false;
    };
  }, [secret, base, header]);
  if (result === null) return null;
  if (typeof result === "string") return <p role="alert">{text[result]}</p>;
  const { computed, sent, valid } = result;
  return (
    <div className="flex flex-col gap-2" role="status">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={valid ? "good" : "bad"}>{valid ? text.valid : text.invalid}</Badge>
        <span>{valid ? text.why : text.whyNot}</span>
      </p>
      <KeyValue
        pairs={[
          [
            text.computed,
            <code key="computed" className="font-mono text-xs break-all">
              {computed}
            </code>,
          ],
          [
            text.sent,
            sent.map((one) => (
              <code key={one} className="block font-mono text-xs break-all">
                {one}
              </code>
            )),
          ],
        ]}
      />
    </div>
  );
}
