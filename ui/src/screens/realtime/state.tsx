import { Badge } from '../../kit/badge';
import { Time } from '../../kit/time';
import { useScope } from '../../state/scope';
import type { Live } from './live';

/** Whether numbers come, and of when the newest are. */
export function LiveState({ live: { connection, history, why } }: { live: Live }) {
  const { utc } = useScope();
  const newest = history?.points.at(-1)?.date;
  return (
    <p class="live-state">
      <span role="status">
        {connection === 'open' && <Badge kind="good">Live</Badge>}
        {connection === 'connecting' && <Badge>Connecting</Badge>}
        {connection === 'waiting' && <Badge kind="warn">Cut off, tries again</Badge>}
        {connection === 'ended' && <Badge kind="bad">Ended</Badge>}
        {connection === 'waiting' && why && <span class="live-why">{why.message}</span>}
      </span>
      {newest && <Time at={newest} utc={utc} day={false} seconds />}
    </p>
  );
}
