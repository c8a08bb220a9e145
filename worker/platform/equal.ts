/**
 * Whether two hex digests are equal, in a time that says nothing of where they differ. Digests only: their length is no
 * secret.
 */
export function isEqualDigest(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index += 1)
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}
