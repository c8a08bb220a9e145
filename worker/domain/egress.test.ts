import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../images/agent/contract/policy.ts";
import { DEFAULT_EGRESS, egressFlaws, egressOf } from "./egress.ts";

describe("what an assistant may reach", () => {
  it("is what every assistant may, all of which can be allowed", () => {
    expect(egressFlaws(DEFAULT_EGRESS)).toEqual([]);
    expect(egressOf([])).toEqual(DEFAULT_EGRESS);
  });

  it("is that and its owner's own, each name once", () => {
    const [first = { name: "" }] = DEFAULT_EGRESS;
    const all = egressOf([
      { name: "api.example.com" },
      { name: "mail.example.com", ports: [993] },
      { name: first.name.toUpperCase(), ports: [8443] },
    ]);
    expect(all).toHaveLength(DEFAULT_EGRESS.length + 2);
    expect(all).toContainEqual({ name: first.name, ports: [443, 8443] });
    expect(parsePolicy({ allow: all }).portsOf("mail.example.com")).toEqual(new Set([993]));
  });

  it.each([
    [{ name: "127.0.0.1" }, "is not a name"],
    [{ name: "localhost" }, "is not a name"],
    [{ name: "*" }, "is not a name"],
    [{ name: "mail.example.com", ports: [25] }, "Port 25"],
    [{ name: "pool.example.com", ports: [3333] }, "Port 3333"],
  ])("is never %j", (rule, words) => {
    expect(egressFlaws([{ name: "good.example.com" }, rule])).toEqual([
      { index: 1, flaw: expect.stringContaining(words) },
    ]);
  });
});
