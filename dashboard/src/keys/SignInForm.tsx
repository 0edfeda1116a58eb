import { useState } from "react";
import { useConfig } from "../api/config";
import { NotAKeyError, signInWithKey } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { TextField } from "../parts/Field";
import { InlineError } from "../parts/states";
import { useSubmit } from "./useSubmit";

const text = messages.keys.signIn;

interface SignInFormProps {
  /** Called when the API has accepted the key. */
  onDone: () => void;
  submitText?: string;
}

/** Sign in by pasting a secret key. */
export function SignInForm({ onDone, submitText = text.submit }: SignInFormProps) {
  const { api_base } = useConfig();
  const [key, setKey] = useState("");
  const { busy, error, onSubmit } = useSubmit(async () => {
    await signInWithKey(api_base, key);
    setKey("");
    onDone();
  });
  const isMalformed = error instanceof NotAKeyError;
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3" noValidate>
      <TextField
        label={text.key}
        hint={text.hint}
        error={isMalformed ? text.notAKey : null}
        value={key}
        onChange={(event) => setKey(event.target.value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
      {!isMalformed && <InlineError error={error} />}
      <Button type="submit" variant="primary" busy={busy} disabled={!key.trim()} className="self-start">
        {submitText}
      </Button>
    </form>
  );
}
