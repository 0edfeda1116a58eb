import { useEffect, type ReactNode } from "react";
import { ApiError, OfflineError, ThrottledError } from "../api/client";
import { useDocUrl } from "../api/config";
import { messages } from "../messages";
import { Button } from "./Button";
import { CodeText } from "./CodeText";
import { Icon, type IconName } from "./Icon";
import { useNow } from "./times";
import { UserText } from "./visible";

interface StateProps {
  title: string;
  icon?: IconName;
  children?: ReactNode;
  actions?: ReactNode;
}

function State({ title, icon, children, actions, alert = false }: StateProps & { alert?: boolean }) {
  return (
    <div
      role={alert ? "alert" : undefined}
      className="mx-auto flex max-w-lg flex-col items-center gap-2 px-4 py-12 text-center"
    >
      {icon && (
        <span className="text-muted">
          <Icon name={icon} size={24} />
        </span>
      )}
      <h2 className="text-base font-semibold">{title}</h2>
      {children && <div className="text-muted">{children}</div>}
      {actions && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** Nothing is there yet. */
export function Empty(props: StateProps) {
  return <State {...props} />;
}

/** Waiting for an answer. */
export function Loading({ label = messages.parts.loading }: { label?: string }) {
  return (
    <div role="status" className="flex items-center justify-center gap-2 py-12 text-muted">
      <span className="size-4 animate-spin rounded-full border-2 border-line border-t-accent" aria-hidden="true" />
      {label}
    </div>
  );
}

/** 429: counts down, then calls `retry`. `retryAt` is in milliseconds since 1970. */
export function Throttled({ retryAt, retry }: { retryAt: number; retry: (() => void) | undefined }) {
  const seconds = Math.max(0, Math.ceil((retryAt - useNow()) / 1000));
  useEffect(() => {
    if (!retry) return undefined;
    const timer = setTimeout(retry, Math.max(0, retryAt - Date.now()));
    return () => clearTimeout(timer);
  }, [retryAt, retry]);
  return (
    <State title={messages.parts.throttled.title} icon="warning" alert>
      {messages.parts.throttled.text} {messages.parts.retryIn(seconds)}
    </State>
  );
}

/** No answer from the sandbox. */
export function Offline({ retry }: { retry?: (() => void) | undefined }) {
  const actions = retry && (
    <Button icon="refresh" onClick={retry}>
      {messages.parts.retry}
    </Button>
  );
  return (
    <State title={messages.parts.offline.title} icon="warning" alert actions={actions}>
      <CodeText>{messages.parts.offline.text}</CodeText>
    </State>
  );
}

/** Any failure of a request: offline, throttled, or an error of the API with a link to its page. */
export function ErrorState({ error, retry }: { error: Error; retry?: () => void }) {
  if (error instanceof OfflineError) return <Offline retry={retry} />;
  if (error instanceof ThrottledError) return <Throttled retryAt={error.retryAt} retry={retry} />;
  const actions = retry && (
    <Button icon="refresh" onClick={retry}>
      {messages.parts.retry}
    </Button>
  );
  if (!(error instanceof ApiError)) {
    return (
      <State title={messages.parts.failed} icon="warning" alert actions={actions}>
        {error.message}
      </State>
    );
  }
  return (
    <State title={error.problem.title} icon="warning" alert actions={actions}>
      <ErrorDetail error={error} />
    </State>
  );
}

/** Detail, code and request ID of an error, in one paragraph. */
function ErrorDetail({ error }: { error: ApiError }) {
  const { detail, code, doc_url } = error.problem;
  const page = useDocUrl(doc_url);
  return (
    <>
      {detail && (
        <p>
          <UserText>{detail}</UserText>
        </p>
      )}
      <p className="mt-1 text-xs">
        {doc_url ? (
          <a className="text-accent underline" href={page} target="_blank" rel="noreferrer">
            {code}
          </a>
        ) : (
          code
        )}
        {error.requestId && <> · {messages.parts.requestId(error.requestId)}</>}
      </p>
    </>
  );
}

/** A failure beside a form or a button; announced. */
export function InlineError({ error }: { error: Error | null }) {
  if (!error) return null;
  const text = error instanceof OfflineError ? messages.parts.offline.title : error.message;
  return (
    <div role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-bad">
      {error instanceof ApiError ? <ErrorDetail error={error} /> : text}
    </div>
  );
}
