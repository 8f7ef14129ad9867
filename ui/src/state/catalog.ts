/**
 * What metrics and dimensions there are, with all that is said of them on
 * screen: it comes from the server, so that nothing here names one. It is
 * asked for once, after sign-in.
 */
import { useSyncExternalStore } from 'preact/compat';
import { type AnswerOf, ask, get } from '../api/client';

/** What the server answers: its tables, and what it chooses for places on screen. */
export type Tables = AnswerOf<'/data/v1/catalog'>['data'];
export type Metric = Tables['metrics'][number];
export type Dimension = Tables['dimensions'][number];
export type RealtimeMetric = Tables['realtime_metrics'][number];
/** How a value is written for people. */
export type Format = Dimension['format'];
/** Which direction is good news. */
export type Better = Metric['better'];
/** A metric, and how one number is made of the values of many views. */
export type Measured = Tables['places']['overview']['scores'][number];
export type Measurement = Measured['measurement'];

// Before it is there no screen is: see kit/withcatalog.tsx.
const nothing: Tables = {
  metrics: [],
  dimensions: [],
  dimension_groups: [],
  realtime_metrics: [],
  realtime_dimensions: [],
  view_fields: [],
  view_columns: [],
  places: {} as Tables['places'],
  permissions: [],
};

/** The catalogue with what looks things up in it. */
export interface Catalog extends Tables {
  /** Whether it is there: before, it is empty. */
  ready: boolean;
  error?: Error;
  /** A metric by its id; one that is not known has its id as title. */
  metric: (id: string) => Metric;
  /** The same of a real-time metric. */
  realtimeMetric: (id: string) => RealtimeMetric;
  /** A dimension by its name; one that is not known has its name as title. */
  dimension: (name: string) => Dimension;
  /** What people call a value of a dimension: the names of countries, and "not known" for none. */
  value: (dimension: string, value: string | null | undefined) => string;
}

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });
const continents: Record<string, string> = {
  AF: 'Africa',
  AN: 'Antarctica',
  AS: 'Asia',
  EU: 'Europe',
  NA: 'North America',
  OC: 'Oceania',
  SA: 'South America',
};

const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

/** What people call a value of a dimension, by its format. */
export function valueText(format: Format, value: string | null | undefined): string {
  if (value === null || value === undefined || value === '') return 'not known';
  try {
    if (format === 'flag') return { true: 'yes', false: 'no' }[value] ?? value;
    if (format === 'continent') return continents[value] ?? value;
    if (format === 'country') return regions.of(value) ?? value;
    if (format === 'language') return languages.of(value) ?? value;
  } catch {
    // a code that is none
  }
  return value;
}

const unknownMetric: Omit<Metric, 'id' | 'title'> = {
  aliases: [],
  doc: '',
  type: 'number',
  unit: '',
  better: 'neither',
  clock: 'view_end',
  group: '',
  measurement: 'count',
  measurements: [],
};
const unknownDimension: Omit<Dimension, 'name' | 'title'> = {
  doc: '',
  group: '',
  kind: 'text',
  format: 'text',
  level: 'advanced',
  unbounded: false,
  trace: false,
  realtime: false,
  filterable: true,
};

/** Makes a catalogue of its tables. */
export function catalogOf(tables: Tables, ready = true, error?: Error): Catalog {
  const metrics = new Map<string, Metric>();
  for (const metric of tables.metrics) for (const id of [metric.id, ...metric.aliases]) metrics.set(id, metric);
  const realtime = new Map(tables.realtime_metrics.map((metric) => [metric.id, metric]));
  const dimensions = new Map(tables.dimensions.map((dimension) => [dimension.name, dimension]));
  const dimension = (name: string) => dimensions.get(name) ?? { ...unknownDimension, name, title: name };
  return {
    ...tables,
    ready,
    error,
    metric: (id) => metrics.get(id) ?? { ...unknownMetric, id, title: id },
    realtimeMetric: (id) => realtime.get(id) ?? { ...unknownMetric, of: null, id, title: id },
    dimension,
    value: (name, value) => valueText(dimension(name).format, value),
  };
}

export const catalogQuestion = ask('/data/v1/catalog');

const listeners = new Set<() => void>();
let current = catalogOf(nothing, false);

function set(catalog: Catalog) {
  current = catalog;
  for (const call of listeners) call();
}

/** Asks for the catalogue: after sign-in, and again after a failure. */
export async function loadCatalog() {
  try {
    set(catalogOf((await get(catalogQuestion)).data));
  } catch (error) {
    set(catalogOf(nothing, false, error as Error));
  }
}

/** Forgets the catalogue, when somebody signs out. */
export function forgetCatalog() {
  set(catalogOf(nothing, false));
}

/** The catalogue; empty until {@link loadCatalog} has it. */
export function useCatalog(): Catalog {
  return useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => current,
  );
}
