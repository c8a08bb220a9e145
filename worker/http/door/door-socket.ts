import { CLOSE_REVOKED } from "../../domain/close-codes.ts";
import type { Admission } from "../../usecases/open-door.ts";
import type { Result } from "../../platform/result.ts";
import { describeError } from "../../platform/logger.ts";
import type { Logger } from "../../platform/logger.ts";

/**
 * A WebSocket through the door, pumped here so that it can be cut. Beside it runs a control socket to the deployment's
 * object, tagged with the session: when the object closes it (logout, stop, suspend), both sides are closed with 4401.
 * When the control socket drops for another reason (a deploy, an eviction) the session is checked again.
 */
const CLOSE_NORMAL = 1000;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_ERROR = 1011;

/** How long a pumped socket may go on without a control socket. */
const REAUTHORISE_WITHIN_MS = 60_000;
const REAUTHORISE_EVERY_MS = 5_000;
/** Checked this often in any case, so that no lost message keeps a revoked session alive. */
const RECHECK_EVERY_MS = 5 * 60_000;

export type SocketPorts = {
  upstream: WebSocket;
  /** Opens the control socket for an admission. */
  openControl(admission: Admission): Promise<WebSocket | null>;
  /** Asks again whether the session may pass. */
  admit(): Promise<Result<Admission>>;
  logger: Logger;
};

export class DoorSocket {
  readonly #ports: SocketPorts;
  readonly #server: WebSocket;
  #control: WebSocket;
  #isOpen = true;
  readonly #recheck: ReturnType<typeof setInterval>;

  /** Joins a client's socket to the gateway's; answers the client's end. */
  static join(ports: SocketPorts, control: WebSocket): WebSocket {
    const { 0: client, 1: server } = new WebSocketPair();
    void new DoorSocket(ports, server, control);
    return client;
  }

  private constructor(ports: SocketPorts, server: WebSocket, control: WebSocket) {
    this.#ports = ports;
    this.#server = server;
    this.#control = control;
    server.accept();
    ports.upstream.accept();
    this.#link(server, ports.upstream);
    this.#link(ports.upstream, server);
    this.#watch(control);
    this.#recheck = setInterval(() => void this.#endIfRefused(), RECHECK_EVERY_MS);
  }

  #link(from: WebSocket, to: WebSocket): void {
    from.addEventListener("message", ({ data }) => quietly(() => to.send(data)));
    from.addEventListener("close", ({ code, reason }) => this.#end(sendableCode(code), reason));
    from.addEventListener("error", () => this.#end(CLOSE_ERROR, "connection failed"));
  }

  #watch(control: WebSocket): void {
    this.#control = control;
    if (!this.#isOpen) return quietly(() => control.close(CLOSE_NORMAL, "over"));
    control.addEventListener("close", ({ code, reason }) => {
      if (code === CLOSE_REVOKED) this.#end(CLOSE_REVOKED, reason);
      else void this.#regain();
    });
  }

  /** The control socket is gone and nobody said why: get another within a minute, or close. */
  async #regain(): Promise<void> {
    for (let waited = 0; waited < REAUTHORISE_WITHIN_MS; waited += REAUTHORISE_EVERY_MS) {
      if (!this.#isOpen) return;
      const admitted = await this.#ask();
      if (admitted === "refused") return this.#end(CLOSE_REVOKED, "session revoked");
      const control =
        admitted === "unknown" ? null : await this.#ports.openControl(admitted).catch(() => null);
      if (control !== null) return this.#watch(control);
      await new Promise((elapsed) => setTimeout(elapsed, REAUTHORISE_EVERY_MS));
    }
    return this.#end(CLOSE_REVOKED, "could not be checked");
  }

  async #endIfRefused(): Promise<void> {
    if ((await this.#ask()) === "refused") this.#end(CLOSE_REVOKED, "session revoked");
  }

  async #ask(): Promise<Admission | "refused" | "unknown"> {
    try {
      const answer = await this.#ports.admit();
      if (answer.ok) return answer.value;
      return answer.code === "service.unavailable" ? "unknown" : "refused";
    } catch (error) {
      this.#ports.logger.error("door.recheck_failed", { error: describeError(error) });
      return "unknown";
    }
  }

  #end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#recheck);
    for (const socket of [this.#server, this.#ports.upstream, this.#control])
      quietly(() => socket.close(code, reason));
  }
}

/** 1005, 1006 and 1015 describe what happened and may not be sent (RFC 6455 §7.4.1). */
const sendableCode = (code: number): number =>
  code === 1005 ? CLOSE_NORMAL : code === 1006 || code === 1015 ? CLOSE_GOING_AWAY : code;

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // That end is closed already; its own close event tells the other.
  }
}
