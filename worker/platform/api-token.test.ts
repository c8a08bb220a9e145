import { describe, expect, it } from "vitest";
import { isApiToken, newApiToken, parseApiToken } from "./api-token.ts";
import { systemRandom } from "./random.ts";

const ID = "01m85xrk37h1dajp7j7q6z0000";

describe("an API token", () => {
  it("reads back to its id and secret", () => {
    const { token, secret } = newApiToken(ID, systemRandom);
    expect(isApiToken(token)).toBe(true);
    expect(parseApiToken(token)).toEqual({ idSuffix: ID, secret });
    expect(secret).toHaveLength(43);
  });

  it("that was mistyped anywhere is none", () => {
    const { token } = newApiToken(ID, systemRandom);
    for (let index = "lp_live_".length; index < token.length; index += 1) {
      const other = token[index] === "a" ? "b" : "a";
      expect(parseApiToken(token.slice(0, index) + other + token.slice(index + 1))).toBeNull();
    }
  });

  it.each(["", "lp_live_", "lp_live_x_y_z", `lp_live_${ID}_short_000000`, "Bearer x"])("is not %j", (text) =>
    expect(parseApiToken(text)).toBeNull(),
  );
});
