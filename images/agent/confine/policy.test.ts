import { describe, expect, test } from "vitest";
import { isPublicAddress } from "./addresses.ts";
import { parsePolicy } from "../contract/policy.ts";

const portsOf = (allow: Parameters<typeof parsePolicy>[0]["allow"], name: string) => [
  ...parsePolicy({ allow }).portsOf(name),
];

describe("a policy", () => {
  const allow = [
    { name: "API.example.com" },
    { name: "*.example.org", ports: [443, 993] },
    { name: "a.example.org", ports: [8443] },
  ];

  test.each([
    ["api.example.com", [443]],
    ["Api.Example.Com.", [443]],
    ["example.com", []],
    ["x.api.example.com", []],
    ["api.example.com.evil.org", []],
    ["evilapi.example.com", []],
    ["example.org", []],
    ["evilexample.org", []],
    ["b.example.org", [443, 993]],
    ["c.b.example.org", [443, 993]],
    ["a.example.org", [8443, 443, 993]],
    ["", []],
    ["..example.org", []],
    [`${"a".repeat(64)}.example.org`, []],
    ["a b.example.org", []],
    ["x\u0000.example.org", []],
  ])("lets %j be reached on %j", (name, ports) => {
    expect(portsOf(allow, name)).toEqual(ports);
  });

  test.each([
    "*",
    "*.",
    "*.com",
    "com",
    "localhost",
    "a.*.example.com",
    "1.2.3.4",
    "::1",
    "exa mple.com",
    "-a.example.com",
    "http://a.example.com",
    "a.example.com:443",
  ])("can't allow %j", (name) =>
    expect(() => portsOf([{ name }], "x")).toThrow("is not a name that can be allowed"),
  );

  test.each([0, 25, 465, 587, 3333, 65_536, 4.5])("can't allow port %d", (port) => {
    expect(() => portsOf([{ name: "a.example.com", ports: [port] }], "x")).toThrow(`Port ${port}`);
  });
});

describe("an address", () => {
  test.each(["8.8.8.8", "11.0.0.1", "2a0b:1::10", "2606:4700::1111"])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
  test.each([
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fdaa::3",
    "fe80::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:db8::1",
    "::10.0.0.1",
    "not an address",
    "",
  ])("%s isn't", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
