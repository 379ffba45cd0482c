import protobuf from "protobufjs";
import type { Decoder, Encoder } from "../../../src/ttrpc/service.ts";

/** google.protobuf.BytesValue: what every method of test.Peer takes and answers. */
export interface BytesValue {
  readonly value: Uint8Array;
}

const type = new protobuf.Type("BytesValue").add(new protobuf.Field("value", 1, "bytes"));
const EMPTY = new Uint8Array(0);

/** Encodes as Go does: an empty value is an empty message. */
export const bytesValue: Decoder<BytesValue> & Encoder<BytesValue> = {
  decode: (bytes) => ({ value: type.toObject(type.decode(bytes))["value"] ?? EMPTY }),
  encode: ({ value }) => type.encode(value.length === 0 ? {} : { value }),
};
