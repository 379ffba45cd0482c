import { CANDIDATES, type Figure, type RowResult, ratioTo, type Spread, summarise } from "./figure.ts";
import { GOALS } from "./goals.ts";

const HEADINGS = ["", "n", ...CANDIDATES, "gantry/runc", "gantry/crun", "goal"];
/** Notes are wrapped at this many characters. */
const WIDTH = 118;

/** The whole table as text: a title, lines and notes for each row. */
export function renderTable(rows: readonly RowResult[]): string {
  const lines = new Map(rows.map((row) => [row, row.figures.map(cellsOf)]));
  const all = [HEADINGS, ...[...lines.values()].flat()];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [...lines]
    .flatMap(([row, figures]) => [
      row.title,
      line(HEADINGS),
      ...figures.map(line),
      ...row.notes.flatMap(wrapNote),
      "",
    ])
    .join("\n");
}

function cellsOf(figure: Figure): readonly string[] {
  const summaries = CANDIDATES.map((candidate) => summarise(figure, candidate));
  const counts = [...new Set(summaries.flatMap((summary) => (summary ? [summary.n] : [])))];
  return [
    `  ${figure.label}`,
    counts.join("/"),
    ...summaries.map((summary) => (summary ? renderSpread(summary, figure.statistic === "median") : "–")),
    ...(["runc", "crun"] as const).map((other) => {
      const ratio = ratioTo(figure, other);
      return ratio ? renderSpread(ratio, true) : "–";
    }),
    goalOf(figure),
  ];
}

function goalOf(figure: Figure): string {
  const goal = GOALS[figure.id];
  const gantry = summarise(figure, "gantry");
  if (!goal || !gantry) return "";
  const isMet = goal.isMet({
    gantry: gantry.value,
    overRunc: ratioTo(figure, "runc")?.value,
    overCrun: ratioTo(figure, "crun")?.value,
  });
  return `${goal.text}: ${isMet ? "met" : "missed"}`;
}

function renderSpread({ value, low, high }: Spread, withSpread: boolean): string {
  if (!withSpread || low === high) return renderNumber(value);
  return `${renderNumber(value)} (${renderNumber(low)}–${renderNumber(high)})`;
}

/** Three significant digits, more for what is above a thousand. */
function renderNumber(value: number): string {
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : value
        .toPrecision(3)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
}

function wrapNote(note: string): string[] {
  const lines: string[] = [];
  let line = "  *";
  for (const word of note.split(" ")) {
    if (line.length + word.length >= WIDTH) {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
