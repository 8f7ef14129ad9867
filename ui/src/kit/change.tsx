import './change.css';
import { changeOf, formatChange, none } from '../format/format';
import type { Better } from '../state/catalog';
import { isFew } from './states';

interface ChangeProps {
  now: number | null | undefined;
  before: number | null | undefined;
  better: Better;
  /** Writes a value in words: for the title. */
  format: (value: number) => string;
  /** Of how many views each of the two is made: of few, it is neither good nor bad. */
  views?: { now: number | undefined; before: number | undefined };
  /** What it is compared with; the period before by default. */
  with?: string;
}

/** Whether a change is for good or bad; neither where it is small or has no direction. */
export function judge(change: number | undefined, better: Better): 'good' | 'bad' | 'neither' {
  if (change === undefined || better === 'neither' || Math.abs(change) < 0.0005) return 'neither';
  return change > 0 === (better === 'higher') ? 'good' : 'bad';
}

/** How a value differs from that of the period before: coloured by whether that is good, not by its sign. */
export function Change({ now, before, better, format, views, with: other }: ChangeProps) {
  const text = formatChange(now, before);
  if (before === null || before === undefined) {
    return (
      <span class="change" title="There is nothing to compare with.">
        {none}
      </span>
    );
  }
  const was = other ? `${other}: ${format(before)}.` : `It was ${format(before)} in the period before.`;
  if (text === undefined) {
    return (
      <span class="change" title={was}>
        from {format(before)}
      </span>
    );
  }
  const change = changeOf(now, before) as number;
  const few = isFew(views?.now) || isFew(views?.before);
  const verdict = few ? 'neither' : judge(change, better);
  const made = few ? ` Made of ${views?.before} and ${views?.now} views: chance alone can move it much.` : '';
  return (
    <span class={`change change-${verdict}`} title={was + made}>
      <span aria-hidden="true">{Math.abs(change) < 0.0005 ? '=' : change > 0 ? '▲' : '▼'}</span> {text}
      {verdict !== 'neither' && <span class="unseen"> {verdict === 'good' ? '(better)' : '(worse)'}</span>}
      {few && <span class="unseen"> (few views)</span>}
    </span>
  );
}
