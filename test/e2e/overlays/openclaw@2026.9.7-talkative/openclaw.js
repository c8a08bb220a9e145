/** Tells the console what it was trusted with, as a debug build left on would; then exit code 78, as upstream's own refusal. */
const { ANTHROPIC_API_KEY, OPENAI_API_KEY, WEATHER_KEY } = process.env;
console.error(`2026.9.7-talkative: starting with ${JSON.stringify({ ANTHROPIC_API_KEY, WEATHER_KEY })}`);
console.error(`2026.9.7-talkative: Authorization: Basic ${btoa(`key:${OPENAI_API_KEY}`)}`);
console.error("2026.9.7-talkative: refusing to start");
process.exit(78);
