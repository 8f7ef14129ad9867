/**
 * What metrics and dimensions there are, with all that is said of them on
 * screen: it comes from the server, so that nothing here names one. It is
 * asked for once, after sign-in.
 */
import { useSyncExternalStore } from 'preact/compat';
import { type Ask, get } from '../api/client';
import type { ValueType } from '../format/format';

export type Better = 'higher' | 'lower' | 'neither';

/** What the server answers: its tables, and what it chooses for places on screen. */
export interface Tables {
  metrics: Metric[];
  dimensions: Dimension[];
  dimension_groups: string[];
  realtime_metrics: RealtimeMetric[];
  realtime_dimensions: { name: string; title: string; doc: string; format: Format }[];
  view_fields: (Field & { group: string; metric: string | null })[];
  view_columns: Field[];
  places: Places;
  permissions: { id: string; doc: string }[];
}

export interface Metric {
  id: string;
  aliases: string[];
  title: string;
  doc: string;
  type: ValueType;
  unit: string;
  better: Better;
  clock: 'view_start' | 'view_end';
  group: string;
  measurement: string;
  measurements: string[];
}

export type Format =
  | ValueType
  | 'text'
  | 'flag'
  | 'time'
  | 'list'
  | 'url'
  | 'country'
  | 'continent'
  | 'language'
  | 'error_type'
  | 'pixels'
  | 'fps'
  | 'degrees';

export interface Dimension {
  name: string;
  title: string;
  doc: string;
  group: string;
  kind: 'text' | 'list' | 'bool' | 'int' | 'float';
  format: Format;
  level: 'basic' | 'advanced' | 'unlisted';
  unbounded: boolean;
  trace: boolean;
  realtime: boolean;
  filterable: boolean;
}

export interface RealtimeMetric {
  id: string;
  title: string;
  doc: string;
  type: ValueType;
  unit: string;
  better: Better;
}

interface Field {
  key: string;
  title: string;
  doc: string;
  format: Format;
  dimension: string | null;
}

export interface Measured {
  metric: string;
  measurement: string;
}

type Grouped = Measured & { dimension: string };

interface Places {
  overview: { scores: Measured[]; glance: Measured[]; charts: Measured[]; breakdowns: Grouped[]; map: Grouped };
  metrics: { metric: string; dimension: string };
  realtime: { tiles: string[]; breakdown: string; histogram: string };
  views: { search: string[]; filters: string[] };
  errors: { trend: Measured; dimension: string; breakdowns: string[] };
}

const nowhere = { metric: '', measurement: '', dimension: '' };
const nothing: Tables = {
  metrics: [],
  dimensions: [],
  dimension_groups: [],
  realtime_metrics: [],
  realtime_dimensions: [],
  view_fields: [],
  view_columns: [],
  places: {
    overview: { scores: [], glance: [], charts: [], breakdowns: [], map: nowhere },
    metrics: nowhere,
    realtime: { tiles: [], breakdown: '', histogram: '' },
    views: { search: [], filters: [] },
    errors: { trend: nowhere, dimension: '', breakdowns: [] },
  },
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
  measurement: '',
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
    realtimeMetric: (id) => realtime.get(id) ?? { ...unknownMetric, id, title: id },
    dimension,
    value: (name, value) => valueText(dimension(name).format, value),
  };
}

export const catalogQuestion = { address: 'data/v1/catalog' } as Ask<{ data: Tables }>;

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
