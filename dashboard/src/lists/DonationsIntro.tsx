import { useConfig } from "../api/config";
import { selectMerchant, useMerchant, useSession } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { DONATIONS_MERCHANT } from "./donationsMerchant";

const text = messages.lists.donations;

/** What the list of donations has, and where donors give. Other merchants see what the public does. */
export function DonationsIntro() {
  const { merchants } = useSession();
  const { api_base } = useConfig();
  const isOwn = useMerchant()?.merchant === DONATIONS_MERCHANT;
  const isThere = merchants.some(({ merchant }) => merchant === DONATIONS_MERCHANT);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <p className="grow basis-80 text-muted">{isOwn ? text.intro : text.publicIntro(DONATIONS_MERCHANT)}</p>
      <a className="text-accent underline" href={`${api_base}/donate`} target="_blank" rel="noreferrer">
        {text.give}
      </a>
      {isThere && !isOwn && (
        <Button onClick={() => selectMerchant(DONATIONS_MERCHANT)}>{text.all(DONATIONS_MERCHANT)}</Button>
      )}
    </div>
  );
}
