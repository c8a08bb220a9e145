import { Button, DropdownMenu } from "@cloudflare/kumo";
import {
  CaretUpDownIcon,
  DesktopIcon,
  GearSixIcon,
  MoonIcon,
  SignOutIcon,
  SunIcon,
} from "@phosphor-icons/react";
import type { Me } from "../../../worker/contract/auth.ts";
import { accountName } from "../session/account-name.ts";
import { useSignOut } from "../session/use-sign-out.ts";
import { useSwitchAccount } from "../session/use-switch-account.ts";
import type { Theme } from "../theme/theme.ts";
import { useTheme, writeTheme } from "../theme/theme.ts";

const CHOICES = [
  { theme: "system", label: "System", icon: DesktopIcon },
  { theme: "light", label: "Light", icon: SunIcon },
  { theme: "dark", label: "Dark", icon: MoonIcon },
] as const;

export function AccountMenu({ me }: { me: Me }) {
  const { user, accounts } = me;
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <DropdownMenu>
      <DropdownMenu.Trigger render={<Button variant="ghost" className="gap-2 px-1.5" />}>
        <span
          data-initial={user.email.charAt(0)}
          className="grid size-6 place-items-center rounded-full bg-kumo-fill text-xs font-semibold text-kumo-strong uppercase before:content-[attr(data-initial)/'']"
        />
        <span className="sr-only">Account </span>
        <span className="max-w-48 truncate text-sm text-kumo-default max-md:sr-only">{user.email}</span>
        <CaretUpDownIcon size={14} aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="min-w-56">
        <DropdownMenu.Group>
          <DropdownMenu.Label>
            <span className="block text-xs font-normal text-kumo-subtle">Signed in as</span>
            <span className="block max-w-64 truncate text-sm text-kumo-default">{user.email}</span>
          </DropdownMenu.Label>
        </DropdownMenu.Group>
        <DropdownMenu.Separator />
        {accounts.length > 1 ? <Switcher me={me} /> : null}
        <DropdownMenu.LinkItem href="/account" icon={GearSixIcon}>
          Account
        </DropdownMenu.LinkItem>
        <DropdownMenu.Separator />
        <DropdownMenu.RadioGroup value={theme} onValueChange={(value: Theme) => writeTheme(value)}>
          {CHOICES.map(({ theme: value, label, icon }) => (
            <DropdownMenu.RadioItem key={value} value={value} icon={icon} closeOnClick={false}>
              {label}
              <DropdownMenu.RadioItemIndicator />
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator />
        <DropdownMenu.Item icon={SignOutIcon} onClick={() => signOut.mutate({})}>
          Log out
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

/** For members of several accounts: which one all pages are about. */
function Switcher({ me }: { me: Me }) {
  const switchAccount = useSwitchAccount();
  return (
    <>
      <DropdownMenu.Group>
        <DropdownMenu.Label className="text-xs font-normal text-kumo-subtle">Acting for</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          value={me.account.id}
          onValueChange={(id: string) => switchAccount.mutate(id)}
        >
          {me.accounts.map(({ id, role }) => (
            <DropdownMenu.RadioItem key={id} value={id} closeOnClick>
              <span className="flex min-w-0 flex-col">
                <span className="max-w-64 truncate">{accountName(me, id)}</span>
                <span className="text-xs text-kumo-subtle">{role}</span>
              </span>
              <DropdownMenu.RadioItemIndicator />
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Group>
      <DropdownMenu.Separator />
    </>
  );
}
