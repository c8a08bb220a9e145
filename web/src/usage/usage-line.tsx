import { useQuery } from "@tanstack/react-query";
import { accountUsageQuery } from "../api/usage-queries.ts";
import { extraWords } from "./words.ts";

/** What is used beyond the plan, in one line; what it can't know yet it doesn't say. */
export function UsageLine() {
  const { data: usage } = useQuery(accountUsageQuery);
  if (usage === undefined) return null;
  const words = extraWords(usage);
  return (
    <p className="text-sm leading-5 text-kumo-subtle">
      {words === null
        ? "Nothing is used beyond the plan this month."
        : `Used beyond the plan this month: ${words}.`}
    </p>
  );
}
