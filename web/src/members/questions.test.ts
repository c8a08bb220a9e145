import { describe, expect, it } from "vitest";
import type { Member } from "../../../worker/contract/members.ts";
import { questionOf } from "./questions.ts";

const member: Member = {
  userId: "usr_1",
  email: "grace@example.com",
  role: "member",
  createdAt: "2026-11-23T21:00:00.000Z",
};

describe("questions about members", () => {
  it.each([
    ["admin", "Make grace@example.com an admin?"],
    ["owner", "Make grace@example.com an owner?"],
    ["viewer", "Make grace@example.com a viewer?"],
  ] as const)("the role %s is named as people say it", (role, title) => {
    expect(questionOf({ kind: "role", member, role }).title).toBe(title);
  });

  it("taking somebody out looks like what it is", () => {
    expect(questionOf({ kind: "remove", member }).isDestructive).toBe(true);
    expect(questionOf({ kind: "leave", member }).isDestructive).toBe(true);
  });
});
