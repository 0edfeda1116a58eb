import { messages } from "../messages";
import { CopyLine } from "../parts/CodeBlock";
import { Dialog } from "../parts/Drawer";

const text = messages.webhooks.secret;

/** Shows a signing secret, which the API returns only once. */
export function SecretDialog({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  return (
    <Dialog open={secret !== null} onClose={onClose} title={text.title} description={text.once}>
      {secret !== null && <CopyLine text={secret} />}
    </Dialog>
  );
}
