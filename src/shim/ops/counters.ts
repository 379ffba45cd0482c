/** Counts values by their size: `counts[i]` is how many are at most `bounds[i]`, and the last one how many are larger. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let i = 0;
    while (i < this.bounds.length && value > (this.bounds[i] ?? 0)) i += 1;
    this.counts[i] = (this.counts[i] ?? 0) + 1;
    this.sum += value;
  }
}

const CALL_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LAG_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** What calls of one method have come to. */
class MethodCounters {
  readonly seconds = new Histogram(CALL_SECONDS);
  readonly errors = new Map<string, number>();
  inProgress = 0;
}

/** What the server counts as it goes. Cheap: it is on the way of every call; made into text only when somebody asks. */
export class Counters {
  readonly methods = new Map<string, MethodCounters>();
  readonly loopLag = new Histogram(LAG_SECONDS);
  loopStalls = 0;
  /** Repeated requests whose answer was kept. */
  replaysAnswered = 0;
  /** Repeated requests that were carried out. */
  replaysRun = 0;

  /** A call begins. @returns to be called at its end, with the status if it failed */
  begin(method: string): (errorCode?: string) => void {
    let counters = this.methods.get(method);
    if (counters === undefined) {
      counters = new MethodCounters();
      this.methods.set(method, counters);
    }
    const { seconds, errors } = counters;
    const startedAt = performance.now();
    counters.inProgress += 1;
    return (errorCode) => {
      counters.inProgress -= 1;
      seconds.observe((performance.now() - startedAt) / 1000);
      if (errorCode !== undefined) errors.set(errorCode, (errors.get(errorCode) ?? 0) + 1);
    };
  }
}
