import { useEffect, useState } from 'preact/hooks';
import { formatAgo, formatTime, type TimeParts } from '../format/time';

const moment = (at: string | number) => (typeof at === 'number' ? at : Date.parse(at));

interface TimeProps extends TimeParts {
  /** A time of the API, or ms since 1970. */
  at: string | number;
  utc: boolean;
}

/** A moment in the zone of the scope, with the exact one in UTC in its title. */
export function Time({ at, utc, ...parts }: TimeProps) {
  const ms = moment(at);
  const iso = new Date(ms).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {formatTime(ms, utc, parts)}
    </time>
  );
}

/** How long ago something was, kept current. */
export function Ago({ at, utc = false }: { at: string | number; utc?: boolean }) {
  const ms = moment(at);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatTime(ms, utc, { seconds: true })}>
      {formatAgo(ms, Math.max(now, ms))}
    </time>
  );
}
