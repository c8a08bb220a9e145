import type { Operation } from "../route.ts";
import { accountAudit } from "./account.audit.ts";
import { accountClose } from "./account.close.ts";
import { accountExport } from "./account.export.ts";
import { accountReopen } from "./account.reopen.ts";
import { adminAccountsSuspend } from "./admin.accounts-suspend.ts";
import { adminAccountsUnsuspend } from "./admin.accounts-unsuspend.ts";
import { adminAuditVerify } from "./admin.audit-verify.ts";
import { adminAudit } from "./admin.audit.ts";
import { adminBootstrap } from "./admin.bootstrap.ts";
import { adminDeployment } from "./admin.deployment.ts";
import { adminEnrolConfirm } from "./admin.enrol-confirm.ts";
import { adminEnrol } from "./admin.enrol.ts";
import { adminFleet } from "./admin.fleet.ts";
import { adminLogin } from "./admin.login.ts";
import { adminLogout } from "./admin.logout.ts";
import { adminOperate } from "./admin.operate.ts";
import { adminOperatorsAdd } from "./admin.operators-add.ts";
import { adminOperatorsDisable } from "./admin.operators-disable.ts";
import { adminOperators } from "./admin.operators.ts";
import { adminStraysRun } from "./admin.strays-run.ts";
import { adminStrays } from "./admin.strays.ts";
import { authAccount } from "./auth.account.ts";
import { authLoginFactor } from "./auth.login-factor.ts";
import { authLoginPasskey } from "./auth.login-passkey.ts";
import { authLogin } from "./auth.login.ts";
import { authLogoutEverywhere } from "./auth.logout-everywhere.ts";
import { authLogout } from "./auth.logout.ts";
import { authMe } from "./auth.me.ts";
import { authPasskeyOptions } from "./auth.passkey-options.ts";
import { authSignup } from "./auth.signup.ts";
import { authStepUp } from "./auth.step-up.ts";
import { authVerify } from "./auth.verify.ts";
import { backupsCreate } from "./backups.create.ts";
import { backupsList } from "./backups.list.ts";
import { backupsRestore } from "./backups.restore.ts";
import { billingCancel } from "./billing.cancel.ts";
import { billingCheckout } from "./billing.checkout.ts";
import { billingHistory } from "./billing.history.ts";
import { billingInvoices } from "./billing.invoices.ts";
import { billingPlanPreview } from "./billing.plan-preview.ts";
import { billingPlan } from "./billing.plan.ts";
import { billingPortal } from "./billing.portal.ts";
import { billingRead } from "./billing.read.ts";
import { billingRefresh } from "./billing.refresh.ts";
import { billingSpendCapChange } from "./billing.spend-cap-change.ts";
import { billingSpendCap } from "./billing.spend-cap.ts";
import { billingUsage } from "./billing.usage.ts";
import { billingWebhook } from "./billing.webhook.ts";
import { catalogRead } from "./catalog.read.ts";
import { deploymentsCreate } from "./deployments.create.ts";
import { deploymentsDelete } from "./deployments.delete.ts";
import { deploymentsEvents } from "./deployments.events.ts";
import { deploymentsGet } from "./deployments.get.ts";
import { deploymentsList } from "./deployments.list.ts";
import { deploymentsLive } from "./deployments.live.ts";
import { deploymentsLogs } from "./deployments.logs.ts";
import { deploymentsOpen } from "./deployments.open.ts";
import { deploymentsValidateConfig } from "./deployments.validate-config.ts";
import { deploymentsRestart } from "./deployments.restart.ts";
import { deploymentsRetry } from "./deployments.retry.ts";
import { deploymentsRollback } from "./deployments.rollback.ts";
import { deploymentsStart } from "./deployments.start.ts";
import { deploymentsStop } from "./deployments.stop.ts";
import { deploymentsUndelete } from "./deployments.undelete.ts";
import { deploymentsUpdate } from "./deployments.update.ts";
import { deploymentsUsage } from "./deployments.usage.ts";
import { invitationsAccept } from "./invitations.accept.ts";
import { invitationsCreate } from "./invitations.create.ts";
import { invitationsList } from "./invitations.list.ts";
import { invitationsWithdraw } from "./invitations.withdraw.ts";
import { membersLeave } from "./members.leave.ts";
import { membersList } from "./members.list.ts";
import { membersRemove } from "./members.remove.ts";
import { membersRole } from "./members.role.ts";
import { secretsApply } from "./secrets.apply.ts";
import { secretsDelete } from "./secrets.delete.ts";
import { secretsList } from "./secrets.list.ts";
import { secretsSet } from "./secrets.set.ts";
import { securityEndSession } from "./security.end-session.ts";
import { securityForgot } from "./security.forgot.ts";
import { securityPasskeyAdd } from "./security.passkey-add.ts";
import { securityPasskeyOffer } from "./security.passkey-offer.ts";
import { securityPasskeyRemove } from "./security.passkey-remove.ts";
import { securityPasskeys } from "./security.passkeys.ts";
import { securityPassword } from "./security.password.ts";
import { securityRecoveryCodes } from "./security.recovery-codes.ts";
import { securityReset } from "./security.reset.ts";
import { securitySessions } from "./security.sessions.ts";
import { securityTotpDisable } from "./security.totp-disable.ts";
import { securityTotpEnable } from "./security.totp-enable.ts";
import { securityTotpOffer } from "./security.totp-offer.ts";
import { serviceHealth } from "./service.health.ts";
import { tokensCreate } from "./tokens.create.ts";
import { tokensList } from "./tokens.list.ts";
import { tokensRevoke } from "./tokens.revoke.ts";

