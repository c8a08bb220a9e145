import type { Operation } from "../route.ts";
import { adminDeployment } from "./admin.deployment.ts";
import { adminFleet } from "./admin.fleet.ts";
import { adminOperate } from "./admin.operate.ts";
import { adminStrays } from "./admin.strays.ts";
import { adminStraysRun } from "./admin.strays-run.ts";
import { authLogin } from "./auth.login.ts";
import { authLogout } from "./auth.logout.ts";
import { authMe } from "./auth.me.ts";
import { authSignup } from "./auth.signup.ts";
import { authVerify } from "./auth.verify.ts";
import { backupsCreate } from "./backups.create.ts";
import { backupsList } from "./backups.list.ts";
import { backupsRestore } from "./backups.restore.ts";
import { catalogRead } from "./catalog.read.ts";
import { deploymentsCreate } from "./deployments.create.ts";
import { deploymentsDelete } from "./deployments.delete.ts";
import { deploymentsEvents } from "./deployments.events.ts";
import { deploymentsGet } from "./deployments.get.ts";
import { deploymentsList } from "./deployments.list.ts";
import { deploymentsLive } from "./deployments.live.ts";
import { deploymentsLogs } from "./deployments.logs.ts";
import { deploymentsOpen } from "./deployments.open.ts";
import { deploymentsRestart } from "./deployments.restart.ts";
import { deploymentsRetry } from "./deployments.retry.ts";
import { deploymentsRollback } from "./deployments.rollback.ts";
import { deploymentsStart } from "./deployments.start.ts";
import { deploymentsStop } from "./deployments.stop.ts";
import { deploymentsUndelete } from "./deployments.undelete.ts";
import { deploymentsUpdate } from "./deployments.update.ts";
import { serviceHealth } from "./service.health.ts";

/** Every operation of the API. What isn't here doesn't exist. */
export const OPERATIONS: readonly Operation[] = [
  authSignup,
  authVerify,
  authLogin,
  authLogout,
  authMe,
  catalogRead,
  deploymentsCreate,
  deploymentsList,
  deploymentsGet,
  deploymentsStart,
  deploymentsStop,
  deploymentsRestart,
  deploymentsRetry,
  deploymentsUpdate,
  deploymentsRollback,
  deploymentsDelete,
  deploymentsUndelete,
  backupsList,
  backupsCreate,
  backupsRestore,
  deploymentsOpen,
  deploymentsEvents,
  deploymentsLogs,
  deploymentsLive,
  serviceHealth,
  adminFleet,
  adminStrays,
  adminStraysRun,
  adminDeployment,
  adminOperate,
];
