/** How uPlot is told to draw a {@link Chart}: axes, lines, and what is behind and before them. */
import uPlot from 'uplot';
import { formatTime } from '../format/time';
import type { ChartProps } from './chart';
import { partOf } from './series';
import { colour } from './theme';

/** What is drawn at the moment: props are looked at with each drawing, so that the plot need not be made again. */
export interface Drawn {
  props: ChartProps;
  /** The step that the cursor is on. */
  at: number | null;
  /** The steps selected by keyboard. */
  select: [number, number] | null;
}

const font = '12px system-ui, sans-serif';

export function options(drawn: Drawn, width: number, onCursor: (at: number | null) => void): uPlot.Options {
  const { series, height = 200, utc, sync, zoom } = drawn.props;
  const soft = colour('--text-soft');
  const line = colour('--line');
  const axis = { stroke: soft, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    padding: [12, 20, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => (utc ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000)),
    scales: {
      x: { time: true, range: (_, min, max) => rangeOfTime(drawn.props, min, max) },
      y: { range: (_, min, max) => rangeOfValues(drawn.props, min, max) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 72,
        size: 40,
        values: (_, splits, __, ___, step) => timeTexts(splits, step, utc),
      },
      {
        ...axis,
        space: 36,
        gap: 8,
        incrs: () => stepsOf(drawn.props),
        values: (_, splits) => splits.map((value) => short(drawn.props.format(value))),
        size: (self, values) => axisSize(self, values),
      },
    ],
    series: [{}, ...series.map((one, i) => lineOf(one.style, colour(`--series-${one.color ?? i + 1}`)))],
    cursor: {
      y: false,
      drag: { x: zoom !== undefined, y: false, setScale: false, dist: 4 },
      points: { size: 7 },
      // Others follow the pointer, but only the one that is dragged over zooms.
      sync: sync ? { key: sync, filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } } : undefined,
    },
    hooks: {
      ready: [(self) => zoomedByTouch(self, drawn)],
      setCursor: [
        (self) => {
          const at = self.cursor.idx ?? null;
          if (at === drawn.at) return;
          drawn.at = at;
          onCursor(at);
        },
      ],
      setSelect: [(self) => zoomed(self, drawn)],
      drawClear: [(self) => behind(self, drawn)],
      draw: [(self) => before(self, drawn)],
    },
  };
}

function lineOf(style: string | undefined, stroke: string): uPlot.Series {
  const base: uPlot.Series = { stroke, width: 1.75, points: { show: true, size: 4, fill: stroke, filter: alone } };
  if (style === 'dashed') return { ...base, width: 1.25, dash: [4, 4] };
  if (style === 'area') return { ...base, fill: faint(stroke, 0.15) };
  if (style === 'bars') {
    return {
      ...base,
      width: 0,
      fill: faint(stroke, 0.75),
      points: { show: false },
      paths: uPlot.paths.bars?.({ size: [0.8, 48] }),
    };
  }
  return base;
}

/** Values between two gaps, which no line shows. */
function alone(self: uPlot, series: number): number[] | null {
  const values = self.data[series] as (number | null)[];
  const found: number[] = [];
  values.forEach((value, i) => {
    if (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) found.push(i);
  });
  return found;
}

const faint = (color: string, alpha: number) => color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);

function rangeOfTime({ range, times }: ChartProps, min: number | null, max: number | null): [number, number] {
  if (range) return [range.from, range.to];
  const from = min ?? times[0] ?? 0;
  const to = max ?? times.at(-1) ?? 1;
  return from < to ? [from, to] : [from - 30, from + 30];
}

/** From 0, unless all values are far from it: then lines that differ little can be told apart. */
export function rangeOfValues(
  { zero, thresholds = [], series }: Pick<ChartProps, 'zero' | 'thresholds' | 'series'>,
  min: number | null,
  max: number | null,
): [number, number] {
  let low = min ?? 0;
  let high = max ?? 0;
  for (const { value } of thresholds) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const filled = series.some(({ style }) => style === 'area' || style === 'bars');
  const far = low > 0 && low > high * 0.7;
  if (zero ?? (filled || !far)) low = Math.min(0, low);
  if (low === high) return low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  const space = (high - low) * 0.08;
  return [low === 0 ? 0 : low - space, high === 0 ? 0 : high + space];
}

/** The texts of the axis: times of the day, and the day where one begins. */
export function timeTexts(splits: number[], step: number, utc: boolean): string[] {
  let before = '';
  return splits.map((at) => {
    const ms = at * 1000;
    const day = formatTime(ms, utc, { clock: false });
    if (step >= 86_400) return day;
    const clock = formatTime(ms, utc, { day: false, seconds: step < 60 });
    const text = day === before ? clock : `${clock}\n${day}`;
    before = day;
    return text;
  });
}

const powers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
const steps = powers(-6, 15).flatMap((ten) =>
  [ten, 2 * ten, 2.5 * ten, 5 * ten].map((step) => Number(step.toPrecision(3))),
);
const wholeSteps = powers(0, 15).flatMap((ten) => [ten, 2 * ten, 5 * ten]);
const [second, minute, hour] = [1000, 60_000, 3_600_000];
const durationSteps = [
  ...steps.filter((step) => step < minute / 6),
  ...[10 * second, 20 * second, 30 * second],
  ...[1, 2, 5, 10, 20, 30].map((n) => n * minute),
  ...wholeSteps.map((n) => n * hour),
];

