import { useState } from "react";
import { createMerchant, NotAMerchantNameError, useCreatedMerchant } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { TextField } from "../parts/Field";
import { InlineError } from "../parts/states";
import { useSubmit } from "./useSubmit";

const text = messages.keys.create;

/** Create a merchant and its keys in the sandbox on this machine, and select it. */
export function CreateMerchantForm() {
  const [name, setName] = useState("");
  const created = useCreatedMerchant();
  const { busy, error, onSubmit } = useSubmit(async () => {
    await createMerchant(name);
    setName("");
  });
  const isInvalid = error instanceof NotAMerchantNameError;
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3" noValidate>
      <TextField
        label={text.name}
        hint={text.hint}
        error={isInvalid ? text.invalid : null}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
      {!isInvalid && <InlineError error={error} />}
      <p role="status" className="text-good empty:hidden">
        {created && (created.isNew ? text.created(created.merchant) : text.existed(created.merchant))}
      </p>
      <Button type="submit" busy={busy} disabled={!name} className="self-start">
        {text.submit}
      </Button>
    </form>
  );
}
