import { Button } from "@cloudflare/kumo";
import type { ReactElement } from "react";
import { useState } from "react";
import { Rows } from "./rows.tsx";

type Props = { label: string; few: number; children: readonly ReactElement[] };

/** The list inside a panel that is mostly read from its top: the rest comes at the press of a button. */
export function FirstFew({ label, few, children }: Props) {
  const [isAll, showAll] = useState(false);
  return (
    <>
      <Rows label={label}>{isAll ? children : children.slice(0, few)}</Rows>
      {isAll || children.length <= few ? null : (
        <div className="border-t border-kumo-hairline px-3 py-2">
          <Button size="sm" variant="ghost" onClick={() => showAll(true)}>
            Show all {children.length}
            <span className="sr-only"> of {label.toLowerCase()}</span>
          </Button>
        </div>
      )}
    </>
  );
}
