import { LinkProvider } from "@cloudflare/kumo";
import { CSPProvider } from "@cloudflare/kumo/primitives/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { navigate } from "wouter/use-browser-location";
import { makeQueryClient } from "./api/query-client.ts";
import { App } from "./app.tsx";
import { CrashBoundary } from "./components/crash-boundary.tsx";
import { RouterLink } from "./components/router-link.tsx";
import { onOtherTabs } from "./session/other-tabs.ts";
import { isForStrangers, loginPath } from "./session/return-path.ts";
import "./styles.css";

const client = makeQueryClient(() => {
  const { pathname, search } = location;
  if (isForStrangers(pathname)) return;
  navigate(loginPath(pathname + search), { replace: true });
  client.clear();
});

onOtherTabs(() => location.reload());

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no #root to draw the dashboard in");

createRoot(root).render(
  <CrashBoundary>
    {/* Inline style elements are refused by the content security policy; styles.css has what they would say. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <LinkProvider component={RouterLink}>
          <App />
        </LinkProvider>
      </QueryClientProvider>
    </CSPProvider>
  </CrashBoundary>,
);
