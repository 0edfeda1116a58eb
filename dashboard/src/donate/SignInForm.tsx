import { useState } from "react";
import { Button } from "../parts/Button";
import { TextField } from "../parts/Field";
import { messages } from "./messages";
import { confirmDonor, sendCodeAgain, signInDonor, signUpDonor, UnconfirmedError, type Donor } from "./signIn";

type Mode = "in" | "up" | "confirm";

interface SignInFormProps {
  /** Why the donor has to sign in again. */
  notice: string | null;
  onDonor: (donor: Donor) => void;
  onBack: () => void;
}

/** Sign in, or create an account and confirm its e-mail address. */
export function SignInForm({ notice, onDonor, onBack }: SignInFormProps) {
  const [mode, setMode] = useState<Mode>("in");
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [status, setStatus] = useState(notice);

  /** Do something that may fail with a sentence of the user pool. */
  async function attempt(action: () => Promise<void>): Promise<void> {
    setBusy(true);
    setError(null);
    setStatus(null);
    try {
      await action();
    } catch (failure) {
      if (failure instanceof UnconfirmedError) setMode("confirm");
      else setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  }

  const submit: Record<Mode, () => Promise<Donor>> = {
    in: () => signInDonor(email, password),
    up: () => signUpDonor(email, name, password),
    confirm: () => confirmDonor(email, code, password),
  };
  const other = mode === "in" ? "up" : "in";

  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void attempt(async () => onDonor(await submit[mode]()));
      }}
    >
      <h2 className="text-xl font-semibold">{messages.signIn.heading[mode]}</h2>
      {status && <p role="status">{status}</p>}
      {mode === "confirm" ? (
        <TextField
          label={messages.signIn.code}
          hint={messages.signIn.codeHint(email)}
          required
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(event.target.value.trim())}
        />
      ) : (
        <>
          {mode === "up" && (
            <TextField
              label={messages.signIn.name}
              required
              autoComplete="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
          <TextField
            label={messages.signIn.email}
            type="email"
            required
            autoComplete="username"
            value={email}
            onChange={(event) => setEmail(event.target.value.trim())}
          />
          <TextField
            label={messages.signIn.password}
            hint={mode === "up" ? messages.signIn.passwordHint : undefined}
            type="password"
            required
            autoComplete={mode === "up" ? "new-password" : "current-password"}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </>
      )}
      {error && (
        <p role="alert" className="text-bad">
          {error}
        </p>
      )}
      <Button type="submit" variant="primary" busy={busy} className="w-full">
        {messages.signIn.submit[mode]}
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button variant="quiet" onClick={onBack}>
          {messages.back}
        </Button>
        {mode === "confirm" ? (
          <Button
            variant="quiet"
            onClick={() =>
              void attempt(async () => {
                await sendCodeAgain(email);
                setStatus(messages.signIn.resent);
              })
            }
          >
            {messages.signIn.resend}
          </Button>
        ) : (
          <Button
            variant="quiet"
            onClick={() => {
              setMode(other);
              setError(null);
            }}
          >
            {mode === "in" ? messages.signIn.toUp : messages.signIn.toIn}
          </Button>
        )}
      </div>
    </form>
  );
}
