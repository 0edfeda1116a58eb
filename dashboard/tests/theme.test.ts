import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const SHEET = readFileSync("src/theme.css", "utf8");
const THEMES = ["light", "dark"] as const;

type Theme = (typeof THEMES)[number];

/** Value of a color in a theme, as `#rrggbb`. */
function color(name: string, theme: Theme): string {
  const declared = new RegExp(String.raw`--${name}: (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));`).exec(SHEET);
  const value = declared?.[3] ?? declared?.[theme === "light" ? 1 : 2];
  if (!value) throw new Error(`No color ${name}.`);
  return value;
}

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = [
  ...["canvas", "surface", "raised", "accent-soft"].flatMap((ground) =>
    ["ink", "muted", "accent"].map((text) => [text, ground]),
  ),
  ...["canvas", "surface", "raised"].flatMap((ground) => ["good", "warn", "bad", "info"].map((text) => [text, ground])),
  ...["good", "warn", "bad", "info"].map((name) => [name, `${name}-soft`]),
] as [string, string][];

describe.each(THEMES)("in the %s theme", (theme) => {
  it.each(TEXT)("%s is readable on %s", (text, ground) => {
    expect(contrast(color(text, theme), color(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["accent-fill", "accent-fill-hover"])("white is readable on %s", (ground) => {
    expect(contrast("#ffffff", color(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["canvas", "surface", "raised"])("edges of controls are visible on %s", (ground) => {
    expect(contrast(color("strong-line", theme), color(ground, theme))).toBeGreaterThanOrEqual(3);
  });
});
