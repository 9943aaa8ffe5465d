// The lines that a client and the test exchange: one JSON object each.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function hear() {
  const { value } = await lines.next();
  return JSON.parse(value);
}

export function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Has the test's browser open an address, and answers the parameters with which it came back. */
export async function answer(url) {
  say({ open: url });
  return hear();
}

/** Does what the task says with one of these functions, and says what came of it. */
export async function run(functions, explain) {
  const task = await hear();
  try {
    const tokens = await functions[task.do](task);
    say({ tokens });
  } catch (error) {
    say(explain(error));
  }
  // The line reader would keep the process alive.
  process.stdin.destroy();
}
