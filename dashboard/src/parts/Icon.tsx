// Paths on a grid of 20 × 20, drawn with a stroke.
const PATHS = {
  activity: "M2 10h4l2.5-6 4 12 2.5-6h3",
  card: "M3 5.5h14v9H3zM3 8.5h14M5.5 12h3",
  bank: "M3 8l7-4 7 4M4.5 8v6M8 8v6M12 8v6M15.5 8v6M3 16h14",
  scales: "M10 3v14M6.5 17h7M4 5.5h12M4 5.5l-2.3 6h4.6zM16 5.5l-2.3 6h4.6z",
  flag: "M5 17V3.5M5 4h9l-2 3 2 3H5",
  send: "M3 10l14-6-5 13-3-5z",
  person: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17a6 6 0 0 1 12 0",
  people:
    "M7.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM2.5 16a5 5 0 0 1 10 0M12.5 9.3a2.5 2.5 0 0 0 0-4.6M14 11.4a5 5 0 0 1 3.5 4.6",
  box: "M10 2.5 16.5 6v8L10 17.5 3.5 14V6zM3.5 6 10 9.5 16.5 6M10 9.5v8",
  heart: "M10 16.5S3 12.5 3 7.8A3.8 3.8 0 0 1 10 6a3.8 3.8 0 0 1 7 1.8c0 4.7-7 8.7-7 8.7z",
  list: "M7 5h10M7 10h10M7 15h10M3.5 5h.01M3.5 10h.01M3.5 15h.01",
  webhook: "M6 14a3 3 0 1 0 3 3h6M8 4.5a3 3 0 1 1 4.3 3.9L9.5 13M13 11a3 3 0 1 1-1.5 5.5",
  try: "M6 4l10 6-10 6z",
  metrics: "M3 17h14M5.5 14V9M10 14V4M14.5 14v-3",
  key: "M12.5 7.5h.01M8.6 11.4 3 17v1h3v-2h2v-2h2l1-1a4.5 4.5 0 1 0-2.4-1.6z",
  book: "M4 4.5A1.5 1.5 0 0 1 5.5 3H16v12H5.5A1.5 1.5 0 0 0 4 16.5zm0 12A1.5 1.5 0 0 0 5.5 18H16v-3",
  copy: "M7 7V4.5A1.5 1.5 0 0 1 8.5 3h7A1.5 1.5 0 0 1 17 4.5v7a1.5 1.5 0 0 1-1.5 1.5H13M4.5 7h7A1.5 1.5 0 0 1 13 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7z",
  check: "M4 10.5l4 4 8-9",
  close: "M5 5l10 10M15 5L5 15",
  pause: "M7 4v12M13 4v12",
  refresh: "M16 5v4h-4M4 15v-4h4M15.2 9A5.5 5.5 0 0 0 5 7.5M4.8 11A5.5 5.5 0 0 0 15 12.5",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17 17",
  external: "M11 4h5v5M16 4l-7 7M8 5H5.5A1.5 1.5 0 0 0 4 6.5v8A1.5 1.5 0 0 0 5.5 16h8a1.5 1.5 0 0 0 1.5-1.5V12",
  warning: "M10 3l8 14H2zM10 8v4M10 14.5v.01",
  chevron: "M7.5 5l5 5-5 5",
  unplugged: "M3 10h4M13 10h4M7 6v8M10 7.5v5M13 6v8",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  system: "M3 4h14v10H3zM7 17h6M10 14v3",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration; the text beside it, or the label of its button, says the same. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="shrink-0"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
