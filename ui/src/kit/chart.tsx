import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { formatCount, formatDuration, none, type ValueType } from '../format/format';
import { formatTime } from '../format/time';
import type { Range } from '../state/timeframe';
import { type Drawn, options } from './chartplot';
import { partOf } from './series';
import { useTheme } from './theme';

export interface Series {
  name: string;
  values: (number | null)[];
  /** Of how many each value is made. */
  n?: (number | null)[];
  /** One of the tokens; its place in the list by default. */
  color?: 1 | 2 | 3 | 4 | 5 | 6;
  style?: 'line' | 'dashed' | 'area' | 'bars';
}

/** A note about a moment, or about what lasted. Times are in seconds since 1970. */
export interface Annotation {
  from: number;
  to?: number;
  text: string;
  kind?: 'note' | 'incident';
}

export interface Threshold {
  value: number;
  text: string;
}

/** Something that lasted, behind the lines. Times are in seconds since 1970. */
export interface Band {
  from: number;
  to: number;
  color: 'good' | 'bad' | 'warn' | 1 | 2 | 3 | 4 | 5 | 6;
}

export interface ChartProps {
  /** What it shows, for those who hear the page. */
  label: string;
  series: Series[];
  /** In seconds since 1970, ascending. */
  times: number[];
  format: (value: number) => string;
  /** What the values are: the steps of their axis go by it. */
  type?: ValueType;
  /** What the axis of time shows; what there are times of by default. */
  range?: Range;
  /** Whether times are the begins of steps, of which the range has the first and the last in part: that is told. */
  steps?: boolean;
  /** Called with a range that was dragged over, or chosen by keyboard. */
  zoom?: (range: Range) => void;
  annotations?: Annotation[];
  thresholds?: Threshold[];
  bands?: Band[];
  /** In px. */
  height?: number;
  utc: boolean;
  /** Whether the axis of values begins at 0; by default unless all values are far from it. */
  zero?: boolean;
  /** Charts of the same name show the same moment. */
  sync?: string;
}

/** Lines over time: drag to zoom, point to read. By keyboard: arrow keys read, Shift selects, Enter zooms. */
export function Chart(props: ChartProps) {
  const { label, series, times, height = 200, utc } = props;
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>({ props, at: null, select: null });
  drawn.current.props = props;
  const plot = useRef<uPlot | undefined>(undefined);
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme();
  const help = useId();

  const shape = JSON.stringify([series.map(({ name, color, style }) => [name, color, style]), utc, height, props.sync]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape and the theme stand for what it is made of
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const made = new uPlot(options(drawn.current, element.clientWidth, setAt), data(drawn.current.props), element);
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape, theme]);

  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn changes with these
  useEffect(() => {
    if (first.current) first.current = false;
    else plot.current?.setData(data(drawn.current.props));
  }, [times, series, props.range?.from, props.range?.to, props.annotations, props.thresholds, props.bands]);

  const moment = at === null ? undefined : times[at];
  const nothing = times.length > 0 && series.every((one) => one.values.every((value) => value === null));
  return (
    <div class="chart">
      {nothing && <p class="chart-nothing">Nothing to show in this range</p>}
      <div
        ref={box}
        class="chart-plot"
        style={{ height }}
        tabIndex={0}
        role="slider"
        aria-label={label}
        aria-describedby={help}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, times.length - 1)}
        aria-valuenow={at ?? Math.max(0, times.length - 1)}
        aria-valuetext={valueText(props, at ?? times.length - 1)}
        onKeyDown={(event) => plot.current && onKey(event, plot.current, drawn.current)}
        onBlur={() => {
          drawn.current.select = null;
          plot.current?.setCursor({ left: -10, top: -10 });
          plot.current?.redraw(false);
        }}
      />
      <p class="unseen" id={help}>
        Left and right arrow keys read values.
        {props.zoom && ' With Shift they select a range, Enter zooms.'}
        {props.annotations?.map((note) => ` ${formatTime(note.from * 1000, utc)}: ${sentence(note.text)}`)}
      </p>
      <div class="chart-legend" aria-hidden="true">
        {series.map((one, i) => (
          <span class="chart-entry" key={one.name}>
            <span
              class={`chart-key chart-${one.style ?? 'line'}`}
              style={{ color: `var(--series-${one.color ?? i + 1})` }}
            />
            {one.name}
            <b class="chart-value">{at === null ? '' : text(one, at, props.format)}</b>
          </span>
        ))}
        <span class="chart-note">{notesAt(props, at)}</span>
        <span class="chart-time">{moment === undefined ? '' : timeText(props, moment)}</span>
      </div>
    </div>
  );
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

