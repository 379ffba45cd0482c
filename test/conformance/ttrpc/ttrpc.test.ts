import { describe, it } from "vitest";
import { testGoClient } from "./go-client.cases.ts";
import { buildGoPeer, type Library } from "./go-peer.ts";
import { testGoServer } from "./go-server.cases.ts";

// Debian 12's ttrpc is that of containerd 1.6, without streams; trixie's is that of 1.7, forky's that of 2.x.
const LIBRARIES: readonly Library[] = [
  { name: "installed" },
  { name: "trixie", suite: "trixie" },
  { name: "forky", suite: "forky", isMoving: true },
];

// A call that is never answered hangs its test: no need to wait for long.
const LIMIT = { timeout: 20_000 };

for (const library of LIBRARIES) {
  const peer = await buildGoPeer(library);
  describe(`with the Go ttrpc of Debian's package (${library.name})`, () => {
    if ("missing" in peer) {
      console.warn(`ttrpc conformance (${library.name}) skipped: ${peer.missing}`);
      it.skip(`skipped: ${peer.missing}`, () => {});
      return;
    }
    describe("as client of our server", LIMIT, () => testGoClient(peer));
    describe("as server of our client", LIMIT, () => testGoServer(peer));
  });
}
