import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface TabsProps {
  /** Name of the group for screen readers. */
  label: string;
  tabs: readonly { id: string; title: string; content: ReactNode }[];
  /** The selected tab; without it the first one is selected at the start. */
  value?: string;
  onChange?: (id: string) => void;
}

/** Tabs; arrow keys move between them. Only the selected one is rendered. */
export function Tabs({ label, tabs, value, onChange }: TabsProps) {
  const first = tabs[0]?.id ?? "";
  const state = value === undefined ? { defaultValue: first } : { value };
  return (
    <Radix.Root {...state} {...(onChange && { onValueChange: onChange })}>
      <Radix.List aria-label={label} className="mb-3 flex gap-1 overflow-x-auto overflow-y-hidden border-b border-line">
        {tabs.map(({ id, title }) => (
          <Radix.Trigger
            key={id}
            value={id}
            className="border-b-2 border-transparent px-2.5 py-1.5 font-medium whitespace-nowrap text-muted hover:text-ink focus-visible:-outline-offset-2 data-[state=active]:border-accent data-[state=active]:text-accent"
          >
            {title}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ id, content }) => (
        <Radix.Content key={id} value={id}>
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
