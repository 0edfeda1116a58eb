import { useNavigate } from "react-router";
import { useConfig } from "../api/config";
import { selectMerchant, useSession } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";

const text = messages.lists.donations;

/** The merchant that takes donations (donations/donation.py). */
const MERCHANT = "donate-now";

/** What the list of donations leaves out, and where it is: each donation is a payment of one merchant. */
export function DonationsIntro() {
  const { merchants } = useSession();
  const { api_base } = useConfig();
  const navigate = useNavigate();
  const isThere = merchants.some(({ merchant }) => merchant === MERCHANT);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <p className="grow basis-80 text-muted">{text.intro(MERCHANT)}</p>
      <a className="text-accent underline" href={`${api_base}/donate`} target="_blank" rel="noreferrer">
        {text.give}
      </a>
      {isThere && (
        <Button
          onClick={() => {
            selectMerchant(MERCHANT);
            void navigate("/payments");
          }}
        >
          {text.payments(MERCHANT)}
        </Button>
      )}
    </div>
  );
}
