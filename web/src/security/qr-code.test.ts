import { encodeQR } from "qr";
import { decodeQR } from "qr/decode.js";
import { describe, expect, it } from "vitest";
import { groupsOf } from "./groups-of.ts";
import { qrPath } from "./qr-path.ts";

const URI =
  "otpauth://totp/Launchpad:ada%40example.com?issuer=Launchpad&secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&algorithm=SHA1&digits=6&period=30";

describe("QR code", () => {
  it("a path covers each dark module once, run by run", () => {
    expect(
      qrPath([
        [false, true, true],
        [true, false, true],
      ]),
    ).toBe("M1 0h2v1h-2zM0 1h1v1h-1zM2 1h1v1h-1z");
  });

  it("what an app reads from the drawn path is the address it needs", () => {
    const modules = encodeQR(URI, "raw", { ecc: "medium", border: 4 });
    expect(decodeQR(drawn(qrPath(modules), modules.length))).toBe(URI);
  });

  it("a key is typed in groups", () => {
    expect(groupsOf("ABCDEFGHIJ", 4)).toBe("ABCD EFGH IJ");
  });
});

/** The path as pixels, several to a module, the way a screen shows it. */
function drawn(path: string, size: number) {
  const scale = 4;
  const width = size * scale;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)/g))
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row += 1)
      for (let column = Number(x) * scale; column < (Number(x) + Number(run)) * scale; column += 1)
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
  return { width, height: width, data };
}
