import { useState, type SubmitEvent } from "react";

export interface Submission {
  busy: boolean;
  /** Why the last submission failed; null while there is another one. */
  error: Error | null;
  onSubmit: (event: SubmitEvent) => void;
}

/** Submits a form by an action, and keeps its failure. Signed out, there is no query client for a mutation. */
export function useSubmit(action: () => Promise<void>): Submission {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await action();
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    void submit();
  };
  return { busy, error, onSubmit };
}
