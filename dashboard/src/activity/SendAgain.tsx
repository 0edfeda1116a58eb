import { useMutation } from "@tanstack/react-query";
import { useId, useState, type SubmitEvent } from "react";
import { ApiError, newIdempotencyKey, useApi, useStripeApi, type Answer, type Method } from "../api/client";
import { useFeedActions } from "../api/feed";
import { loggedId } from "../api/requestId";
import { messages } from "../messages";
import { HttpStatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { JsonView } from "../parts/JsonView";
import { InlineError } from "../parts/states";
import { maskedNames, parseObject } from "./maskedBody";
import { formOf, isStripePath, type SampleRequest } from "./samples";
import { visible, visibleJson } from "../parts/visible";

const text = messages.activity.again;

interface Result {
  status: number;
  body: unknown;
  requestId: string | null;
}

/** Sends the request once more: the same body, which can be changed before, with a new idempotency key. */
export function SendAgain({ request, onSelect }: { request: SampleRequest; onSelect: (id: string) => void }) {
  const native = useApi();
  const stripe = useStripeApi();
  const { poll } = useFeedActions();
  const id = useId();
  const [body, setBody] = useState(visibleJson(request.body ?? ""));
  const isStripe = isStripePath(request.path);
  const hasBody = request.body !== null;
  const masked = hasBody ? maskedNames(body) : [];
  const isJson = !hasBody || parseObject(body) !== null;

  const sending = useMutation<Result>({
    mutationFn: async () => {
      const sent = {
        ...(hasBody && (isStripe ? { form: formOf(body) } : { body: parseObject(body) })),
        ...(request.hasIdempotencyKey && { idempotencyKey: newIdempotencyKey() }),
      };
      const path = isStripe ? request.path.slice("/v1".length) : request.path;
      try {
        const answer: Answer<unknown> = await (isStripe ? stripe : native).request(
          request.method as Method,
          path,
          sent,
        );
        return { status: answer.status, body: answer.data, requestId: answer.requestId };
      } catch (error) {
        // An error of the API is an answer, too. No answer, or a spent rate limit, is a failure.
        if (!(error instanceof ApiError) || error.status === 429) throw error;
        return { status: error.status, body: error.body, requestId: error.requestId };
      }
    },
    onSettled: poll,
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    sending.mutate();
  };
  const result = sending.data;
  return (
    <section aria-label={text.title}>
      <h3 className="mb-1 font-semibold">{text.title}</h3>
      <form onSubmit={submit} className="flex flex-col gap-2">
        {hasBody && (
          <div>
            <label htmlFor={id} className="mb-1 block font-medium">
              {text.body}
            </label>
            <textarea
              id={id}
              value={body}
              onChange={(event) => setBody(event.target.value)}
              rows={Math.min(12, body.split("\n").length + 1)}
              spellCheck={false}
              aria-describedby={`${id}-hint`}
              aria-invalid={!isJson || undefined}
              className="w-full rounded-md border border-strong-line bg-surface px-2.5 py-1.5 font-mono text-xs"
            />
            <p id={`${id}-hint`} className={isJson && !masked.length ? "text-xs text-muted" : "text-xs text-bad"}>
              {!isJson ? text.notJson : masked.length ? text.masked(visible(masked.join(", "))) : text.hint}
            </p>
          </div>
        )}
        <div>
          <Button
            type="submit"
            variant="primary"
            icon="refresh"
            busy={sending.isPending}
            disabled={!isJson || masked.length > 0}
          >
            {request.hasIdempotencyKey ? text.submitWithKey : text.submit}
          </Button>
        </div>
        <InlineError error={sending.error} />
      </form>
      {result && (
        <div className="mt-3 flex flex-col gap-2">
          <p role="status" className="flex flex-wrap items-center gap-2">
            {text.answered} <HttpStatusBadge status={result.status} />
            {result.requestId !== null && request.method !== "GET" && (
              <Button variant="quiet" onClick={() => onSelect(loggedId(result.requestId ?? ""))}>
                {text.open}
              </Button>
            )}
          </p>
          {result.body !== "" && <JsonView value={result.body} label={text.answer} />}
        </div>
      )}
    </section>
  );
}
