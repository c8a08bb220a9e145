/** Something in the machine makes a start impossible; its words are for the log. */
export class StartError extends Error {
  override readonly name = "StartError";
}
