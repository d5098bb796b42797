/** A plot of what calls took, with the cache and without it. */
import { svg } from "./dom.ts";
import { MAX_SAMPLES, type Sample } from "./data.ts";
import { seconds } from "./format.ts";

/** A plot that can be drawn again. */
export interface Plot {
  readonly element: SVGSVGElement;
  draw(samples: readonly Sample[]): void;
}

export function makePlot(width: number, height: number): Plot {
  const [uncached, cached] = ["uncached", "cached"].map((name) => svg("polyline", { class: name }));
  const element = svg(
    "svg",
    {
      class: "plot",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": "no calls yet",
    },
    uncached,
    cached,
  );
  return {
    element,
    draw(samples) {
      const all = samples.flatMap((sample) => [sample.cached, sample.uncached]).filter((time) => time > 0);
      const last = samples.at(-1);
      if (!last) return;
      // Logarithmic: a hit may take a millionth of a run.
      const [low, high] = [Math.log(Math.min(...all) / 1.5), Math.log(Math.max(...all) * 1.5)];
      const pointOf = (time: number, index: number): string => {
        const x = width - ((samples.length - 1 - index) * width) / (MAX_SAMPLES - 1);
        const y = time > 0 ? height - ((Math.log(time) - low) / (high - low)) * height : height;
        return `${x.toFixed(1)},${y.toFixed(1)}`;
      };
      const line = (name: keyof Sample): string =>
        samples.map((sample, index) => pointOf(sample[name], index)).join(" ");
      cached!.setAttribute("points", line("cached"));
      uncached!.setAttribute("points", line("uncached"));
      element.setAttribute(
        "aria-label",
        `a call takes ${seconds(last.cached)} with the cache, ${seconds(last.uncached)} without`,
      );
    },
  };
}
