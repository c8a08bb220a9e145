import type { ErrorCode } from "../../worker/domain/errors.ts";

/**
 * Who may do what, written down a second time, by hand and from the outside: one row for each operation of the router.
 * The matrix holds the running Worker against it; an operation without a row fails.
 */
export type Row =
  | { for: "anybody" }
  /** A signed-in person, about themself. */
  | { for: "person"; fresh?: true; spends?: true }
  | {
      for: "account";
      /** The least role that may. */
      least: "owner" | "admin" | "member" | "viewer";
      /** The scope that lets a token in; none: never a token. */
      scope?: string;
      /** Needs a fresh proof. */
      fresh?: true;
      /** Also while the account is suspended. */
      suspended?: true;
      /** Also while nothing is paid; `suspended` says so, too. */
      unpaid?: true;
      /** What somebody else's is to a stranger. */
      others?: ErrorCode;
      /** It ends what the identities stand on. */
      spends?: true;
    }
  | { for: "operators"; spends?: true };

const read = { for: "account", least: "viewer", suspended: true } as const;
const change = { for: "account", least: "member", scope: "deployments:write" } as const;
const bill = { for: "account", least: "admin", scope: "billing:read" } as const;
const pay = { for: "account", least: "owner", scope: "billing:write", fresh: true, suspended: true } as const;
const others = "deployment.not_found";

export const POLICY: Readonly<Record<string, Row>> = {
  signUp: { for: "anybody" },
  verifySignUp: { for: "anybody" },
  logIn: { for: "anybody" },
  logInWithFactor: { for: "anybody" },
  askForPasskey: { for: "anybody" },
  logInWithPasskey: { for: "anybody" },
  requestReset: { for: "anybody" },
  resetPassword: { for: "anybody" },
  readCatalog: { for: "anybody" },
  checkHealth: { for: "anybody" },
  bootstrapOperator: { for: "anybody" },
  beginEnrolment: { for: "anybody" },
  finishEnrolment: { for: "anybody" },
  logInOperator: { for: "anybody" },
  receiveStripeEvent: { for: "anybody" },

  logOut: { for: "person", spends: true },
  logOutEverywhere: { for: "person", spends: true },
  describeMe: { for: "person" },
  stepUp: { for: "person" },
  switchAccount: { for: "person" },
  changePassword: { for: "person" },
  listOwnSessions: { for: "person" },
  endSession: { for: "person" },
  offerTotp: { for: "person", fresh: true },
  enableTotp: { for: "person", fresh: true },
  disableTotp: { for: "person", fresh: true },
  remakeRecoveryCodes: { for: "person", fresh: true },
  listOwnPasskeys: { for: "person" },
  offerPasskey: { for: "person", fresh: true },
  addPasskey: { for: "person", fresh: true },
  removePasskey: { for: "person", fresh: true },
  leaveAccount: { for: "person", fresh: true, spends: true },
  acceptInvitation: { for: "person" },

  readAudit: { for: "account", least: "admin", scope: "audit:read", suspended: true },
  exportAccount: { for: "account", least: "owner", fresh: true, suspended: true },
  closeAccount: { for: "account", least: "owner", fresh: true, spends: true, unpaid: true },
  reopenAccount: { for: "account", least: "owner", fresh: true, suspended: true },
  readMembers: { ...read, scope: "members:read" },
  setRole: { for: "account", least: "admin", fresh: true, others: "member.not_found" },
  removeMember: { for: "account", least: "admin", fresh: true, others: "member.not_found" },
  readInvitations: { ...read, scope: "members:read" },
  inviteMember: { for: "account", least: "admin", fresh: true },
  withdrawInvitation: { for: "account", least: "admin", others: "invitation.not_found" },
  readTokens: { for: "account", least: "admin", scope: "tokens:read", suspended: true },
  createToken: { for: "account", least: "admin", fresh: true },
  dropToken: { for: "account", least: "admin", others: "token.not_found" },

  createDeployment: change,
  listDeployments: { ...read, scope: "deployments:read" },
  getDeployment: { ...read, scope: "deployments:read", others },
  startDeployment: { ...change, others },
  stopDeployment: { ...change, others },
  restartDeployment: { ...change, others },
  validateDeploymentConfig: { ...change, others },
  retryDeployment: { ...change, others },
  updateDeployment: { ...change, others },
  rollbackDeployment: { ...change, others },
  undeleteDeployment: { ...change, others },
  deleteDeployment: {
    for: "account",
    least: "admin",
    scope: "deployments:delete",
    fresh: true,
    unpaid: true,
    others,
  },
  openDeployment: { for: "account", least: "member", others },
  readUsage: { ...read, scope: "deployments:read", others },
  readTimeline: { ...read, scope: "deployments:read", others },
  watchDeployment: { ...read, scope: "deployments:read", others },
  readLogs: { ...read, scope: "logs:read", others },
  listBackups: { ...read, scope: "backups:read", others },
  createBackup: { for: "account", least: "member", scope: "backups:write", others },
  restoreBackup: { for: "account", least: "member", scope: "backups:write", others },
  readSecrets: { ...read, scope: "secrets:read", others },
  setSecret: { for: "account", least: "member", scope: "secrets:write", fresh: true, others },
  deleteSecret: { for: "account", least: "member", scope: "secrets:write", fresh: true, others },
  applySecrets: { ...change, others },

  readBilling: { ...bill, suspended: true },
  refreshBilling: { ...bill, suspended: true },
  readBillingHistory: { ...bill, suspended: true },
  readAccountUsage: { ...bill, suspended: true },
  readSpendCap: { ...bill, suspended: true },
  changeSpendCap: pay,
  listInvoices: { ...bill, suspended: true },
  previewPlan: { ...bill, suspended: true },
  startCheckout: pay,
  openPortal: pay,
  cancelPlan: pay,
  changePlan: pay,

  readFleet: { for: "operators" },
  readStrays: { for: "operators" },
  runReaper: { for: "operators" },
  readAnyDeployment: { for: "operators" },
  operateDeployment: { for: "operators" },
  logOutOperator: { for: "operators", spends: true },
  readOperators: { for: "operators" },
  enrolOperator: { for: "operators" },
  dropOperator: { for: "operators" },
  suspendAccount: { for: "operators" },
  unsuspendAccount: { for: "operators" },
  searchAudit: { for: "operators" },
  verifyAudit: { for: "operators" },
};