const data = (props: ChartProps): uPlot.AlignedData =>
  [places(props), ...props.series.map((one) => one.values)] as uPlot.AlignedData;

/** Where values are on the axis of time: of a step that the range has in part, where that begins, so that it is in sight. */
function places({ times, range, steps }: ChartProps): number[] {
  const [first, second] = times;
  if (!steps || !range || first === undefined || first >= range.from || range.from >= (second ?? range.to))
    return times;
  return times.with(0, range.from);
}

function text(series: Series, at: number, format: (value: number) => string): string {
  const value = series.values[at];
  const n = series.n?.[at];
  if (value === null || value === undefined) return none;
  return format(value) + (n === null || n === undefined || n === value ? '' : ` (${formatCount(n)})`);
}

function valueText(props: ChartProps, at: number): string {
  const time = props.times[at];
  if (time === undefined) return 'nothing';
  const values = props.series.map((one) => `${one.name} ${text(one, at, props.format)}`).join(', ');
  return `${timeText(props, time)}: ${values} ${notesAt(props, at)}`;
}

/** The time of a step, with seconds where several are in a minute. */
function timeText({ times, utc }: ChartProps, at: number): string {
  const length = (times.at(-1) as number) - (times[0] as number);
  return formatTime(at * 1000, utc, { seconds: length < 60 * (times.length - 1) });
}

/** The notes about the step that the cursor is on. */
function notesAt({ annotations = [], times, range, steps }: ChartProps, at: number | null): string {
  const from = at === null ? undefined : times[at];
  if (from === undefined || at === null) return '';
  const to = times[at + 1] ?? range?.to ?? from + 1;
  const part = steps ? partOf(times, range, at) : undefined;
  const notes = annotations
    .filter((note) => (note.to ?? note.from + 1) > from && note.from < to)
    .map((note) => note.text);
  return [...(part === undefined ? [] : [`only ${formatDuration(part * 1000)} of this step`]), ...notes].join(' · ');
}

const steps: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

function onKey(event: KeyboardEvent, plot: uPlot, drawn: Drawn) {
  const { times, zoom } = drawn.props;
  const last = times.length - 1;
  const step = steps[event.key];
  if (last < 0) return;
  if (step !== undefined) {
    const from = drawn.at ?? (step > 0 ? -1 : last + 1);
    const to = Math.max(0, Math.min(last, from + step));
    if (event.shiftKey) drawn.select = [drawn.select?.[0] ?? Math.max(0, Math.min(last, from)), to];
    else drawn.select = null;
    plot.setCursor({
      left: plot.valToPos(places(drawn.props)[to] as number, 'x'),
      top: plot.bbox.height / 2 / devicePixelRatio,
    });
    plot.redraw(false);
  } else if (event.key === 'Enter' && zoom && drawn.at !== null) {
    const [a, b] = drawn.select ?? [drawn.at - Math.ceil(times.length / 8), drawn.at + Math.ceil(times.length / 8)];
    const step = times.length > 1 ? (times[1] as number) - (times[0] as number) : 60;
    drawn.select = null;
    const { from = -Infinity, to = Infinity } = drawn.props.range ?? {}; // steps at its ends begin before and end after
    zoom({
      from: Math.max(from, times[Math.max(0, Math.min(a, b))] as number),
      to: Math.min(to, (times[Math.min(last, Math.max(a, b))] as number) + step),
    });
  } else if (event.key === 'Escape' && drawn.select) {
    drawn.select = null;
    plot.redraw(false);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
