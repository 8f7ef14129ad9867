import type { AnswerOf } from '../../api/client';
import { formatCount } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Ago, Time } from '../../kit/time';
import { useScope } from '../../state/scope';

export type IngestData = AnswerOf<'/system/v1/ingest'>['data'];

/** What came so long ago is not what somebody waits for now. */
const lately = 15 * 60_000;

/** Whether beacons of an environment come in, and what else does. */
export function Arriving({ id, ingest }: { id: string; ingest: IngestData }) {
  const { utc } = useScope();
  const of = ingest.environments.find((one) => one.id === id);
  const last = of?.last_beacon_at;
  const now = Boolean(of?.last_minute.beacons);
  const unknown = ingest.unknown_keys.filter((one) => Date.now() - Date.parse(one.last_seen_at) < lately);
  return (
    <div class="settings-arriving">
      <p class="settings-arriving-state" role="status">
        {now ? (
          <Badge kind="good">Beacons are arriving</Badge>
        ) : last ? (
          <Badge kind="plain">Nothing in the last minute</Badge>
        ) : (
          <Badge kind="warn">Waiting for the first beacon</Badge>
        )}
      </p>
      <p class="settings-text">
        {last && of ? (
          <>
            {formatCount(of.last_minute.beacons)} in the last minute, {formatCount(of.last_hour.beacons)} in the last
            hour with {formatCount(of.last_hour.events)} events; the last one <Ago at={last} utc={utc} />. Players send
            every ten seconds, and at once when a view begins or ends.
          </>
        ) : (
          <>
            None has come since the server was started at <Time at={ingest.since} utc={utc} />. This looks every two
            seconds.
          </>
        )}
      </p>
      {unknown.length > 0 && (
        <div class="settings-unknown">
          <p class="settings-text">
            Beacons with keys that no environment has came in the last 15 minutes, and were dropped:
          </p>
          <ul>
            {unknown.slice(0, 5).map((one) => (
              <li key={one.env_key}>
                <code class="settings-key">{one.env_key}</code> {formatCount(one.events)}{' '}
                {one.events === 1 ? 'event' : 'events'}, last <Ago at={one.last_seen_at} utc={utc} />
                {!one.told && ': the events had no key, so that a header or the host’s name stood in'}
              </li>
            ))}
          </ul>
          {unknown.length > 5 && <p class="settings-text">All of them are in the ingest health.</p>}
        </div>
      )}
    </div>
  );
}
