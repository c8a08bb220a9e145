/** What one caller may ask in a minute: the `simple` limit of `API_LIMIT` in `wrangler.toml`, which a test holds equal. */
export const REQUESTS_PER_MINUTE = 1_200;
