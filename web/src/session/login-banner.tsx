import { Banner } from "@cloudflare/kumo";
import { CheckCircleIcon, WarningIcon } from "@phosphor-icons/react";
import type { LoginHint } from "./login-hint.ts";

/** What led somebody to the login page, where it was a mail's link. */
export function LoginBanner({ hint }: { hint: LoginHint }) {
  switch (hint) {
    case null:
      return null;
    case "verified":
      return (
        <div aria-live="polite">
          <Banner
            icon={<CheckCircleIcon weight="fill" />}
            title="Your address is verified"
            description="Log in, and your first deployment is two clicks away."
          />
        </div>
      );
    case "reset":
      return (
        <div aria-live="polite">
          <Banner
            icon={<CheckCircleIcon weight="fill" />}
            title="Your password is changed"
            description="Every session was ended. Log in with the new one."
          />
        </div>
      );
    case "refused":
      return (
        <div role="alert">
          <Banner
            variant="secondary"
            icon={<WarningIcon weight="fill" />}
            title="This link is no longer valid"
            description="It was used already or is older than a day. Log in, or sign up again to get a new one."
          />
        </div>
      );
  }
}
