import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createSandboxClient } from "../api/client";
import { useConfig } from "../api/config";
import { useFeedActions } from "../api/feed";
import { useSession } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { CopyLine } from "../parts/CodeBlock";
import { InlineError } from "../parts/states";

const text = messages.lists.settlements;
const COMMAND = "paysandbox settlements run --now --wait";

/** Run a settlement of all merchants on this machine, then read everything again: it moved money. */
function useSettle() {
  const { bearer } = useSession();
  const queries = useQueryClient();
  const { poll } = useFeedActions();
  return useMutation({
    mutationFn: async () =>
      (await createSandboxClient(bearer).request<{ batch: string }>("POST", "/settlements", { body: {} })).data,
    onSettled: () => {
      poll();
      return queries.invalidateQueries();
    },
  });
}

/** When settlements run, with a button that runs one. Where this page may not, how the program does. */
export function SettlementsIntro() {
  const { bearer } = useSession();
  const { environment } = useConfig();
  const settle = useSettle();
  return (
    <div className="mb-4 flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <p className="grow basis-80 text-muted">{text.intro}</p>
        {bearer && (
          <Button busy={settle.isPending} onClick={() => settle.mutate()}>
            {text.run}
          </Button>
        )}
      </div>
      {!bearer && (
        <div className="max-w-2xl">
          <p className="mb-1 text-muted">{text.byProgram}</p>
          <CopyLine text={environment === "local" ? COMMAND : `${COMMAND} --env ${environment}`} />
        </div>
      )}
      <p role="status" className="text-good empty:hidden">
        {settle.data && text.done(settle.data.batch)}
      </p>
      <InlineError error={settle.error} />
    </div>
  );
}
