import { Button } from "@cloudflare/kumo";
import type { ReactNode } from "react";
import { Component } from "react";

type State = { hasCrashed: boolean };

/** A bug, or a part of the page that can't be loaded because a newer version replaced it. Loading anew helps with both. */
export class CrashBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { hasCrashed: false };

  static getDerivedStateFromError(): State {
    return { hasCrashed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasCrashed) return this.props.children;
    return (
      <main
        className="mx-auto flex min-h-dvh max-w-sm flex-col items-start justify-center gap-4 px-5"
        role="alert"
      >
        <h1 className="text-2xl font-semibold tracking-tight text-kumo-strong">This page broke</h1>
        <p className="text-kumo-subtle">
          Your deployments are not affected. A newer version of the dashboard may be out; load it and go on.
        </p>
        <Button variant="primary" onClick={() => location.reload()}>
          Reload the page
        </Button>
      </main>
    );
  }
}
