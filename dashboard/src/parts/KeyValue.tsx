import type { ReactNode } from "react";
import { UserText } from "./visible";

/** Pairs of a name and a value. Pairs without a value (null, undefined) are left out. */
export function KeyValue({ pairs }: { pairs: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-4 gap-y-1.5">
      {pairs
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name} className="col-span-2 grid grid-cols-subgrid items-baseline">
            <dt className="min-w-24 text-muted">{name}</dt>
            <dd className="min-w-0 break-words">{typeof value === "string" ? <UserText>{value}</UserText> : value}</dd>
          </div>
        ))}
    </dl>
  );
}
