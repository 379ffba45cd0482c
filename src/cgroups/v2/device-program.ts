import { ACCESS, type DeviceException, type DevicePolicy } from "../devices.ts";

/**
 * A device policy as a BPF_PROG_TYPE_CGROUP_DEVICE program: 8-byte instructions, little-endian as on every processor we
 * ship for. It returns 1 to allow an access and 0 to forbid it.
 *
 * The kernel passes `struct bpf_cgroup_dev_ctx` in r1: u32 access_type (low half: 1 block, 2 char; high half: a sum of
 * `ACCESS` bits), u32 major, u32 minor. See include/uapi/linux/bpf.h.
 *
 * @returns undefined when everything is allowed, which needs no program
 */
export function compileDeviceProgram(policy: DevicePolicy): Uint8Array | undefined {
  if (policy.isAllowedByDefault && policy.exceptions.length === 0) return undefined;
  const instructions: Instruction[] = [
    ins(LOAD_32, R2, R1, 0),
    ins(AND_IMM_32, R2, 0, 0, 0xffff),
    ins(LOAD_32, R3, R1, 0),
    ins(SHIFT_RIGHT_IMM_32, R3, 0, 0, 16),
    ins(LOAD_32, R4, R1, 4),
    ins(LOAD_32, R5, R1, 8),
    ...policy.exceptions.flatMap((exception) => compileException(exception, !policy.isAllowedByDefault)),
    ...answer(policy.isAllowedByDefault),
  ];
  return encode(instructions);
}

interface Instruction {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly offset: number;
  readonly imm: number;
}

// Opcodes: include/uapi/linux/bpf_common.h and bpf.h; class, size or operation, source.
const LOAD_32 = 0x61; // BPF_LDX | BPF_MEM | BPF_W
const AND_IMM_32 = 0x54; // BPF_ALU | BPF_AND | BPF_K
const SHIFT_RIGHT_IMM_32 = 0x74; // BPF_ALU | BPF_RSH | BPF_K
const MOVE_REG_32 = 0xbc; // BPF_ALU | BPF_MOV | BPF_X
const MOVE_IMM_64 = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K
const JUMP_IF_EQUAL_IMM = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_UNLESS_EQUAL_IMM = 0x55; // BPF_JMP | BPF_JNE | BPF_K
const JUMP_UNLESS_EQUAL_REG = 0x5d; // BPF_JMP | BPF_JNE | BPF_X
const EXIT = 0x95; // BPF_JMP | BPF_EXIT

const [R0, R1, R2, R3, R4, R5] = [0, 1, 2, 3, 4, 5];

const TYPE = { b: 1, c: 2 } as const; // BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR

/** Tests that each skip the rest of the block, then the answer. */
function compileException(exception: DeviceException, isAllowed: boolean): Instruction[] {
  const { type, major, minor, access } = exception;
  const block = [
    skip(JUMP_UNLESS_EQUAL_IMM, R2, TYPE[type]),
    ...(access === ACCESS.all ? [] : compileAccess(access, isAllowed)),
    ...(major < 0 ? [] : [skip(JUMP_UNLESS_EQUAL_IMM, R4, major)]),
    ...(minor < 0 ? [] : [skip(JUMP_UNLESS_EQUAL_IMM, R5, minor)]),
    ...answer(isAllowed),
  ];
  return block.map((instruction, i) =>
    instruction.offset === TO_END ? { ...instruction, offset: block.length - i - 1 } : instruction,
  );
}

/**
 * What is allowed must cover all of what is asked for; what is forbidden needs to touch only part of it, or opening for
 * reading and writing would get around a rule that forbids writing.
 */
function compileAccess(access: number, isAllowed: boolean): Instruction[] {
  return [
    ins(MOVE_REG_32, R1, R3),
    ins(AND_IMM_32, R1, 0, 0, access),
    isAllowed ? ins(JUMP_UNLESS_EQUAL_REG, R1, R3, TO_END) : skip(JUMP_IF_EQUAL_IMM, R1, 0),
  ];
}

/** Stands for the distance to the end of the block until that is known. */
const TO_END = -1;

function skip(code: number, dst: number, imm: number): Instruction {
  return ins(code, dst, 0, TO_END, imm);
}

function answer(isAllowed: boolean): Instruction[] {
  return [ins(MOVE_IMM_64, R0, 0, 0, isAllowed ? 1 : 0), ins(EXIT)];
}

function ins(code: number, dst = 0, src = 0, offset = 0, imm = 0): Instruction {
  return { code, dst, src, offset, imm };
}

function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, { code, dst, src, offset, imm }] of instructions.entries()) {
    view.setUint8(i * 8, code);
    view.setUint8(i * 8 + 1, dst | (src << 4));
    view.setInt16(i * 8 + 2, offset, true);
    view.setInt32(i * 8 + 4, imm, true);
  }
  return bytes;
}
