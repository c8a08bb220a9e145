/** The contract's own rule, said before it is broken. */
const PASSWORD_LENGTH_MIN = 12;

export const NEW_PASSWORD_HINT = `At least ${PASSWORD_LENGTH_MIN} characters. A few words are easy to remember.`;
