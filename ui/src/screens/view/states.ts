/** What people call what the API says of a view, and how it looks. */
import type { AnswerOf } from '../../api/client';
import { formatDuration, formatWhole } from '../../format/format';

export type Course = AnswerOf<'/data/v1/video-views/{id}/timeline'>['data'];
export type State = Course['states'][number];
export type Rendition = Course['renditions'][number];
export type Request = Course['requests'][number];
export type Mark = Course['events'][number];

/** How long a view can go on after it was over, as one does whose player was silent for a while; in ms. */
const final = 3_600_000;

/** How often a view is asked for, in ms; 0 is once. */
export function pace({ in_progress, start, length }: Pick<Course, 'in_progress' | 'start' | 'length'>, now: number) {
  if (in_progress) return 2000;
  return now - start - length < final ? 15_000 : 0;
}

/** The states in the order of the legend. The class is of view.css. */
export const stateTitles: Record<State['state'], string> = {
  starting: 'Waiting for the first frame',
  playing: 'Playing',
  ad: 'Ad',
  rebuffering: 'Rebuffering',
  seeking: 'Seeking',
  loading: 'Loading',
  paused: 'Paused',
  failed: 'Failed',
  failed_to_start: 'Failed before the first frame',
  excepted: 'Business exception',
  left: 'Gone',
  left_early: 'Gone before the first frame',
};

/** A state in words, and whether nothing was heard of it. */
export const stateText = ({ state, heard }: Pick<State, 'state' | 'heard'>): string =>
  heard ? stateTitles[state] : `${stateTitles[state]}, nothing heard`;

export const outcomes: Record<Course['outcome'], { title: string; kind: 'good' | 'bad' | 'warn' | 'plain' }> = {
  in_progress: { title: 'In progress', kind: 'good' },
  watched: { title: 'Watched', kind: 'plain' },
  exited_before_start: { title: 'Left before the start', kind: 'warn' },
  failed: { title: 'Failed', kind: 'bad' },
  business_exception: { title: 'Business exception', kind: 'warn' },
};

/** A rendition in short: "720p · 2.10 Mbit/s". */
export function renditionText({ height, width, bitrate, name }: Rendition): string {
  const size = height ? `${height}p` : width ? `${width} px wide` : (name ?? '');
  return [size, bitrate ? formatWhole(bitrate, 'mbps') : ''].filter(Boolean).join(' · ');
}

/** All that is known of a rendition. */
export function renditionDetails(one: Rendition): string {
  const size = one.width && one.height ? `${one.width}×${one.height}` : '';
  return [
    one.name,
    size || (one.height ? `${one.height}p` : ''),
    one.bitrate ? formatWhole(one.bitrate, 'mbps') : '',
    one.fps ? `${one.fps} fps` : '',
    one.codec,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** How long each state took, and how often it came, in the order of the legend. What was not heard is a row of its own. */
export function totals(states: State[]): { state: State['state']; heard: boolean; ms: number; times: number }[] {
  const rows = (Object.keys(stateTitles) as State['state'][]).flatMap((state) =>
    [true, false].map((heard) => {
      const spans = states.filter((one) => one.state === state && one.heard === heard);
      return { state, heard, ms: spans.reduce((sum, one) => sum + one.to - one.from, 0), times: spans.length };
    }),
  );
  return rows.filter((row) => row.times > 0);
}

/** How long something took, to the ms where it is short. */
export const tookText = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : formatDuration(ms));
