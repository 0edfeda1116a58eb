import clsx from "clsx";
import { useContext, useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { ClientsContext } from "../api/client";
import { useConfig } from "../api/config";
import { useFeedActions } from "../api/feed";
import { selectMerchant, useSession } from "../api/session";
import { messages } from "../messages";
import { Dialog } from "../parts/Drawer";
import { InlineError } from "../parts/states";
import { isCommand, search, type Found } from "./search";
import { trigger } from "./trigger";
import { useFound } from "./useFound";

const text = messages.search;

interface SearchDialogProps {
  onClose: () => void;
  onMoveClock: () => void;
}

/** One field for every object, page, command and merchant. Arrow keys choose, Enter opens. */
export default function SearchDialog({ onClose, onMoveClock }: SearchDialogProps) {
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(0);
  const { merchants } = useSession();
  const navigate = useNavigate();
  const id = useId();
  const config = useConfig();
  const { found: answer, isSearching } = useFound(isCommand(typed) ? "" : typed);
  const [causing, setCausing] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const clients = useContext(ClientsContext);
  const { poll } = useFeedActions();
  const found = search(
    typed,
    merchants.map(({ merchant }) => merchant),
    answer?.data,
    config.clock === "moves",
  );

  const cause = async (event: string) => {
    setCausing(event);
    setError(null);
    try {
      if (clients === null) throw new Error(text.trigger.needsKey);
      const page = await trigger(clients, event);
      poll();
      onClose();
      void navigate(page);
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
      setCausing(null);
    }
  };
  const choose = ({ to, merchant, movesClock, types, trigger: event }: Found) => {
    if (types !== undefined) {
      setTyped(types);
      setPlace(0);
      field.current?.focus();
      return;
    }
    if (event !== undefined) {
      // Once at a time: a second Enter would take a second payment.
      if (causing === null) void cause(event);
      return;
    }
    if (to === undefined && merchant === undefined && !movesClock) return;
    onClose();
    if (movesClock) onMoveClock();
    if (merchant !== undefined) selectMerchant(merchant);
    if (to !== undefined) void navigate(to);
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setPlace((found.length + place + step) % found.length);
    else if (event.key === "Enter") {
      const chosen = found[place];
      if (chosen) choose(chosen);
    } else return;
    event.preventDefault();
  };

  useEffect(() => {
    document.getElementById(`${id}-${place}`)?.scrollIntoView({ block: "nearest" });
  }, [id, place]);

  return (
    <Dialog open onClose={onClose} title={text.title}>
      <input
        ref={field}
        role="combobox"
        aria-label={text.label}
        aria-expanded
        aria-controls={id}
        aria-activedescendant={`${id}-${place}`}
        placeholder={text.hint}
        autoComplete="off"
        autoFocus
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPlace(0);
          setError(null);
        }}
        onKeyDown={press}
        className="mb-2 min-h-9 w-full rounded-md border border-strong-line bg-surface px-2.5 py-1 placeholder:text-muted"
      />
      <InlineError error={error} />
      <ul id={id} role="listbox" aria-label={text.results}>
        {found.map((each, index) => (
          // The keys are those of the field, which keeps the focus (ARIA Authoring Practices, "Combobox Pattern").
          <li
            key={`${each.title} ${each.to ?? ""}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === place}
            onClick={() => choose(each)}
            className={clsx(
              "cursor-pointer rounded-md px-2.5 py-1.5 wrap-anywhere",
              index === place ? "bg-accent-soft text-accent" : "hover:bg-raised",
            )}
          >
            {each.title}
            {each.detail && <span className="block text-xs text-muted">{each.detail}</span>}
          </li>
        ))}
      </ul>
      <p role="status" className="mt-2 min-h-4 text-xs text-muted">
        {causing !== null
          ? text.trigger.causing(causing)
          : isSearching
            ? text.searching
            : answer?.searched
              ? text.compared(answer.searched)
              : null}
      </p>
    </Dialog>
  );
}
