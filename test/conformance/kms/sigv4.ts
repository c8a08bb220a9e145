import { createHash, createHmac } from "node:crypto";

/**
 * Signature Version 4, recomputed from AWS's description alone (IAM User Guide, "Create a signed AWS API request"), so
 * that it shares no line and no mistake with the library that signs.
 */
export type SignedRequest = {
  method: string;
  /** As it was sent: absolute path, encoded. */
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  signedHeaders: readonly string[];
  body: string;
};

export type Scope = { date: string; region: string; service: string };

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text, "utf8").digest();

function canonicalRequest({ method, path, query, headers, signedHeaders, body }: SignedRequest): string {
  const names = signedHeaders.map((name) => name.toLowerCase()).sort();
  return [
    method,
    path === "" ? "/" : path,
    canonicalQuery(query),
    // Trimmed, runs of spaces made one, each line ended.
    ...names.map((name) => `${name}:${(headers[name] ?? "").trim().replaceAll(/ +/g, " ")}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
}

function canonicalQuery(query: string): string {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
    .sort()
    .join("&");
}

export function signatureOf(
  request: SignedRequest,
  instant: string,
  { date, region, service }: Scope,
  secretAccessKey: string,
): string {
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", instant, scope, sha256(canonicalRequest(request))].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString("hex");
}
