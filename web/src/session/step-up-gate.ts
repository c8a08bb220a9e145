/**
 * Where requests wait while somebody proves once more who they are. However many ask at the same time, one question is
 * open, and its answer is theirs together.
 */
export function makeStepUpGate() {
  let question: PromiseWithResolvers<boolean> | null = null;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    /** True once it is proven; false when it won't be. */
    ask(): Promise<boolean> {
      if (question === null) {
        question = Promise.withResolvers<boolean>();
        tell();
      }
      return question.promise;
    },
    settle(isProven: boolean): void {
      const settled = question;
      question = null;
      settled?.resolve(isProven);
      tell();
    },
    isAsking: (): boolean => question !== null,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const stepUpGate = makeStepUpGate();
