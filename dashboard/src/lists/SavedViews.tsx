import clsx from "clsx";
import { useState, type SubmitEvent } from "react";
import { Link, useLocation } from "react-router";
import { useMerchant } from "../api/session";
import { messages } from "../messages";
import { Button, IconButton } from "../parts/Button";
import { CopyButton } from "../parts/Copy";
import { TextField } from "../parts/Field";
import { useViews } from "./views";

const text = messages.lists.views;

/** The saved views of the list, each a link, and what saves and shares the filters that are set. */
export function SavedViews() {
  const merchant = useMerchant()?.merchant ?? "";
  const { pathname, search } = useLocation();
  const { views, save, remove } = useViews(merchant, pathname);
  const [name, setName] = useState<string | null>(null);
  const query = search.replace(/^\?/, "");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!name?.trim()) return;
    save({ name: name.trim(), search: query });
    setName(null);
  };
  if (views.length === 0 && query === "") return null;
  return (
    <div className="mb-4 flex flex-wrap items-end gap-x-3 gap-y-2">
      {views.length > 0 && (
        <ul aria-label={text.saved} className="flex flex-wrap gap-2">
          {views.map((view) => (
            <li key={view.name} className="flex items-center rounded-md border border-line bg-surface pl-2.5">
              <Link
                to={view.search ? `${pathname}?${view.search}` : pathname}
                aria-current={view.search === query ? "page" : undefined}
                className={clsx("max-w-60 truncate", view.search === query ? "font-semibold" : "text-accent")}
              >
                {view.name}
              </Link>
              <IconButton icon="close" label={text.remove(view.name)} onClick={() => remove(view.name)} />
            </li>
          ))}
        </ul>
      )}
      {query !== "" && name === null && (
        <>
          <Button onClick={() => setName("")}>{text.save}</Button>
          <CopyButton text={() => window.location.href} label={text.link} />
        </>
      )}
      {name !== null && (
        <form className="flex flex-wrap items-end gap-2" onSubmit={submit}>
          <TextField
            label={text.name}
            value={name}
            autoFocus
            maxLength={60}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit" variant="primary">
            {text.submit}
          </Button>
          <Button onClick={() => setName(null)}>{text.cancel}</Button>
        </form>
      )}
    </div>
  );
}
