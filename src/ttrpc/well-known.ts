import Long from "long";
import type { google } from "../gen/ttrpc.js";

const NS_PER_SECOND = 1_000_000_000n;

/** A google.protobuf.Timestamp of nanoseconds since the Unix epoch. */
export function timestampOf(timeNs: bigint): { readonly seconds: Long; readonly nanos: number } {
  let seconds = timeNs / NS_PER_SECOND;
  let nanos = timeNs % NS_PER_SECOND;
  // `nanos` counts forward also before the epoch.
  if (nanos < 0n) {
    seconds -= 1n;
    nanos += NS_PER_SECOND;
  }
  return { seconds: Long.fromNumber(Number(seconds)), nanos: Number(nanos) };
}

/** Nanoseconds since the Unix epoch of a google.protobuf.Timestamp; an absent one is the epoch, as on the wire. */
export function timeNsOf(timestamp: google.protobuf.Timestamp.$Properties | null | undefined): bigint {
  const seconds = timestamp?.seconds;
  return (seconds == null ? 0n : BigInt(seconds.toString())) * NS_PER_SECOND + BigInt(timestamp?.nanos ?? 0);
}

/** The full message name in a type URL: what follows the last "/". containerd writes no "/", others may. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}
