import clsx from "clsx";
import { useId, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { selectMerchant, useSession } from "../api/session";
import { messages } from "../messages";
import { Dialog } from "../parts/Drawer";
import { search, type Found } from "./search";

const text = messages.search;

/** One field for every page, ID, reference and merchant. Arrow keys choose, Enter opens. */
export default function SearchDialog({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(0);
  const { merchants } = useSession();
  const navigate = useNavigate();
  const id = useId();
  const found = search(
    typed,
    merchants.map(({ merchant }) => merchant),
  );

  const choose = ({ to, merchant }: Found) => {
    onClose();
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

  return (
    <Dialog open onClose={onClose} title={text.title}>
      <input
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
        }}
        onKeyDown={press}
        className="mb-2 min-h-9 w-full rounded-md border border-strong-line bg-surface px-2.5 py-1 placeholder:text-muted"
      />
      <ul id={id} role="listbox" aria-label={text.results}>
        {found.map((each, index) => (
          // The keys are those of the field, which keeps the focus (ARIA Authoring Practices, "Combobox Pattern").
          <li
            key={each.title}
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
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
