import { describe, expect, it } from "vitest";
import { ApiProblem } from "../../../worker/contract/client.ts";
import { asksForPlan, fieldError, isAboutFields, troubleOf } from "./problem.ts";

const problem = (errors?: { pointer: string; message: string }[]) =>
  new ApiProblem({
    type: "about:blank",
    title: "The request is not valid",
    status: 422,
    detail: "Some fields are not valid.",
    instance: "urn:launchpad:req_1",
    code: "request.invalid",
    requestId: "req_1",
    ...(errors === undefined ? {} : { errors }),
  });

describe("problems", () => {
  it("a field's message becomes a sentence", () => {
    const error = problem([{ pointer: "/password", message: "must have at least 12 characters" }]);
    expect(fieldError(error, "/password")).toBe("Must have at least 12 characters.");
    expect(fieldError(error, "/email")).toBeNull();
  });

  it("a banner is spared only when every error has its field on the page", () => {
    const error = problem([
      { pointer: "/password", message: "is too long" },
      { pointer: "/config", message: "is not accepted" },
    ]);
    expect(isAboutFields(error, ["/password", "/config"])).toBe(true);
    expect(isAboutFields(error, ["/password"])).toBe(false);
    expect(isAboutFields(problem(), ["/password"])).toBe(false);
  });

  it("the request id is shown where help may be needed, not where a person can help themselves", () => {
    const ours = new ApiProblem({ ...problem().problem, status: 500, code: "internal.error" });
    expect(troubleOf(ours).requestId).toBe("req_1");
    expect(troubleOf(problem()).requestId).toBeNull();
  });

  it("what a plan would allow is told from what it wouldn't", () => {
    const unpaid = new ApiProblem({ ...problem().problem, status: 402, code: "billing.payment_required" });
    const declined = new ApiProblem({ ...problem().problem, status: 402, code: "billing.declined" });
    expect([unpaid, declined, new TypeError("offline")].map(asksForPlan)).toEqual([true, false, false]);
  });

  it("no answer at all is told apart from an answer that can't be read", () => {
    expect(troubleOf(new TypeError("Failed to fetch")).title).toBe("Launchpad can't be reached");
    expect(troubleOf(new Error("zod")).title).toBe("Unexpected answer");
  });
});
