import { readFile } from "node:fs/promises";
import { noViolations } from "./support/axe.ts";
import { openBrowser } from "./support/browser.ts";
import { Launchpad } from "./support/launchpad.ts";
import { addAuthenticator } from "./support/passkeys.ts";
import { Person } from "./support/person.ts";
import { productTime } from "./support/product-time.ts";
import { story } from "./support/story.ts";

/**
 * `npm run e2e:account`: everything around a deployment, in browsers. Ada secures her login, gives her assistant a
 * secret and a program a token; Grace is invited and sees what a viewer sees; what happened is on record; the account
 * is closed and kept after all. Each new state is looked at by axe, in light and in dark.
 */
const PASSWORD = "correct horse battery staple";
const NEW_PASSWORD = "another horse, another battery";
const NAME = "Ada's assistant";

const READY_TIMEOUT_MS = 60_000;
/** An update soaks for a while. */
const UPDATE_TIMEOUT_MS = 3 * 60_000;
/** A proof is good for ten minutes. */
const STALE_MS = 11 * 60_000;
/** A code of an app is another one after this. */
const NEXT_CODE_MS = 31_000;

const launchpad = await Launchpad.create("stub");
const browsers = [await openBrowser(), await openBrowser()] as const;

await story(
  "Accounts in the dashboard",
  launchpad,
  async (tell) => {
    const addresses = await tell("npm start", () => launchpad.start());
    const time = productTime(addresses);
    const [adasPage, gracesPage] = await Promise.all([browsers[0].newPage(), browsers[1].newPage()]);
    const ada = new Person(adasPage, addresses, "ada@example.com", PASSWORD);
    const grace = new Person(gracesPage, addresses, "grace@example.com", PASSWORD);
    for (const { page } of [ada, grace]) {
      page.setDefaultTimeout(20_000);
      await page.emulateMedia({ reducedMotion: "reduce" });
    }
    const { page } = ada;
    await addAuthenticator(page);

    await tell("Ada signs up, opens the mailed link and logs in", async () => {
      await ada.goto("/signup");
      await ada.signUp();
      await ada.openMail("/verify");
      await ada.sees("Your address is verified");
      await noViolations(page, "the login page");
      await ada.logIn();
      await ada.isIn();
    });

    await tell("she makes a deployment", async () => {
      await ada.goto("/new");
      await page.getByLabel("Name").fill(NAME);
      await ada.press("Create");
      await page
        .getByTestId("phase")
        .filter({ hasText: /^ready/i })
        .waitFor({ timeout: READY_TIMEOUT_MS });
    });
    const deployment = new URL(page.url()).pathname;

    await tell("its machine's size is told, and what a change of it would mean", async () => {
      await ada.sees("2 shared CPUs, 2 GB");
      await ada.press("Change size");
      const disk = page.getByLabel("Disk, in GB");
      await disk.fill("2");
      await page.getByRole("form", { name: "Size" }).getByRole("button", { name: "Change size" }).click();
      await ada.sees("It has 3 GB, and a disk can’t shrink.");
      await disk.fill("4");
      await ada.sees(/A disk never shrinks: this can’t be taken back/);
      await noViolations(page, "the form of a size");
      await page.getByRole("form", { name: "Size" }).getByRole("button", { name: "Change size" }).click();
      await ada.sees(/Your plan allows 3 GB of disk/);
      await noViolations(page, "a size the plan does not have");
      await ada.press("Cancel");
    });

    const { appKey, recoveryCode } = await tell(
      "an authenticator app is set up; a wrong code may be typed again",
      async () => {
        await ada.goto("/account");
        await page.waitForURL(/\/account\/security$/);
        await ada.press("Set up");
        const key = page.locator("code").first();
        await page.getByAltText(/QR code/).waitFor();
        await noViolations(page, "the app's QR code");
        const firstKey = await key.textContent();
        await page.getByLabel("Code of your app").fill("000000");
        await ada.press("Turn on");
        await ada.sees(/code is not right/);
        const secret = ((await key.textContent()) ?? "").replaceAll(" ", "");
        if (secret !== firstKey?.replaceAll(" ", "")) throw new Error("One wrong code spent the key.");
        await page.getByLabel("Code of your app").fill(await time.code(secret));
        await ada.press("Turn on");
        await ada.sees("Save your recovery codes");
        await noViolations(page, "the recovery codes");
        const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
        const first = (await codes.first().textContent()) ?? "";
        await page.keyboard.press("Escape");
        await ada.press("I have saved them");
        return { appKey: secret, recoveryCode: first };
      },
    );

    await tell("she logs out, and in with the app's code; a wrong one is told beside its field", async () => {
      await ada.logOut();
      await time.advance(NEXT_CODE_MS);
      await ada.logIn();
      await ada.sees("One more step");
      await noViolations(page, "the second half of a login");
      // The field has the focus already.
      await page.getByLabel("Code of your app").waitFor();
      await page.keyboard.type("123456");
      await page.keyboard.press("Enter");
      await ada.sees(/not right, or was used before/);
      await page.getByLabel("Code of your app").fill(await time.code(appKey));
      await page.keyboard.press("Enter");
      await ada.isIn();
    });

    await tell("she adds a passkey, logs out, and in with it alone", async () => {
      await ada.goto("/account/security");
      await ada.press("Add a passkey");
      await page.getByRole("textbox", { name: "Name" }).fill("Ada's laptop");
      await ada.press("Continue");
      await ada.sees("The passkey “Ada's laptop” is yours");
      await noViolations(page, "the security page");
      await ada.logOut();
      await ada.press("Log in with a passkey");
      await ada.isIn();
    });

    await tell("a recovery code lets her in once", async () => {
      await ada.logOut();
      await ada.logIn();
      await ada.press("Use a recovery code");
      await page.getByLabel("Recovery code").fill(recoveryCode);
      await page.keyboard.press("Enter");
      await ada.isIn();
    });

    await tell("a key its provider refuses is not kept; a good one is, and is applied", async () => {
      await ada.goto(deployment);
      await ada.press("Add secret");
      await ada.press("OpenAI");
      await page.getByLabel("Value").fill("sk-invalid");
      await ada.press("Save secret");
      await ada.sees("OpenAI does not accept this key");
      await noViolations(page, "a refused secret");
      await page.getByLabel("Value").fill("sk-works");
      await ada.press("Save secret");
      await ada.sees("OPENAI_API_KEY is kept. OpenAI accepts this key.");
      await noViolations(page, "secrets that wait for a restart");
      await ada.press("Apply now");
      const phase = page.getByTestId("phase");
      await phase.filter({ hasText: /^updating/i }).waitFor();
      await phase.filter({ hasText: /^ready/i }).waitFor({ timeout: UPDATE_TIMEOUT_MS });
      if (await page.getByRole("button", { name: "Apply now" }).isVisible())
        throw new Error("The page says that secrets still wait.");
    });

    await tell("an API token is shown once, works, and is refused once revoked", async () => {
      await ada.goto("/account/tokens");
      await ada.press("New token");
      await page.getByRole("textbox", { name: "Name" }).fill("Nightly job");
      await noViolations(page, "the form of a token");
      await ada.press("Create token");
      const token = (await page.getByTestId("new-token").textContent()) ?? "";
      await noViolations(page, "a new token");
      const ask = () =>
        fetch(`${addresses.api}/deployments`, { headers: { authorization: `Bearer ${token}` } });
      if ((await ask()).status !== 200) throw new Error("The token doesn't work.");
      await page.reload();
      await ada.sees("Nightly job");
      if ((await page.content()).includes(token)) throw new Error("The token is shown a second time.");
      await ada.press("Revoke Nightly job");
      await ada.press("Revoke token");
      await ada.sees(/^None\. A program/);
      if ((await ask()).status !== 401) throw new Error("A revoked token still works.");
    });

    await tell("Grace is invited, signs up, joins and sees what a viewer sees", async () => {
      await ada.goto("/account/members");
      await ada.press("Invite somebody");
      await page.getByLabel("E-mail").fill(grace.email);
      await page.getByRole("combobox", { name: "Role" }).click();
      await page.getByRole("option", { name: /^Viewer/ }).click();
      await noViolations(page, "the form of an invitation");
      await ada.press("Send invitation");
      await ada.sees(`An invitation is on its way to ${grace.email}`);
      await noViolations(page, "members and invitations");

      await grace.openMail("/invitation");
      await grace.sees("You are invited");
      await noViolations(grace.page, "an invitation before logging in");
      await grace.page.getByRole("link", { name: "Sign up" }).click();
      await grace.signUp();
      await grace.openMail("/verify");
      await grace.logIn();
      await grace.sees("Join the account?");
      await noViolations(grace.page, "an invitation after logging in");
      await grace.press("Join");
      await grace.isIn();
      await grace.page.getByRole("link", { name: NAME }).click();
      await grace.page.getByTestId("phase").waitFor();
      await grace.sees("OPENAI_API_KEY");
      for (const name of ["Open assistant", "Restart", "Delete", "Add secret", "Rotate key"])
        if (await grace.page.getByRole("button", { name, exact: true }).isVisible())
          throw new Error(`A viewer is offered “${name}”.`);
      await noViolations(grace.page, "a deployment as a viewer sees it");
      await grace.goto("/account/tokens");
      await grace.sees("Not for your role");
    });

    await tell("another role ends her sessions here; she logs in again and has it", async () => {
      await ada.goto("/account/members");
      await page.getByRole("combobox", { name: `Role of ${grace.email}` }).click();
      await page.getByRole("option", { name: /^Admin/ }).click();
      await ada.press("Change role");
      await page
        .getByRole("combobox", { name: `Role of ${grace.email}` })
        .filter({ hasText: "Admin" })
        .waitFor();
      await grace.goto("/account/tokens");
      await grace.page.waitForURL(/\/login\?next=%2Faccount%2Ftokens/);
      await grace.logIn();
      await grace.page.waitForURL(/\/account\/tokens$/);
      await grace.sees("For programs that use the API");
    });

    await tell("she forgets her password, chooses another one and switches to her own account", async () => {
      await grace.logOut();
      await grace.page.getByLabel("E-mail").fill(grace.email);
      await grace.page.getByRole("link", { name: "Forgot your password?" }).click();
      await grace.page.getByRole("button", { name: "Send the link" }).waitFor();
      await noViolations(grace.page, "a forgotten password");
      await grace.press("Send the link");
      await grace.sees("Check your mail");
      await grace.openMail("/reset");
      await grace.page.getByLabel("New password").fill(NEW_PASSWORD);
      await noViolations(grace.page, "choosing a new password");
      await grace.press("Change password");
      await grace.sees("Your password is changed");
      grace.password = NEW_PASSWORD;
      await grace.logIn();
      await grace.isIn();
      await grace.sees(NAME);
      const otherTab = await grace.page.context().newPage();
      await otherTab.goto(`${addresses.dashboard}${deployment}`);
      await otherTab.getByTestId("phase").waitFor();
      await grace.page.bringToFront();
      await grace.page.getByRole("button", { name: /^Account/ }).click();
      // By itself: it lies over the page, in none of its regions.
      await noViolations(grace.page, "the account menu", "[role=menu]");
      await grace.page.getByRole("menuitemradio", { name: /^Your account/ }).click();
      await grace.sees("Launch your first assistant");
      // The session is one for all tabs: none may go on showing what its buttons don't act on any more.
      await otherTab.getByText("belongs to another account").waitFor();
      await otherTab.close();
      await grace.logOut();
    });

    await tell("a session elsewhere is listed and ended", async () => {
      const elsewhere = new Person(grace.page, addresses, ada.email, PASSWORD);
      await time.advance(NEXT_CODE_MS);
      await elsewhere.logIn();
      await elsewhere.page.getByLabel("Code of your app").fill(await time.code(appKey));
      await elsewhere.page.keyboard.press("Enter");
      await elsewhere.isIn();
      await ada.goto("/account/security");
      const others = page.getByRole("button", { name: /^End the session of/ });
      await others.first().waitFor();
      await others.first().click();
      await others.first().waitFor({ state: "detached" });
      await elsewhere.goto("/account/security");
      await elsewhere.page.waitForURL(/\/login/);
    });

    await tell(
      "what matters asks for a fresh proof: cancelled, nothing happens; proven, it does",
      async () => {
        await time.advance(STALE_MS);
        await ada.goto(deployment);
        const proof = page.getByRole("alertdialog", { name: "Confirm that it is you" });
        const askToDelete = async () => {
          await ada.press("Delete");
          await page.getByLabel(/to confirm/).fill(NAME);
          await ada.press("Delete deployment");
          await proof.waitFor();
        };
        await askToDelete();
        await noViolations(page, "the step-up dialog");
        await ada.press("Cancel");
        await proof.waitFor({ state: "detached" });
        await page
          .getByTestId("phase")
          .filter({ hasText: /^ready/i })
          .waitFor();
        if (await page.getByRole("alert").isVisible()) throw new Error("Cancelling is told as an error.");
        await askToDelete();
        // Typed blindly: the dialog's own field has the focus, whatever was open before it.
        await page.getByLabel("Code of your app").waitFor();
        await page.keyboard.type(await time.code(appKey));
        await page.keyboard.press("Enter");
        await page
          .getByTestId("phase")
          .filter({ hasText: /^deleted/i })
          .waitFor({ timeout: READY_TIMEOUT_MS });
      },
    );

    await tell("all of it is on record, and comes as a file", async () => {
      await ada.goto("/account/activity");
      await page.locator("summary").first().waitFor();
      const older = page.getByRole("button", { name: "Show older" });
      while (await older.isVisible()) await older.click();
      for (const line of [
        `deleted ${NAME}`,
        "confirmed who they are with a code of an app",
        `made ${grace.email} admin, who was viewer`,
        "joined as viewer",
        "revoked the API token “Nightly job”",
        "made the API token “Nightly job”",
        `set OPENAI_API_KEY of ${NAME}`,
        "used a recovery code",
        "logged in with a passkey",
        "added a passkey",
        "turned on codes of an authenticator app",
        "opened the account",
      ])
        await page.getByText(line).first().waitFor();
      await page.locator("summary").first().click();
      await noViolations(page, "the record");
      await page.getByRole("combobox", { name: "Kind" }).click();
      await page.getByRole("option", { name: "Secrets" }).click();
      await page.waitForURL(/kind=secret/);
      await page.getByText("logged in with a passkey").first().waitFor({ state: "detached" });
      const saving = page.waitForEvent("download");
      await ada.press("Download");
      await page.getByRole("menuitem", { name: "As CSV" }).click();
      const csv = await readFile(await (await saving).path(), "utf8");
      const lines = csv.trim().split("\r\n");
      if (lines.length < 3 || !lines.slice(1).every((line) => line.includes(",secret.")))
        throw new Error(`The file says:\n${csv}`);
    });

    await tell("the account is closed, says so everywhere, and is reopened", async () => {
      await ada.goto("/account/general");
      await noViolations(page, "the account");
      await ada.press("Close account");
      await page.getByLabel(/to confirm/).fill(ada.email);
      await noViolations(page, "the question before closing");
      await page.getByRole("alertdialog").getByRole("button", { name: "Close account" }).click();
      await ada.sees("This account is being closed");
      await noViolations(page, "a closing account");
      await ada.goto("/new");
      await ada.sees("Nothing can be created while the account is as it is.");
      await ada.sees("This account is being closed");
      await page.getByRole("link", { name: "Export or reopen" }).click();
      const saving = page.waitForEvent("download");
      await ada.press("Download export");
      const exported = JSON.parse(await readFile(await (await saving).path(), "utf8")) as object;
      if (!("deployments" in exported)) throw new Error("The export has no deployments.");
      await ada.press("Reopen account");
      await page.getByText("This account is being closed").first().waitFor({ state: "detached" });
    });

    await tell("logging out everywhere ends this session too", async () => {
      await ada.goto("/account/security");
      await ada.press("Log out everywhere");
      await page.getByRole("alertdialog").getByRole("button", { name: "Log out everywhere" }).click();
      await page.waitForURL(/\/login/);
    });
  },
  photographFailure,
);

await Promise.all(browsers.map((browser) => browser.close()));

/** What every open page looked like when it went wrong. */
async function photographFailure(): Promise<void> {
  for (const [index, page] of browsers.flatMap((browser) => browser.pages()).entries()) {
    const file = `.cache/e2e-failure-${index}.png`;
    await page.screenshot({ path: file }).then(() => console.error(`${page.url()} looked like ${file}`));
  }
}
