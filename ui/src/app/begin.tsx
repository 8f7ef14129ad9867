import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { useAnswer } from '../api/use';
import { link } from '../state/scope';
import type { Place } from './router';
import { useMay, type Who } from './session';

/** How often it is looked whether something has come, in ms. */
const every = 10_000;

/** In an environment that nothing has come to yet: what to do about it. Once something has, it is not asked again. */
export function Begin({ who, place }: { who: Who; place: Place }) {
  const sees = [useMay('system:read'), useMay('data:read')].every(Boolean);
  const [came, setCame] = useState(false);
  const [now] = useState(() => String(Math.ceil(Date.now() / 1000)));
  const ingest = useAnswer(sees && !came ? ask('/system/v1/ingest') : undefined, { every }).data?.data;
  const arrived = ingest?.environments.find((one) => one.id === who.environment_id)?.last_beacon_at;
  const lately = Boolean(arrived || ingest?.sdks.length);
  // Of the time before the server was started only views tell, which are counted where there may be few.
  const all = ask('/data/v1/video-views', { query: { limit: 1, 'timeframe[]': ['0', now] } });
  const views = useAnswer(ingest && !came && !lately ? all : undefined).data?.total_row_count;
  useEffect(() => {
    if (lately || views) setCame(true);
  }, [lately, views]);
  if (came || lately || views !== 0 || place.path.split('/')[0] === 'settings') return null;
  return (
    <p class="frame-begin">
      No player has sent anything to {who.environment_name} yet.{' '}
      <a href={link(place, 'settings')}>Set players up, and see whether it arrives</a>
    </p>
  );
}
