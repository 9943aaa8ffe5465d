// Requests as bytes: what no client library would send.
import { connect } from "node:net";

/** Sends lines and an optional body to the server's plain port; answers `{ status, head, body }`, the body as text. */
export function raw(base, lines, body = "") {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const parts = [];
    socket.setTimeout(20_000, () => socket.destroy(new Error("no answer within 20 s")));
    socket.on("data", (part) => parts.push(part));
    socket.on("error", reject);
    socket.on("close", () => {
      const text = Buffer.concat(parts).toString("utf8");
      const [head, ...rest] = text.split("\r\n\r\n");
      resolve({ status: Number(head.match(/^HTTP\/1\.[01] (\d{3})/)?.[1]), head, body: rest.join("\r\n\r\n") });
    });
    const length = body ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
    socket.write([...lines, ...length, "Connection: close", "", body].join("\r\n"));
  });
}
