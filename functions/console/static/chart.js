// The last runs as stacked bars. The table beside it says the same in numbers.

import { el, svg } from "./dom.js";
import { counted, dateTime, number } from "./format.js";

const PARTS = ["added", "updated", "unchanged", "skipped"];
const BARS = 12;
const STEP = 44;
const WIDTH = 28;
const HEIGHT = 120;
const SMALLEST = 3; // a part that is there can be seen

/** runs: newest first */
export function chart(runs) {
  const shown = runs.slice(0, BARS).reverse();
  const most = Math.max(1, ...shown.map((run) => run.total));
  const bars = shown.map((run, index) => bar(run, index * STEP, most));
  const width = Math.max(1, shown.length) * STEP;
  const picture = svg(
    "svg",
    {
      class: "chart",
      role: "img",
      "aria-label": `The last ${counted(shown.length, "run", "runs")}, up to ${counted(most, "record", "records")} each; the table below has the numbers.`,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
    },
    bars,
  );
  const legend = el(
    "ul",
    { class: "counts legend" },
    PARTS.map((part) => el("li", { class: part }, part)),
  );
  return el("figure", { class: "runs" }, picture, el("figcaption", {}, legend));
}

function bar(run, x, most) {
  let y = HEIGHT;
  const parts = PARTS.filter((part) => run[part] > 0).map((part) => {
    const height = Math.max(SMALLEST, (run[part] / most) * (HEIGHT - PARTS.length * SMALLEST));
    y -= height;
    return svg("rect", { class: part, x, y, width: WIDTH, height: Math.max(1, height - 1), rx: 2 });
  });
  const nothing =
    parts.length === 0 && svg("rect", { class: "none", x, y: HEIGHT - 2, width: WIDTH, height: 2 });
  const said = `${dateTime(run.sync_time)}: ${PARTS.map((part) => `${number(run[part])} ${part}`).join(", ")}`;
  return svg("g", {}, svg("title", {}, said), parts, nothing);
}
