import { isDashboardKey, maskKey, selectMerchant, useSession, type Merchant } from "../api/session";
import { messages } from "../messages";
import { Badge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { CopyIcon } from "../parts/Copy";
import { Table, type Column } from "../parts/Table";

const text = messages.keys.merchants;

function KeyText({ value, label }: { value: string | null; label: string }) {
  if (value === null) return <span className="text-muted">{text.unknown}</span>;
  return (
    <span className="flex items-center gap-1">
      <code className="font-mono text-xs sm:whitespace-nowrap">{maskKey(value)}</code>
      <CopyIcon text={value} label={label} />
    </span>
  );
}

/** The merchants whose keys this tab has; a key is shown by its last four characters and can be copied. */
export function MerchantTable() {
  const { merchants, selected } = useSession();
  const columns: readonly Column<Merchant>[] = [
    { id: "merchant", title: text.merchant, render: ({ merchant }) => <span className="font-medium">{merchant}</span> },
    {
      id: "secret",
      title: text.secret,
      render: ({ merchant, secret_key }) => <KeyText value={secret_key} label={text.copySecret(merchant)} />,
    },
    {
      id: "publishable",
      title: text.publishable,
      render: ({ merchant, publishable_key }) => (
        <KeyText value={publishable_key} label={text.copyPublishable(merchant)} />
      ),
    },
    {
      id: "select",
      title: text.selected,
      hideTitle: true,
      align: "right",
      render: ({ merchant }) =>
        merchant === selected ? (
          <Badge tone="accent">{text.selected}</Badge>
        ) : (
          <Button aria-label={text.selectMerchant(merchant)} onClick={() => selectMerchant(merchant)}>
            {text.select}
          </Button>
        ),
    },
  ];
  const key = merchants.find(({ merchant }) => merchant === selected)?.api_key;
  return (
    <>
      <Table label={text.title} columns={columns} rows={merchants} keyOf={({ merchant }) => merchant} />
      {key !== undefined && !isDashboardKey(key) && <p className="mt-2 text-muted">{text.sharedLimit}</p>}
    </>
  );
}
