import { Input, Select } from "@cloudflare/kumo";
import type { ActivityFilter } from "./search.ts";
import { KINDS } from "./search.ts";

type Props = { filter: ActivityFilter; onChange: (filter: ActivityFilter) => void };

const ANY_KIND = "any";

const TIMES: Record<ActivityFilter["time"], string> = {
  any: "Any time",
  "1d": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  days: "Choose days…",
};

/** Of what kind, and when. */
export function ActivityFilterBar({ filter, onChange }: Props) {
  const kindTitle = (kind: string): string => KINDS.find((each) => each.kind === kind)?.title ?? "Everything";
  return (
    <div className="flex flex-wrap items-end gap-3">
      <div className="w-52">
        <Select<string>
          label="Kind"
          className="w-full"
          value={filter.kind ?? ANY_KIND}
          onValueChange={(kind) => onChange({ ...filter, kind: kind === ANY_KIND ? null : kind })}
          renderValue={kindTitle}
        >
          <Select.Option value={ANY_KIND}>Everything</Select.Option>
          {KINDS.map(({ kind, title }) => (
            <Select.Option key={kind} value={kind}>
              {title}
            </Select.Option>
          ))}
        </Select>
      </div>
      <div className="w-40">
        <Select<ActivityFilter["time"]>
          label="When"
          className="w-full"
          value={filter.time}
          onValueChange={(time) => {
            if (time !== null) onChange({ ...filter, time });
          }}
          renderValue={(time) => TIMES[time]}
        >
          {Object.entries(TIMES).map(([time, title]) => (
            <Select.Option key={time} value={time}>
              {title}
            </Select.Option>
          ))}
        </Select>
      </div>
      {filter.time === "days" ? (
        <>
          <Input
            label="From"
            type="date"
            value={filter.from ?? ""}
            onChange={({ target }) =>
              onChange({ ...filter, from: target.value === "" ? null : target.value })
            }
          />
          <Input
            label="To"
            type="date"
            value={filter.to ?? ""}
            onChange={({ target }) => onChange({ ...filter, to: target.value === "" ? null : target.value })}
          />
        </>
      ) : null}
    </div>
  );
}
