// A tenant's gateway: says what it keeps to whoever reaches it, on its private address and on its loopback.
import { createServer } from "node:net";

const [port, gatewayPort] = process.argv.slice(2).map(Number);
const speak = (socket) => {
  socket.on("error", () => {});
  socket.end(`a tenant's gateway: ${process.env.MARK ?? "nothing to keep"}`);
};
createServer(speak).listen(port, "::");
createServer(speak).listen(gatewayPort, "127.0.0.1");
