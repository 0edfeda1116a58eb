import { ThrottledError, type Client } from "./client";

/** The most rows that a count or a sum is made of. */
export const MOST_ROWS = 10_000;
/** The most that a route answers at once. */
const PAGE = 100;

/** A page of a list of either API. */
export interface PageOf<Row> {
  data: Row[];
  /** What asks for the next page: a cursor, or the ID of the last object. Null after the last page. */
  next_cursor: string | null;
  /** With a filter that no index has: how many rows the page was compared with. */
  searched?: number | null;
}

/** A list of an API. Those of the Stripe-compatible one are paged by the last object's ID. */
export interface Source {
  client: Client;
  path: string;
  isStripe: boolean;
}

type Asked = Readonly<Record<string, string>>;

/** One page, after `cursor`. */
export async function readPage<Row>(
  { client, path, isStripe }: Source,
  asked: Asked,
  cursor: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<PageOf<Row>> {
  if (!isStripe) return client.get<PageOf<Row>>(path, { ...asked, limit, cursor }, signal);
  const query = { ...asked, limit, starting_after: cursor };
  const { data, has_more } = await client.get<{ data: Row[]; has_more: boolean }>(path, query, signal);
  const last = data.at(-1) as { id?: string } | undefined;
  return { data, next_cursor: has_more ? (last?.id ?? null) : null };
}

/** All pages, one after the other. It waits where the key's rate limit is spent. */
export async function* allPages<Row>(source: Source, asked: Asked, signal?: AbortSignal): AsyncGenerator<PageOf<Row>> {
  let cursor: string | null = null;
  do {
    const page: PageOf<Row> = await afterLimit(() => readPage<Row>(source, asked, cursor, PAGE, signal), signal);
    yield page;
    cursor = page.next_cursor;
  } while (cursor !== null);
}

/** The rows of a list, at most so many, and whether there are no others. The caller names their type. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export async function readRows<Row>(
  source: Source,
  asked: Asked,
  most: number,
  signal?: AbortSignal,
): Promise<{ rows: Row[]; isWhole: boolean }> {
  const rows: Row[] = [];
  for await (const { data, next_cursor } of allPages<Row>(source, asked, signal)) {
    rows.push(...data);
    if (rows.length > most || (rows.length === most && next_cursor !== null))
      return { rows: rows.slice(0, most), isWhole: false };
  }
  return { rows, isWhole: true };
}

async function afterLimit<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ThrottledError) || signal?.aborted) throw error;
      const { retryAt } = error;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, retryAt - Date.now())));
    }
  }
}
