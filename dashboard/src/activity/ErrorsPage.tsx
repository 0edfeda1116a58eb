import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useApi } from "../api/client";
import { useConfig } from "../api/config";
import { useFeed } from "../api/feed";
import type { LoggedRequest, LoggedRequestList } from "../api/schema";
import { messages } from "../messages";
import { HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Time } from "../parts/Time";
import { UserText } from "../parts/visible";
import { groupErrors, type ErrorGroup } from "./errors";
import { Views } from "./Views";

const text = messages.activity.errors;

/** The most that the route answers at once. */
const PAGE = 100;
const PAGES_AT_ONCE = 3;
const READ_AGAIN_MS = 5_000;
const LINK = "font-mono text-xs text-accent underline";

/** Failed requests by code and route, as many of the log's as were asked for. */
export default function ErrorsPage() {
  const { requests, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useFailedRequests();
  const groups = groupErrors(requests ?? []);
  const oldest = requests?.at(-1);
  return (
    <Page title={messages.activity.title} wide actions={<Views />}>
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {isPending && <Loading />}
      {requests?.length === 0 && <Empty title={text.empty.title}>{text.empty.text}</Empty>}
      {oldest && (
        <>
          <p className="mb-3 text-muted">
            {hasNextPage ? text.newest(requests?.length ?? 0) : text.all(requests?.length ?? 0)}{" "}
            <Time at={oldest.created_at} />.
          </p>
          <Table
            label={text.title}
            columns={COLUMNS}
            rows={groups}
            keyOf={({ code, isDecline, route }) => `${isDecline ? "declined" : ""} ${code} ${route}`}
          />
        </>
      )}
      {hasNextPage && (
        <div className="mt-3 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {text.further}
          </Button>
        </div>
      )}
    </Page>
  );
}

/** Failed requests of the log, newest first. The newest are read again when the feed has another one. */
function useFailedRequests() {
  const api = useApi();
  const { entries } = useFeed();
  const query = useInfiniteQuery({
    queryKey: ["failed_requests"],
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: LoggedRequestList) => next_cursor,
    queryFn: async ({ pageParam, signal }) => {
      const data: LoggedRequest[] = [];
      let cursor = pageParam;
      for (let read = 0; read < PAGES_AT_ONCE; read++) {
        const page = await api.get<LoggedRequestList>("/requests", { failed: true, limit: PAGE, cursor }, signal);
        data.push(...page.data);
        cursor = page.next_cursor ?? null;
        if (cursor === null) break;
      }
      return { data, next_cursor: cursor };
    },
  });
  const { refetch, isFetchingNextPage } = query;
  const pages = query.data?.pages.length ?? 0;
  const newest = entries.find((entry) => entry.kind === "request" && entry.request.status >= 400)?.id;
  const seen = useRef<string>(undefined);
  const last = useRef(0);
  useEffect(() => {
    // More pages stay as they are while somebody reads them. Reading again would cancel the one that is on its way.
    if (pages !== 1 || isFetchingNextPage || newest === undefined || newest === seen.current) return undefined;
    const isFirst = seen.current === undefined;
    seen.current = newest;
    if (isFirst) return undefined;
    const read = () => {
      last.current = Date.now();
      void refetch();
    };
    const timer = setTimeout(read, Math.max(0, last.current + READ_AGAIN_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [newest, pages, isFetchingNextPage, refetch]);
  return { ...query, requests: query.data?.pages.flatMap(({ data }) => data) };
}

const COLUMNS: readonly Column<ErrorGroup>[] = [
  {
    id: "code",
    title: text.code,
    render: ({ code, isDecline, status, last }) => (
      <div className="min-w-0 sm:max-w-xl">
        <p className="flex flex-wrap items-center gap-2">
          {isDecline ? <StatusBadge status="declined" /> : <HttpStatusBadge status={status} />}
          {isDecline ? (
            <DeclineCode code={code} />
          ) : last.code ? (
            <ErrorPage code={code} />
          ) : (
            <code className="font-mono text-xs">{code}</code>
          )}
        </p>
        {last.detail && (
          <p className="mt-1 text-xs text-muted">
            <UserText>{last.detail}</UserText>
          </p>
        )}
      </div>
    ),
  },
  {
    id: "route",
    title: text.route,
    render: ({ code, isDecline, route, last }) => (
      <Link
        className={LINK}
        to={`/?${new URLSearchParams({ route, ...(isDecline ? { status: "declined" } : last.code && { code }) }).toString()}`}
      >
        {route}
      </Link>
    ),
  },
  { id: "count", title: text.count, align: "right", render: ({ count }) => count.toLocaleString("en-US") },
  { id: "first", title: text.first, render: ({ first }) => <Time at={first.created_at} /> },
  { id: "last", title: text.last, render: ({ last }) => <Time at={last.created_at} /> },
  {
    id: "request",
    title: text.request,
    render: ({ last }) => (
      <Link className={LINK} to={`/?id=${encodeURIComponent(last.request_id)}`}>
        {last.request_id}
      </Link>
    ),
  },
];

/** A decline code, with what it means and which cards cause it. */
function DeclineCode({ code }: { code: string }) {
  const { api_base } = useConfig();
  return (
    <a className={LINK} href={`${api_base}/docs/reference/cards#decline-codes`} target="_blank" rel="noreferrer">
      {code}
    </a>
  );
}

function ErrorPage({ code }: { code: string }) {
  const { api_base } = useConfig();
  return (
    <a className={LINK} href={`${api_base}/docs/errors/${code}`} target="_blank" rel="noreferrer">
      {code}
    </a>
  );
}
