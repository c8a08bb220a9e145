import type { Me } from "../../../worker/contract/auth.ts";
import { role as roleSchema } from "../../../worker/contract/fields.ts";

export type Role = Me["account"]["role"];

/** From the most to the least, as the contract lists them. */
const ROLES: readonly Role[] = roleSchema.options;

/** Nobody hands out more than they have, nor changes who has more. */
export const rolesToGive = (own: Role): readonly Role[] => ROLES.slice(ROLES.indexOf(own));

/** What a role is for, in a line. */
export const ROLE_WORDS: Record<Role, { title: string; text: string }> = {
  owner: { title: "Owner", text: "Everything, the plan, export and closing included." },
  admin: { title: "Admin", text: "Deployments with their deletion, members, API tokens, the record." },
  member: { title: "Member", text: "Makes, changes and opens deployments and sets their secrets." },
  viewer: { title: "Viewer", text: "Looks at everything, changes nothing." },
};

/** Somebody is always left who can do everything. */
export const isLastOwner = (members: readonly { userId: string; role: Role }[], userId: string): boolean =>
  members.some((member) => member.userId === userId && member.role === "owner") &&
  members.filter(({ role }) => role === "owner").length === 1;
