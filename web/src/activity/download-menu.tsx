import { Button, DropdownMenu } from "@cloudflare/kumo";
import { DownloadSimpleIcon } from "@phosphor-icons/react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { readAudit } from "../../../worker/contract/account.ts";
import type { AuditSearch } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { DoneNote } from "../components/done-note.tsx";
import { Problem } from "../components/problem.tsx";
import { saveFile } from "../components/save-file.ts";
import { csvOf } from "./csv.ts";
import { gather, GATHERED_PAGE } from "./gather.ts";

type Format = "json" | "csv";

/** Everything the filter finds, page by page, as one file. */
export function DownloadMenu({ search }: { search: AuditSearch }) {
  const [count, setCount] = useState(0);
  const download = useMutation({
    mutationFn: async (format: Format) => {
      setCount(0);
      const { items, isWhole } = await gather(
        (cursor) =>
          api.call(readAudit, {
            query: { ...search, limit: GATHERED_PAGE, ...(cursor === null ? {} : { cursor }) },
          }),
        setCount,
      );
      if (format === "csv") saveFile("launchpad-activity.csv", "text/csv", csvOf(items));
      else saveFile("launchpad-activity.json", "application/json", `${JSON.stringify(items, null, 2)}\n`);
      return { count: items.length, isWhole };
    },
  });
  return (
    <div className="flex flex-col items-end gap-2">
      <DropdownMenu>
        <DropdownMenu.Trigger render={<Button icon={<DownloadSimpleIcon />} loading={download.isPending} />}>
          {download.isPending && count > 0 ? `${count} entries…` : "Download"}
        </DropdownMenu.Trigger>
        <DropdownMenu.Content>
          <DropdownMenu.Item onClick={() => download.mutate("csv")}>As CSV</DropdownMenu.Item>
          <DropdownMenu.Item onClick={() => download.mutate("json")}>As JSON</DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu>
      <DoneNote>
        {download.data === undefined
          ? null
          : download.data.isWhole
            ? `${download.data.count} entries saved.`
            : `The newest ${download.data.count} entries are saved. Narrow the time for older ones.`}
      </DoneNote>
      {download.error === null ? null : <Problem error={download.error} onDismiss={() => download.reset()} />}
    </div>
  );
}
