import './change.css';
import { changeOf, formatChange, none } from '../format/format';
import type { Better } from '../state/catalog';

interface ChangeProps {
  now: number | null | undefined;
  before: number | null | undefined;
  better: Better;
  /** Writes a value in words: for the title. */
  format: (value: number) => string;
}

/** Whether a change is for good or bad; neither where it is small or has no direction. */
export function judge(change: number | undefined, better: Better): 'good' | 'bad' | 'neither' {
  if (change === undefined || better === 'neither' || Math.abs(change) < 0.0005) return 'neither';
  return change > 0 === (better === 'higher') ? 'good' : 'bad';
}

/** How a value differs from that of the period before: coloured by whether that is good, not by its sign. */
export function Change({ now, before, better, format }: ChangeProps) {
  const text = formatChange(now, before);
  if (text === undefined || before === null || before === undefined) {
    const nothing = before === null || before === undefined;
    return (
      <span class="change" title={nothing ? 'There is nothing before to compare with.' : `It was ${format(before)}.`}>
        {nothing ? none : `from ${format(before)}`}
      </span>
    );
  }
  const change = changeOf(now, before) as number;
  const verdict = judge(change, better);
  return (
    <span class={`change change-${verdict}`} title={`It was ${format(before)} in the period before.`}>
      <span aria-hidden="true">{Math.abs(change) < 0.0005 ? '=' : change > 0 ? '▲' : '▼'}</span> {text}
      {verdict !== 'neither' && <span class="unseen"> {verdict === 'good' ? '(better)' : '(worse)'}</span>}
    </span>
  );
}
