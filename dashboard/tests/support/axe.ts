import axe from "axe-core";

// A browser's layout is needed for these; tests/e2e checks them.
const NEEDS_LAYOUT = ["color-contrast", "landmark-unique", "region"];

/** Rules that a part of the page violates, each with its elements. Whole pages have a heading of level 1. */
export async function violations(container: Element): Promise<string[]> {
  const rules = Object.fromEntries(NEEDS_LAYOUT.map((rule) => [rule, { enabled: false }]));
  const { violations: found } = await axe.run(container, { rules });
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
