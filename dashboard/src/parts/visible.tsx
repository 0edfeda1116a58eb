/* Control characters, marks of the order of writing, other characters that show nothing, halves of characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const OF_LINES = new Set(["\n", "\t"]);
const NAMED: Record<string, string> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (point > 0xffff) return `\\U${point.toString(16).padStart(8, "0")}`;
  return NAMED[character] ?? (point > 0xff ? unitEscaped(character) : `\\x${point.toString(16).padStart(2, "0")}`);
}

function unitEscaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The text with every hidden character as its escape, as `paysandbox` prints it: `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** The same for a text that has lines. */
export function visibleLines(text: string): string {
  return text.replace(HIDDEN, (character) => (OF_LINES.has(character) ? character : escaped(character)));
}

/** A JSON text with every hidden character as `\u202e`, which JSON reads back. */
export function visibleJson(text: string): string {
  return text.replace(HIDDEN, (character) =>
    OF_LINES.has(character) ? character : character.split("").map(unitEscaped).join(""),
  );
}

/** A text that somebody else chose: all of it is seen, and none of it changes the order of what stands beside it. */
export function UserText({ children }: { children: string }) {
  return <bdi>{visible(children)}</bdi>;
}
