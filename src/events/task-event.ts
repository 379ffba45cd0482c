/** A mount of a Create request, as the create event repeats it. */
export interface EventMount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** What happens to tasks, in containerd's words; `execId` is never empty. */
export type TaskEvent =
  | {
      readonly kind: "create";
      readonly id: string;
      readonly bundle: string;
      readonly rootfs: readonly EventMount[];
      readonly stdin: string;
      readonly stdout: string;
      readonly stderr: string;
      readonly hasTerminal: boolean;
      readonly pid: number;
    }
  | { readonly kind: "start"; readonly id: string; readonly pid: number }
  | {
      readonly kind: "exit";
      readonly id: string;
      /** Absent for init. */
      readonly execId?: string;
      readonly pid: number;
      readonly exitStatus: number;
      readonly exitedAtNs: bigint;
    }
  | {
      readonly kind: "delete";
      readonly id: string;
      readonly pid: number;
      readonly exitStatus: number;
      readonly exitedAtNs: bigint;
    }
  | { readonly kind: "oom"; readonly id: string }
  | { readonly kind: "exec-added"; readonly id: string; readonly execId: string }
  | { readonly kind: "exec-started"; readonly id: string; readonly execId: string; readonly pid: number }
  | { readonly kind: "paused"; readonly id: string }
  | { readonly kind: "resumed"; readonly id: string };
