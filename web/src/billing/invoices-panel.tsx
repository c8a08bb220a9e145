import { Badge } from "@cloudflare/kumo";
import { useQuery } from "@tanstack/react-query";
import type { listInvoices } from "../../../worker/contract/billing.ts";
import type { Output } from "../../../worker/contract/client.ts";
import { invoicesQuery } from "../api/billing-queries.ts";
import { FirstFew } from "../components/first-few.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row } from "../components/rows.tsx";
import { TextLink } from "../components/text-link.tsx";
import { WarningBadge } from "../components/warning-badge.tsx";
import { formatDate, formatExact } from "../time/relative.ts";
import { formatMoney } from "./money.ts";
import { invoiceWords } from "./words.ts";

type Invoice = Output<typeof listInvoices>["items"][number];

const SHOWN_FIRST = 6;

/** Every invoice, the newest first, with the pages Stripe has of it. */
export function InvoicesPanel() {
  const { data, error, refetch } = useQuery(invoicesQuery);
  return (
    <Panel title="Invoices">
      {error === null ? null : <Problem error={error} onRetry={() => void refetch()} className="p-5" />}
      {data === undefined ? (
        error === null ? (
          <Loading what="invoices" lines={2} className="flex flex-col gap-3 p-5" />
        ) : null
      ) : data.items.length === 0 ? (
        <p className="px-5 py-4 text-sm leading-5 text-kumo-subtle">None yet. Nothing was charged so far.</p>
      ) : (
        <FirstFew label="Invoices" few={SHOWN_FIRST}>
          {data.items.map((invoice) => (
            <InvoiceRow key={invoice.id} invoice={invoice} />
          ))}
        </FirstFew>
      )}
    </Panel>
  );
}

function InvoiceRow({ invoice }: { invoice: Invoice }) {
  const { number, status, totalCents, currency, createdAt, url, pdf } = invoice;
  const name = number ?? "Invoice";
  const made = Date.parse(createdAt);
  return (
    <Row
      title={
        <>
          <span className="tabular-nums">{formatMoney(totalCents, currency)}</span>
          <InvoiceBadge status={status} />
        </>
      }
      text={
        <>
          {name} ·{" "}
          <time dateTime={createdAt} title={formatExact(made)}>
            {formatDate(made)}
          </time>
        </>
      }
      aside={
        <span className="flex gap-4 text-sm">
          {url === null ? null : (
            <TextLink href={url} label={`${status === "open" ? "Pay" : "View"} ${name}`}>
              {status === "open" ? "Pay" : "View"}
            </TextLink>
          )}
          {pdf === null ? null : (
            <TextLink href={pdf} label={`PDF of ${name}`}>
              PDF
            </TextLink>
          )}
        </span>
      }
    />
  );
}

function InvoiceBadge({ status }: { status: string | null }) {
  const { text, kind } = invoiceWords(status);
  return kind === "warning" ? (
    <WarningBadge>{text}</WarningBadge>
  ) : (
    <Badge variant={kind === "error" ? "error" : "secondary"}>{text}</Badge>
  );
}
