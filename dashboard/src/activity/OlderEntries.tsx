import { MAX_ENTRIES, type OlderStatus } from "../api/feed";
import { messages } from "../messages";
import { Button } from "../parts/Button";

const text = messages.activity.older;

/** Below the list: loads older entries, or says why there are no more. Scrolling to the end of the list loads them too. */
export function OlderEntries({ older, load }: { older: OlderStatus; load: () => void }) {
  const { state, error } = older;
  const isLoading = state === "loading";
  return (
    <div className="flex min-h-11 flex-wrap items-center justify-center gap-2 border-t border-line px-3 py-1 text-muted">
      <p role="status" className={error ? "text-bad empty:hidden" : "empty:hidden"}>
        {error && text.failed(error.message)}
        {state === "none" && text.none}
        {state === "full" && text.full(MAX_ENTRIES)}
      </p>
      {(state === "available" || isLoading || state === "failed") && (
        <Button variant="quiet" busy={isLoading} onClick={load}>
          {isLoading ? text.loading : error ? messages.parts.retry : text.load}
        </Button>
      )}
    </div>
  );
}
