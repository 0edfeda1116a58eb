import { useState } from "react";
import { Button } from "../parts/Button";
import { parseAmount } from "../parts/currency";
import { TextField } from "../parts/Field";
import { Money } from "../parts/Money";
import type { Gift } from "./donations";
import { messages } from "./messages";

/** Minor units of USD. */
const PRESETS = [10_00, 25_00, 50_00, 100_00];
const MESSAGE_MAX = 500;

interface AmountFormProps {
  gift: Gift;
  busy: boolean;
  error: string | null;
  onGift: (gift: Gift) => void;
}

/** Amount, message and anonymity. */
export function AmountForm({ gift, busy, error, onGift }: AmountFormProps) {
  const [preset, setPreset] = useState(PRESETS.includes(gift.amount) ? gift.amount : null);
  const [other, setOther] = useState(preset === null ? String(gift.amount / 100) : "");
  const [message, setMessage] = useState(gift.message);
  const [anonymous, setAnonymous] = useState(gift.anonymous);
  const [invalid, setInvalid] = useState<string | null>(null);

  function submit(): void {
    const amount = other ? parseAmount(other, "USD") : preset;
    setInvalid(amount ? null : messages.amount.invalid);
    if (amount) onGift({ amount, message: message.trim(), anonymous });
  }

  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) submit();
      }}
    >
      <h2 className="text-xl font-semibold">{messages.amount.heading}</h2>
      <fieldset>
        <legend className="mb-1 font-medium">{messages.amount.presets}</legend>
        <div className="grid grid-cols-2 gap-2">
          {PRESETS.map((amount) => (
            <label
              key={amount}
              className="flex cursor-pointer items-center justify-center gap-2 rounded-md border border-strong-line bg-surface p-3 has-checked:border-accent has-checked:bg-accent-soft"
            >
              <input
                type="radio"
                name="amount"
                checked={!other && preset === amount}
                onChange={() => {
                  setPreset(amount);
                  setOther("");
                }}
              />
              <Money amount={amount} currency="USD" />
            </label>
          ))}
        </div>
      </fieldset>
      <TextField
        label={messages.amount.other}
        inputMode="decimal"
        autoComplete="off"
        value={other}
        error={invalid}
        onChange={(event) => setOther(event.target.value)}
      />
      <TextField
        label={messages.amount.message}
        hint={messages.amount.messageHint}
        maxLength={MESSAGE_MAX}
        value={message}
        onChange={(event) => setMessage(event.target.value)}
      />
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={anonymous} onChange={(event) => setAnonymous(event.target.checked)} />
        {messages.amount.anonymous}
      </label>
      {error && (
        <p role="alert" className="text-bad">
          {error}
        </p>
      )}
      <Button type="submit" variant="primary" busy={busy} className="w-full">
        {messages.amount.next}
      </Button>
    </form>
  );
}
