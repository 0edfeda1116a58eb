import { pageOfId, pageOfPath } from "./pageOf";
import { belongs, lists } from "./stripeLists.json";

/** An object of the Stripe-compatible API. */
export type StripeObject = Readonly<Record<string, unknown>> & { id: string; object?: string };

/** A list of that API, as the routes and the declarations of the resources say (docs/dashboard_facts.py). */
export interface StripeList {
  /** Below /v1, without the slash before it; `{id}` stands for the object that has the list. */
  path: string;
  /** Stripe's name of the objects. */
  shows: string;
  /** Parameters; those without choices take any text. */
  filters: readonly { name: string; choices: readonly string[] }[];
  /** Whether it takes times of creation. */
  created: boolean;
  /** Whether an object of it can be retrieved by its ID. */
  retrieved: boolean;
  /** Whether it has all objects of a resource that is declared. */
  declared: boolean;
  /** The fields of an object that are IDs of others. */
  names: readonly string[];
}

export const STRIPE_LISTS: readonly StripeList[] = lists;

const BELONGS: Readonly<Record<string, readonly { path: string; by: string }[]>> = belongs;

const matches = (pattern: string, path: string) => {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  return wanted.length === parts.length && wanted.every((part, place) => part === "{id}" || part === parts[place]);
};

/** The list of a path such as `customers/cus_…/tax_ids`; undefined for none. */
export function stripeListOf(path: string): StripeList | undefined {
  return STRIPE_LISTS.find((list) => list.path === path) ?? STRIPE_LISTS.find((list) => matches(list.path, path));
}

/** Lists of what belongs to an object of a list: the path of each, and its filter. */
export function belongingTo(path: string, id: string): readonly { list: StripeList; path: string; asked: Asked }[] {
  return (BELONGS[path] ?? []).flatMap(({ path: pattern, by }) => {
    const list = stripeListOf(pattern);
    if (list === undefined) return [];
    const isHeld = pattern.includes("{id}");
    return [{ list, path: pattern.replace("{id}", id), asked: isHeld ? {} : { [by]: id } }];
  });
}

type Asked = Readonly<Record<string, string>>;

/** Address of a list's page, below /dashboard. */
export function pageOfList(path: string, asked: Asked = {}): string {
  const query = new URLSearchParams(asked).toString();
  // Payments of both APIs are in one list.
  const page = path === "payment_intents" ? "/payments" : path === "customers" ? "/customers" : `/stripe/${path}`;
  return query ? `${page}?${query}` : page;
}

/** Address of an object's page, null if nothing retrieves it. `list` is the one that it is in. */
export function pageOfObject(id: string, list: StripeList): string | null {
  const page = pageOfId(id);
  if (page !== null || !list.retrieved || list.path.includes("{id}")) return page;
  return pageOfPath(`/v1/${list.path}/${id}`);
}
