import { useVirtualizer } from "@tanstack/react-virtual";
import clsx from "clsx";
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

interface VirtualListProps<T> {
  /** Name for screen readers. */
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  /** Height of every row, in pixels. */
  rowHeight: number;
  render: (item: T, isSelected: boolean) => ReactNode;
  /** Key of the selected item. */
  selected: string | null;
  onSelect: (item: T) => void;
  /** Called by the arrow keys to the right (true) and to the left (false). */
  onOpen?: (item: T, isOpen: boolean) => void;
  /** Called when the first row leaves or enters the view. */
  onTop?: (isAtTop: boolean) => void;
  /** Called when the reader scrolls close to the last row. */
  onEnd?: () => void;
  className?: string;
}

const OVERSCAN = 4;

/** A list of any length of which only the visible rows are mounted. Arrow keys, Page Up/Down, Home, End; Enter selects. */
export function VirtualList<T>({
  label,
  items,
  keyOf,
  rowHeight,
  render,
  selected,
  onSelect,
  onOpen,
  onTop,
  onEnd,
  className,
}: VirtualListProps<T>) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const isAtTop = useRef(true);
  // The React compiler is not used; the virtualizer's functions are meant to be called in each rendering.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // Rendered in a task of its own, not within that of the scroll event, which lays out and paints too.
    useFlushSync: false,
  });
  const current = activeKey ?? selected;
  const active = current === null ? -1 : items.findIndex((item) => keyOf(item) === current);
  const rows = virtualizer.getVirtualItems();
  // A row that leaves the window is used again for one that enters it: nothing is mounted while the list scrolls.
  const [slots, setSlots] = useState(1);
  if (rows.length > slots) setSlots(rows.length);

  const move = (index: number) => {
    const target = Math.max(0, Math.min(items.length - 1, index));
    const item = items[target];
    if (item === undefined) return;
    setActiveKey(keyOf(item));
    virtualizer.scrollToIndex(target);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: items.length - 1,
    };
    const target = steps[event.key];
    const item = items[active];
    if (target !== undefined) move(target);
    else if ((event.key === "Enter" || event.key === " ") && item !== undefined) onSelect(item);
    else if ((event.key === "ArrowRight" || event.key === "ArrowLeft") && item !== undefined)
      onOpen?.(item, event.key === "ArrowRight");
    else return;
    event.preventDefault();
  };
  const onScroll = () => {
    const { scrollTop = 0, clientHeight = 0 } = scroller.current ?? {};
    const top = scrollTop < rowHeight;
    if (top !== isAtTop.current) {
      isAtTop.current = top;
      onTop?.(top);
    }
    if (scrollTop + clientHeight >= virtualizer.getTotalSize() - OVERSCAN * rowHeight) onEnd?.();
  };
  const optionId = (index: number) => `${id}-${index}`;
  const isMounted = rows.some(({ index }) => index === active);
  return (
    <div
      ref={scroller}
      role="listbox"
      aria-label={label}
      aria-activedescendant={isMounted ? optionId(active) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onScroll={onScroll}
      className={clsx("group overflow-y-auto focus-visible:-outline-offset-2", className)}
    >
      <div role="presentation" className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {rows.map((row) => {
          const item = items[row.index];
          if (item === undefined) return null;
          const isSelected = keyOf(item) === selected;
          return (
            <div
              key={row.index % slots}
              id={optionId(row.index)}
              role="option"
              aria-selected={isSelected}
              aria-setsize={items.length}
              aria-posinset={row.index + 1}
              onClick={() => {
                setActiveKey(keyOf(item));
                onSelect(item);
              }}
              className={clsx(
                "absolute inset-x-0 top-0 cursor-pointer border-b border-line",
                isSelected ? "bg-accent-soft" : "hover:bg-raised",
                row.index === active &&
                  "group-focus-visible:bg-raised group-focus-visible:outline-2 group-focus-visible:-outline-offset-2 group-focus-visible:outline-accent",
              )}
              style={{ height: row.size, transform: `translateY(${row.start}px)` }}
            >
              {render(item, isSelected)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
