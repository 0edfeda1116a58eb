import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { loadConfig, useConfig } from "../api/config";
import { useFeedActions, useFeedStatus } from "../api/feed";
import { refreshMerchants } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { useNow } from "../parts/times";

const text = messages.app.banners;

type Change = "resumed" | "restarted" | "updated";

/** After an interruption: whether the sandbox is the same process as before, and of the page's version. */
function useChange(resumed: boolean): Change {
  const config = useConfig();
  const startedAt = useRef(config.started_at);
  const [change, setChange] = useState<Change>("resumed");
  useEffect(() => {
    if (!resumed) return undefined;
    let isCurrent = true;
    loadConfig().then(
      (now) => {
        if (!isCurrent) return;
        const isRestarted = now.started_at !== startedAt.current;
        startedAt.current = now.started_at;
        setChange(now.version !== config.version ? "updated" : isRestarted ? "restarted" : "resumed");
      },
      () => undefined,
    );
    void refreshMerchants();
    return () => {
      isCurrent = false;
    };
  }, [resumed, config]);
  return change;
}

/** A line above the page while the feed does not work, and after it was interrupted. */
export function Banner() {
  const { state, retryAt, error, resumed } = useFeedStatus();
  const { poll, acknowledge } = useFeedActions();
  const change = useChange(resumed && state === "live");
  const seconds = Math.max(0, Math.ceil(((retryAt ?? 0) - useNow()) / 1000));
  const retry = <Button onClick={poll}>{text.retry}</Button>;
  const line = (message: string, action?: React.ReactNode) => (
    <div className="flex flex-wrap items-center gap-3 border-b border-line bg-warn-soft px-4 py-2 text-warn sm:px-6">
      <p className="grow">{message}</p>
      {action}
    </div>
  );
  let content: React.ReactNode = null;
  if (state === "offline") content = line(text.offline(seconds), retry);
  else if (state === "failed") content = line(text.failed(error?.message ?? "", seconds), retry);
  else if (state === "throttled") content = line(text.throttled(seconds));
  else if (state === "stopped") content = line(text.stopped, <Button onClick={poll}>{text.resume}</Button>);
  else if (state === "signed_out") {
    content = line(
      text.signed_out,
      <Link className="font-medium underline" to="/keys">
        {text.signIn}
      </Link>,
    );
  } else if (resumed) {
    const reload = <Button onClick={() => window.location.reload()}>{text.reload}</Button>;
    content = line(text[change], change === "updated" ? reload : <Button onClick={acknowledge}>{text.dismiss}</Button>);
  }
  // Announced when it changes its kind, not each second.
  return (
    <>
      <span role="status" className="sr-only">
        {state === "live" || state === "connecting" ? "" : messages.app.states[state]}
      </span>
      {content}
    </>
  );
}
