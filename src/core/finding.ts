/** Something that is not as it should be ("error"), will cause trouble ("warning") or is worth knowing ("note"). */
export interface Finding {
  readonly level: "error" | "warning" | "note";
  readonly check: string;
  readonly message: string;
}