/** The steps that the axis of values may have: whole ones where all values are whole, and whole hours where they are long. */
export function stepsOf({ type, series }: Pick<ChartProps, 'type' | 'series'>): number[] {
  if (type === 'milliseconds') return durationSteps;
  const whole = series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)));
  return whole ? wholeSteps : steps;
}

/** Without noughts that tell nothing on an axis: "1.50 s" is "1.5 s". */
export const short = (text: string): string => text.replace(/(\d)\.(\d*?)0+(?!\d)/, (_, a, b) => (b ? `${a}.${b}` : a));

function axisSize(self: uPlot, values: string[] | null): number {
  if (!values) return 40;
  self.ctx.font = font;
  const widths = values.map((text) => self.ctx.measureText(text).width);
  return Math.ceil(Math.max(24, ...widths)) + 12;
}

function zoomed(self: uPlot, { props }: Drawn) {
  const { left, width } = self.select;
  if (!props.zoom || width <= 0) return;
  const from = self.posToVal(left, 'x');
  const to = self.posToVal(left + width, 'x');
  self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  props.zoom(wholeMinutes({ from, to }));
}

/** A finger that moves sideways selects, as a mouse that drags does, which is all that uPlot knows of. */
function zoomedByTouch(self: uPlot, drawn: Drawn) {
  const { over } = self;
  const least = 10; // px: a finger that only taps does not stand still
  const placeOf = (event: PointerEvent) => {
    const { left, width } = over.getBoundingClientRect();
    return Math.min(width, Math.max(0, event.clientX - left));
  };
  let from: number | undefined;
  const select = (to: number, done: boolean) => {
    if (from === undefined) return;
    const width = Math.abs(to - from);
    self.setSelect(
      { left: Math.min(from, to), top: 0, width: width < least ? 0 : width, height: over.clientHeight },
      done,
    );
    if (done) from = undefined;
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' && drawn.props.zoom) from = event.isPrimary ? placeOf(event) : undefined;
  });
  over.addEventListener('pointermove', (event) => {
    if (from === undefined) return;
    self.setCursor({ left: placeOf(event), top: 0 });
    select(placeOf(event), false);
  });
  over.addEventListener('pointerup', (event) => select(placeOf(event), true));
  over.addEventListener('pointercancel', () => select(from ?? 0, true)); // the page is scrolled instead
}

/** A range that the API's minutes fit in. */
export function wholeMinutes({ from, to }: { from: number; to: number }) {
  const begin = Math.floor(from / 60) * 60;
  return { from: begin, to: Math.max(begin + 60, Math.ceil(to / 60) * 60) };
}

const token = (color: string | number) => (typeof color === 'number' ? `--series-${color}` : `--${color}-soft`);

function behind(self: uPlot, { props, select }: Drawn) {
  const { ctx, bbox } = self;
  const fill = (from: number, to: number, color: string) => {
    const left = Math.max(bbox.left, self.valToPos(from, 'x', true));
    const right = Math.min(bbox.left + bbox.width, self.valToPos(to, 'x', true));
    ctx.fillStyle = color;
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
  };
  ctx.save();
  // What has not ended is not a fall: the line to it is shaded.
  const last = props.times.length - 1;
  if (props.steps && props.range && partOf(props.times, props.range, last) !== undefined) {
    fill(props.times[last - 1] as number, props.range.to, colour('--hover'));
  }
  for (const band of props.bands ?? []) fill(band.from, band.to, colour(token(band.color)));
  if (select) {
    const [a, b] = select.map((at) => props.times[at] as number) as [number, number];
    fill(Math.min(a, b), Math.max(a, b), colour('--accent-soft'));
  }
  ctx.restore();
}

/** What lasted is a strip at the top, from x on, so that the lines stay in sight. */
function lasting({ ctx, bbox, valToPos }: uPlot, x: number, to: number) {
  const left = Math.max(bbox.left, x);
  const right = Math.min(bbox.left + bbox.width, valToPos(to, 'x', true));
  if (right > left) ctx.fillRect(left, bbox.top - 5 * devicePixelRatio, right - left, 3 * devicePixelRatio);
}

function before(self: uPlot, { props }: Drawn) {
  const { ctx, bbox } = self;
  const unit = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = unit;
  ctx.setLineDash([3 * unit, 3 * unit]);
  for (const note of props.annotations ?? []) {
    const x = Math.round(self.valToPos(note.from, 'x', true));
    ctx.strokeStyle = ctx.fillStyle = colour(note.kind === 'incident' ? '--bad' : '--warn');
    if (note.to !== undefined) lasting(self, x, note.to);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 4 * unit, bbox.top - 6 * unit);
    ctx.lineTo(x + 4 * unit, bbox.top - 6 * unit);
    ctx.lineTo(x, bbox.top + unit);
    ctx.fill();
  }
  for (const threshold of props.thresholds ?? []) {
    const y = Math.round(self.valToPos(threshold.value, 'y', true));
    ctx.strokeStyle = ctx.fillStyle = colour('--bad');
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${11 * unit}px system-ui, sans-serif`;
    ctx.textAlign = 'right';
    ctx.fillText(threshold.text, bbox.left + bbox.width - 4 * unit, y - 4 * unit);
  }
  ctx.restore();
}
