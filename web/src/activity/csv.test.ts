import { describe, expect, it } from "vitest";
import { csvOf } from "./csv.ts";
import { entry } from "./sample.ts";

describe("the record as CSV", () => {
  it("has a line for each entry under one of names", () => {
    const [head, line, end] = csvOf([
      entry({ action: "secret.set", target: "dep_1", content: { name: "A_KEY" } }),
    ]).split("\r\n");
    expect(head).toBe(
      "at,actor_kind,actor_id,action,target,outcome,content,address,user_agent,request_id,id",
    );
    expect(line).toBe(
      '2026-11-23T21:00:00.000Z,user,usr_ada,secret.set,dep_1,ok,"{""name"":""A_KEY""}",192.0.2.7,curl/8.5.0,req_1,aud_01kavz7xq2f0e4n9r6c1b8s3tm',
    );
    expect(end).toBe("");
  });

  it.each([
    ['=HYPERLINK("http://evil.example")', `"'=HYPERLINK(""http://evil.example"")"`],
    ["@SUM(1)", "'@SUM(1)"],
    ["-1+1", "'-1+1"],
    ["two\nlines", '"two\nlines"'],
  ])("a browser that calls itself %s runs nothing", (userAgent, cell) => {
    expect(csvOf([entry({ action: "session.opened", userAgent })])).toContain(`,${cell},req_1`);
  });
});
