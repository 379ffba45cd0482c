import type { Histogram } from "./counters.ts";

export type Labels = Readonly<Record<string, string>>;

/** Writes Prometheus' text format, version 0.0.4. */
export class MetricsText {
  #text = "";

  gauge(name: string, help: string, ...samples: readonly (number | readonly [Labels, number])[]): this {
    return this.#family(name, "gauge", help, samples);
  }

  /** @param name ends in `_total` */
  counter(name: string, help: string, ...samples: readonly (number | readonly [Labels, number])[]): this {
    return this.#family(name, "counter", help, samples);
  }

  histogram(name: string, help: string, ...samples: readonly (readonly [Labels, Histogram])[]): this {
    this.#head(name, "histogram", help);
    for (const [labels, { bounds, counts, sum }] of samples) {
      let count = 0;
      for (const [i, part] of counts.entries()) {
        count += part;
        this.#sample(
          `${name}_bucket`,
          { ...labels, le: i < bounds.length ? String(bounds[i]) : "+Inf" },
          count,
        );
      }
      this.#sample(`${name}_sum`, labels, sum);
      this.#sample(`${name}_count`, labels, count);
    }
    return this;
  }

  toString(): string {
    return this.#text;
  }

  #family(
    name: string,
    type: string,
    help: string,
    samples: readonly (number | readonly [Labels, number])[],
  ): this {
    this.#head(name, type, help);
    for (const sample of samples) {
      if (typeof sample === "number") this.#sample(name, {}, sample);
      else this.#sample(name, ...sample);
    }
    return this;
  }

  #head(name: string, type: string, help: string): void {
    this.#text += `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
  }

  #sample(name: string, labels: Labels, value: number): void {
    const list = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
    this.#text += `${name}${list.length === 0 ? "" : `{${list.join(",")}}`} ${value}\n`;
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
