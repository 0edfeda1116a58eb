import { methods } from "./sdkMethods.json";

/** A method of Stripe's SDKs, and the IDs in the path of a request, which are its first arguments. */
export interface SdkMethod {
  python: string;
  node: string;
  ids: string[];
}

/** The method that sends a request below /v1, null where the SDKs have none. A name has precedence over an ID. */
export function sdkMethodOf(method: string, path: string): SdkMethod | null {
  const sent = path.split("/");
  let found: SdkMethod | null = null;
  for (const each of methods) {
    const parts = each.path.split("/");
    if (each.method !== method || parts.length !== sent.length) continue;
    if (!parts.every((part, index) => part === "*" || part === sent[index])) continue;
    const ids = sent.filter((_, index) => parts[index] === "*");
    if (found === null || ids.length < found.ids.length) found = { python: each.python, node: each.node, ids };
  }
  return found;
}

interface Fields {
  [name: string]: string | Fields;
}

/** The fields of a form as objects and lists: `card[token]`, `items[0][price]`, `expand[]`. */
export function nested(form: Readonly<Record<string, string>>): unknown {
  const whole: Fields = {};
  for (const [name, value] of Object.entries(form)) {
    const path = name.replaceAll("]", "").split("[");
    const last = path.pop() ?? "";
    let place = whole;
    for (const part of path) {
      const inner = place[part];
      place = typeof inner === "object" ? inner : (place[part] = {});
    }
    place[last] = value;
  }
  return withLists(whole, true);
}

function withLists(value: string | Fields, isWhole = false): unknown {
  if (typeof value === "string") return value;
  const members = Object.entries(value).map(([name, member]) => [name, withLists(member)] as const);
  const isList = !isWhole && members.every(([name]) => /^\d*$/.test(name));
  return isList ? members.map(([, member]) => member) : Object.fromEntries(members);
}
