import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useApi, useStripeApi } from "../api/client";
import { useFeed } from "../api/feed";
import { readPage, type PageOf, type Source } from "../api/readPages";
import type { List } from "./list";

const PAGE = 50;
/** A filter without an index may leave a page empty: so many are read before the reader is asked to go on. */
const PAGES_AT_ONCE = 4;

/** What a list is read from. */
export function useSource(list: Pick<List<never>, "path" | "isStripe">): Source {
  const native = useApi();
  const stripe = useStripeApi();
  const isStripe = list.isStripe ?? false;
  return { client: isStripe ? stripe : native, path: list.path, isStripe };
}

/** A list, page by page. Its first page is read again when the feed has something new. */
export function useList<Row>(list: List<Row>, asked: Record<string, string>, enabled = true) {
  const { path, isArray, isStripe = false } = list;
  const source = useSource(list);
  const { entries } = useFeed();
  const query = useInfiniteQuery({
    enabled,
    queryKey: ["list", isStripe, path, asked],
    initialPageParam: null as string | null,
    getNextPageParam: (last: PageOf<Row>) => last.next_cursor,
    queryFn: async ({ pageParam, signal }) => {
      if (isArray) {
        return { data: await source.client.get<Row[]>(path, undefined, signal), next_cursor: null, searched: 0 };
      }
      let cursor = pageParam;
      let searched = 0;
      for (let read = 1; ; read++) {
        const page = await readPage<Row>(source, asked, cursor, PAGE, signal);
        cursor = page.next_cursor;
        searched += page.searched ?? 0;
        if (page.data.length > 0 || cursor === null || read === PAGES_AT_ONCE) return { ...page, searched };
      }
    },
  });
  const { refetch, isFetchingNextPage } = query;
  const pages = query.data?.pages.length ?? 0;
  const newest = entries[0]?.id;
  useEffect(() => {
    // More pages stay as they are while somebody reads them. Reading again would cancel the one that is on its way.
    if (pages === 1 && !isFetchingNextPage) void refetch();
    // Only what is new is a reason.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [newest]);
  const read = query.data?.pages;
  const searched = read?.reduce((sum, page) => sum + page.searched, 0) ?? 0;
  return { ...query, rows: read?.flatMap(({ data }) => data), searched };
}
