import { paymentOf } from "./paymentId";
import { paths } from "./resources.json";

/** Paths of Stripe's objects, by the prefix of their IDs. */
const OF_STRIPE: Readonly<Record<string, string>> = paths;

const ID = /^([a-z]+)_[A-Za-z0-9_]{10,}$/;
const REQUEST = /^(?:req_)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Address of an object's page, below /dashboard, by the path that retrieves it from the API. */
export function pageOfPath(path: string): string {
  const [, folder, id, ...rest] = path.split("/");
  if (id !== undefined && rest.length === 0) {
    if (folder === "payments" || folder === "disputes") return path;
    // A path with a dot in its last part is a file, on AWS (stacks/operations/dashboard_paths.js).
    if (folder === "settlements") return path.replace(".", "_");
    if (folder === "requests") return `/?id=${id}`;
  }
  if (folder === "webhooks" && id === "endpoints") return `/webhooks/${rest.join("/")}`;
  return `/object?path=${encodeURIComponent(path)}`;
}

/** Address of the page of the object that an ID names by its form, null for another text. */
export function pageOfId(text: string): string | null {
  if (/^du_[a-z2-7]{36}$/.test(text)) return `/disputes/${text}`;
  const payment = paymentOf(text);
  if (payment) return `/payments/${payment}`;
  const request = REQUEST.exec(text)?.[1];
  if (request) return `/?id=${request}`;
  const prefix = ID.exec(text)?.[1];
  if (prefix === "we") return `/webhooks/${text}`;
  if (prefix === "evt") return pageOfPath(`/events/${text}`);
  if (prefix === "wd") return pageOfPath(`/webhooks/deliveries/${text}`);
  const folder = prefix === undefined ? undefined : OF_STRIPE[prefix];
  return folder === undefined ? null : pageOfPath(`/v1/${folder}/${text}`);
}
