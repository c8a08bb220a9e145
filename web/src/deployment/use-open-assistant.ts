import { useMutation } from "@tanstack/react-query";
import { open } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";

/**
 * Opens the assistant's own page in a new tab. The tab is opened at the click and filled when the link has arrived:
 * browsers block one that opens later. Where even that is blocked, the assistant takes this tab.
 */
export function useOpenAssistant(id: string, name: string) {
  const fetchLink = useMutation({ mutationFn: () => api.call(open, { params: { id } }) });

  async function openAssistant(): Promise<void> {
    const tab = window.open("about:blank", "_blank");
    if (tab !== null) prepare(tab, name);
    try {
      const { url } = await fetchLink.mutateAsync();
      if (tab === null) location.assign(url);
      else tab.location.replace(url);
    } catch {
      tab?.close(); // The page shows the error, which the mutation keeps.
    }
  }

  return { openAssistant, isOpening: fetchLink.isPending, error: fetchLink.error, forget: fetchLink.reset };
}

function prepare(tab: Window, name: string): void {
  // The assistant is another origin and gets no way back to this page.
  tab.opener = null;
  const { document } = tab;
  document.title = `Opening ${name}…`;
  document.documentElement.style.colorScheme = getComputedStyle(
    globalThis.document.documentElement,
  ).colorScheme;
  document.body.textContent = `Opening ${name}…`;
  document.body.style.cssText = "font: 14px system-ui, sans-serif; margin: 2rem";
}
