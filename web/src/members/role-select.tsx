import { Select } from "@cloudflare/kumo";
import type { Role } from "./roles.ts";
import { ROLE_WORDS } from "./roles.ts";

type Props = {
  value: Role;
  choices: readonly Role[];
  onChange: (role: Role) => void;
  /** Shown above it, or only read out. */
  label: string;
  isLabelHidden?: boolean;
  isDisabled?: boolean;
};

/** A role with what it is for. */
export function RoleSelect({
  value,
  choices,
  onChange,
  label,
  isLabelHidden = false,
  isDisabled = false,
}: Props) {
  return (
    <Select<Role>
      {...(isLabelHidden ? { "aria-label": label } : { label })}
      className="w-full"
      disabled={isDisabled}
      value={value}
      onValueChange={(role) => {
        if (role !== null) onChange(role);
      }}
      renderValue={(role) => ROLE_WORDS[role].title}
    >
      {choices.map((role) => (
        <Select.Option key={role} value={role}>
          <span className="flex flex-col">
            {ROLE_WORDS[role].title}
            <span className="text-sm text-kumo-subtle">{ROLE_WORDS[role].text}</span>
          </span>
        </Select.Option>
      ))}
    </Select>
  );
}
