import { messages } from "../messages";
import { Dialog } from "../parts/Drawer";

const text = messages.keyboard;

/** Which keys there are, and where. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={text.title}>
      <div className="flex flex-col gap-4">
        {text.places.map(({ place, keys }) => (
          <section key={place} aria-label={place}>
            <h3 className="mb-1 font-semibold">{place}</h3>
            <dl className="grid grid-cols-[9rem_minmax(0,1fr)] gap-x-3 gap-y-1">
              {keys.map(([pressed, effect]) => (
                <div key={effect} className="contents">
                  <dt>
                    <kbd>{pressed}</kbd>
                  </dt>
                  <dd className="text-muted">{effect}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
