import { pageOfId } from "../api/pageOf";
import { pageOfObject, stripeListOf, type StripeList, type StripeObject } from "../api/stripe";
import { messages } from "../messages";
import { fromStripeUnits } from "../parts/currency";
import { linkColumn, moneyColumn, statusColumn, textColumn, timeColumn } from "./columns";
import type { Filter, List, ListColumn } from "./list";

const text = messages.lists;

/** What names an object to a person, the first that it has, as `paysandbox customers list` does. */
const TITLES = ["name", "description", "email", "display_name", "nickname", "code", "domain_name"];
const AMOUNTS = ["amount", "amount_total", "unit_amount"];

/** The title of a list, by its path: `Setup intents`. */
export function titleOfList({ path }: StripeList): string {
  const last = path.slice(path.lastIndexOf("/") + 1).replaceAll("_", " ");
  return text.stripe.titles[path] ?? last.charAt(0).toUpperCase() + last.slice(1);
}

/** A name of a field as a title: `Payment intent`. */
export function inWords(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const textOf = (object: StripeObject, name: string) => {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : null;
};

/** Its time of creation in RFC 3339, null without one. */
export function createdAt({ created }: StripeObject): string | null {
  return typeof created === "number" ? new Date(created * 1000).toISOString() : null;
}

/** The name, the e-mail address or another text that tells it apart, null without one. */
export function nameOf(object: StripeObject): string | null {
  return TITLES.map((name) => textOf(object, name)).find((name) => name !== null) ?? null;
}

/** Its status, or whether it is active. */
export function statusOf(object: StripeObject): string | null {
  const { active } = object;
  return textOf(object, "status") ?? (typeof active === "boolean" ? (active ? "active" : "inactive") : null);
}

/** Its amount in minor units, null without one. */
export function moneyOf(object: StripeObject): { amount: number; currency: string } | null {
  const currency = textOf(object, "currency");
  const amount = AMOUNTS.map((name) => object[name]).find((value) => typeof value === "number");
  return currency === null || amount === undefined ? null : { amount: fromStripeUnits(amount, currency), currency };
}

/** The ID that a field has, or that of the object in it. */
export function idIn(object: StripeObject, field: string): string | null {
  const value = object[field];
  if (typeof value === "object" && value !== null && "id" in value) return String(value.id);
  return textOf(object, field);
}

/** A sum of what these cost says nothing. */
const MONEYLESS: ReadonlySet<string> = new Set(["price", "coupon", "shipping_rate"]);

const optional = (column: ListColumn<StripeObject>) => ({ ...column, isOptional: true as const });

export const STRIPE_CREATED: readonly Filter[] = [
  { name: "created[gte]", label: text.from, kind: "time", inSeconds: true },
  { name: "created[lt]", label: text.to, kind: "time", inSeconds: true },
];

/** The list of a path below /v1, such as `prices` or `customers/cus_…/tax_ids`; undefined for none. */
export function stripeList(path: string): List<StripeObject> | undefined {
  const list = stripeListOf(path);
  if (list === undefined) return undefined;
  const title = titleOfList(list);
  const holder = list.path.includes("{id}") ? path.split("/")[list.path.split("/").indexOf("{id}")] : undefined;
  return {
    title: holder === undefined ? title : text.stripe.of(title, holder),
    path: `/${path}`,
    isStripe: true,
    filters: [
      ...list.filters.map(({ name, choices }): Filter =>
        choices.length > 0
          ? { name, label: inWords(name), kind: "choice", choices, isShort: true }
          : { name, label: inWords(name), kind: "text", isShort: true },
      ),
      ...(list.created ? STRIPE_CREATED : []),
    ],
    columns: [
      optional(timeColumn(text.created, createdAt)),
      optional(textColumn(text.stripe.name, nameOf)),
      optional(statusColumn(text.status, statusOf)),
      optional(moneyColumn(text.amount, moneyOf)),
      ...list.names.map((name) =>
        optional(linkColumn<StripeObject>(inWords(name), (object) => idIn(object, name), pageOfId)),
      ),
      linkColumn<StripeObject>(
        text.stripe.id,
        ({ id }) => id,
        (id) => pageOfObject(id, list),
      ),
    ],
    keyOf: ({ id }) => id,
    ...(!MONEYLESS.has(list.shows) && { money: moneyOf }),
    empty: text.stripe.empty(title),
  };
}
