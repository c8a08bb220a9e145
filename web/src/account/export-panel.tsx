import { Button } from "@cloudflare/kumo";
import { DownloadSimpleIcon } from "@phosphor-icons/react";
import { useMutation } from "@tanstack/react-query";
import { exportAccount } from "../../../worker/contract/export.ts";
import { api } from "../api/client.ts";
import { DoneNote } from "../components/done-note.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { saveFile } from "../components/save-file.ts";

/** Everything the account owns, as a file. */
export function ExportPanel() {
  const download = useMutation({
    mutationFn: async () => {
      const response = await api.request(exportAccount, {});
      saveFile("launchpad-export.json", "application/json", await response.text());
    },
  });
  return (
    <Panel title="Export">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-4">
        <p className="min-w-0 flex-1 basis-72 text-sm leading-5 text-kumo-subtle">
          Members, deployments with their timelines, backups, tokens and the record, as one JSON file. Secrets
          are in it by name alone; what is on the assistants’ volumes is not in it.
        </p>
        <Button icon={<DownloadSimpleIcon />} loading={download.isPending} onClick={() => download.mutate()}>
          Download export
        </Button>
      </div>
      <DoneNote className={download.isSuccess ? "block px-5 pb-4" : "sr-only"}>
        {download.isSuccess ? "The export is saved." : null}
      </DoneNote>
      {download.error === null ? null : (
        <Problem error={download.error} onDismiss={() => download.reset()} className="px-5 pb-4" />
      )}
    </Panel>
  );
}
