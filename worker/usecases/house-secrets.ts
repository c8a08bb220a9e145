import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { RuntimeId } from "../domain/runtimes/descriptor.ts";
import { RUNTIMES } from "../domain/runtimes/index.ts";
import { newToken, toHex } from "../platform/random.ts";
import type { SecretRow } from "../store/vault.repo.ts";
import type { Deps } from "./deps.ts";

const HEADER_BYTES = 16;

/**
 * The secrets a machine needs from us, e.g. the door's key: random for each deployment, sealed by the vault and listed to
 * nobody. `after` is the version the first one is numbered after.
 */
export const sealHouseSecrets = (
  deps: Deps,
  owner: { accountId: AccountId; deploymentId: DeploymentId; runtime: RuntimeId },
  after: number,
): Promise<readonly SecretRow[]> =>
  Promise.all(
    RUNTIMES[owner.runtime].secrets.map(({ name, kind }, index) =>
      deps.vault.sealSecret({
        accountId: owner.accountId,
        deploymentId: owner.deploymentId,
        name,
        version: after + index + 1,
        owner: "house",
        createdAt: deps.clock.now(),
        createdBy: "house",
        value: kind === "token" ? newToken(deps.random) : `x-lp-${toHex(deps.random.bytes(HEADER_BYTES))}`,
      }),
    ),
  );
