import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { RuntimeId } from "../domain/runtimes/descriptor.ts";
import { RUNTIMES } from "../domain/runtimes/index.ts";
import { newToken } from "../platform/random.ts";
import type { SecretRow } from "../store/vault.repo.ts";
import type { Deps } from "./deps.ts";

/**
 * The secrets a machine needs from us, e.g. its gateway's password: random for each deployment, sealed by the vault and listed to
 * nobody. `after` is the version the first one is numbered after.
 */
export const sealHouseSecrets = (
  deps: Deps,
  owner: { accountId: AccountId; deploymentId: DeploymentId; runtime: RuntimeId },
  after: number,
): Promise<readonly SecretRow[]> =>
  Promise.all(
    RUNTIMES[owner.runtime].secrets.map(({ name }, index) =>
      deps.vault.sealSecret({
        accountId: owner.accountId,
        deploymentId: owner.deploymentId,
        name,
        version: after + index + 1,
        owner: "house",
        createdAt: deps.clock.now(),
        createdBy: "house",
        value: newToken(deps.random),
      }),
    ),
  );