/** Every operation of the API. What isn't here doesn't exist. */
export const OPERATIONS: readonly Operation[] = [
  authAccount,
  authLoginFactor,
  authLoginPasskey,
  authLogin,
  authLogoutEverywhere,
  authLogout,
  authMe,
  authPasskeyOptions,
  authSignup,
  authStepUp,
  authVerify,
  securityEndSession,
  securityForgot,
  securityPasskeyAdd,
  securityPasskeyOffer,
  securityPasskeyRemove,
  securityPasskeys,
  securityPassword,
  securityRecoveryCodes,
  securityReset,
  securitySessions,
  securityTotpDisable,
  securityTotpEnable,
  securityTotpOffer,
  accountAudit,
  accountClose,
  accountExport,
  accountReopen,
  membersLeave,
  membersList,
  membersRemove,
  membersRole,
  invitationsAccept,
  invitationsCreate,
  invitationsList,
  invitationsWithdraw,
  tokensCreate,
  tokensList,
  tokensRevoke,
  catalogRead,
  deploymentsCreate,
  deploymentsDelete,
  deploymentsEvents,
  deploymentsGet,
  deploymentsList,
  deploymentsLive,
  deploymentsLogs,
  deploymentsOpen,
  deploymentsRestart,
  deploymentsValidateConfig,
  deploymentsRetry,
  deploymentsRollback,
  deploymentsStart,
  deploymentsStop,
  deploymentsUndelete,
  deploymentsUpdate,
  deploymentsUsage,
  backupsCreate,
  backupsList,
  backupsRestore,
  secretsApply,
  secretsDelete,
  secretsList,
  secretsSet,
  serviceHealth,
  adminAccountsSuspend,
  adminAccountsUnsuspend,
  adminAuditVerify,
  adminAudit,
  adminBootstrap,
  adminDeployment,
  adminEnrolConfirm,
  adminEnrol,
  adminFleet,
  adminLogin,
  adminLogout,
  adminOperate,
  adminOperatorsAdd,
  adminOperatorsDisable,
  adminOperators,
  adminStraysRun,
  adminStrays,
  billingCancel,
  billingCheckout,
  billingHistory,
  billingInvoices,
  billingPlanPreview,
  billingPlan,
  billingPortal,
  billingRead,
  billingRefresh,
  billingSpendCapChange,
  billingSpendCap,
  billingUsage,
  billingWebhook,
];
