import clsx from "clsx";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { messages } from "../messages";
import { CONTROL } from "./Field";
import { Icon } from "./Icon";

const text = messages.parts.combobox;

export interface Choice {
  value: string;
  /** What is chosen, such as a card's number. */
  name: string;
  /** What it means. */
  detail: string;
  /** Title of the group in which it is listed, together with its neighbors. */
  group: string;
  /** More words by which it is found. */
  words?: string;
}

interface ComboboxProps {
  label: string;
  choices: readonly Choice[];
  value: string;
  onChange: (value: string) => void;
  /** Called with a text that is no choice, which is then one, too. */
  onOther?: (text: string) => void;
  hint?: string;
  className?: string;
}

/** Choices that have every word of a search, in any order and without regard to case. */
export function findChoices(choices: readonly Choice[], search: string): readonly Choice[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return choices;
  const digits = search.replaceAll(/[\s-]/g, "");
  return choices.filter(({ value, name, detail, group, words: more = "" }) => {
    const searched = [value, name, detail, group, more].join(" ").toLowerCase();
    return words.every((word) => searched.includes(word)) || (/^\d{4,}$/.test(digits) && value.includes(digits));
  });
}

/** A field that searches its choices. Arrow keys move, Enter chooses, Escape leaves it as it was. */
export function Combobox({ label, choices, value, onChange, onOther, hint, className }: ComboboxProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  // Null while it is closed.
  const [search, setSearch] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const isOpen = search !== null;
  const chosen = choices.find((choice) => choice.value === value);
  const shownValue = chosen ? [chosen.name, chosen.detail].filter(Boolean).join(" – ") : value;
  const found = isOpen ? findChoices(choices, search) : [];
  const other = onOther && search?.trim() && !choices.some((one) => one.value === search.trim()) ? search.trim() : null;
  const count = found.length + (other === null ? 0 : 1);
  const optionId = (index: number) => `${id}-${index}`;

  useEffect(() => {
    const option = list.current?.querySelector(`#${CSS.escape(`${id}-${active}`)}`);
    option?.scrollIntoView({ block: "nearest" });
  }, [id, active, search]);

  const open = () => {
    setSearch("");
    setActive(
      Math.max(
        0,
        choices.findIndex((choice) => choice.value === value),
      ),
    );
  };
  const close = () => setSearch(null);
  const choose = (index: number) => {
    const choice = found[index];
    if (choice) onChange(choice.value);
    else if (other !== null && index === found.length) onOther?.(other);
    close();
  };
  // A text that is no choice need not be confirmed.
  const leave = () => (other !== null && found.length === 0 ? choose(0) : close());
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (!isOpen) {
      if (key !== "ArrowDown" && key !== "ArrowUp") return;
      open();
    } else if (key === "ArrowDown") setActive(Math.min(count - 1, active + 1));
    else if (key === "ArrowUp") setActive(Math.max(0, active - 1));
    else if (key === "Enter") choose(active);
    else if (key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const option = (index: number, name: string, detail: string) => (
    <div
      key={index}
      id={optionId(index)}
      role="option"
      aria-selected={found[index]?.value === value}
      // The field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => choose(index)}
      className={clsx(
        "flex cursor-pointer flex-wrap items-baseline gap-x-3 px-2.5 py-1",
        index === active ? "bg-accent-soft" : "hover:bg-raised",
      )}
    >
      <span className="min-w-[19ch] font-mono text-xs">{name}</span>
      <span className="text-xs text-muted">{detail}</span>
    </div>
  );
  return (
    <div className={clsx("relative", className)}>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && count > 0 ? optionId(active) : undefined}
          aria-describedby={`${id}-hint`}
          value={search ?? shownValue}
          placeholder={isOpen ? shownValue : undefined}
          onChange={(event) => {
            setSearch(event.target.value);
            setActive(0);
          }}
          onClick={() => !isOpen && open()}
          onBlur={leave}
          onKeyDown={onKeyDown}
          autoComplete="off"
          spellCheck={false}
          className={clsx(CONTROL, "truncate pr-8")}
        />
        <span className="pointer-events-none absolute inset-y-0 right-2 flex rotate-90 items-center text-muted">
          <Icon name="chevron" size={12} />
        </span>
      </div>
      {/* It exists while it is closed, too: the field names it. */}
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        className={clsx(
          "absolute inset-x-0 z-10 mt-1 max-h-80 overflow-y-auto rounded-md border border-strong-line bg-surface py-1 shadow-lg",
          !isOpen && "hidden",
        )}
      >
        {groupsOf(found).map(({ title, from, members }) => (
          <div key={`${title} ${from}`} role="group" aria-label={title}>
            <div aria-hidden="true" className="px-2.5 pt-2 pb-1 text-xs font-semibold text-muted">
              {title}
            </div>
            {members.map(({ name, detail }, index) => option(from + index, name, detail))}
          </div>
        ))}
        {other !== null && option(found.length, other, text.other)}
      </div>
      <p role="status" className="sr-only">
        {isOpen ? text.found(count) : ""}
      </p>
      {isOpen && count === 0 && <p className="mt-1 text-xs text-muted">{text.found(0)}</p>}
      <div id={`${id}-hint`} className="mt-1 text-xs text-muted empty:hidden">
        {hint}
      </div>
    </div>
  );
}

interface GroupOfChoices {
  title: string;
  /** Index of the first one among all. */
  from: number;
  members: Choice[];
}

function groupsOf(choices: readonly Choice[]): readonly GroupOfChoices[] {
  const groups: GroupOfChoices[] = [];
  choices.forEach((choice, index) => {
    const last = groups.at(-1);
    if (last?.title === choice.group) last.members.push(choice);
    else groups.push({ title: choice.group, from: index, members: [choice] });
  });
  return groups;
}
