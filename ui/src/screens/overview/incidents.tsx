import { type AnswerOf, ask } from '../../api/client';
import { type Known, useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { Badge } from '../../kit/badge';
import { Emphasis } from '../../kit/emphasis';
import { Panel } from '../../kit/panel';
import { Ago } from '../../kit/time';
import { link, useScope } from '../../state/scope';

type Incidents = Known<AnswerOf<'/data/v1/incidents'>>;

export const useOpenIncidents = (): Incidents =>
  useAnswer(ask('/data/v1/incidents', { query: { status: 'open', limit: 5 } }), { every: 30_000 });

/** What is wrong at the moment, whatever the range. */
export function OpenIncidents({ known }: { known: Incidents }) {
  const place = usePlace();
  const { utc } = useScope();
  const open = known.data?.data;
  const more = (known.data?.total_row_count ?? 0) - (open?.length ?? 0);
  if (known.data && open?.length === 0) {
    const earlier = <a href={link(place, 'incidents')}>Earlier incidents</a>;
    return <Panel title="No open incidents" question={known.question} actions={<span class="small">{earlier}</span>} />;
  }
  return (
    <Panel title="Open incidents" known={known} minHeight="1.5rem">
      <ul class="overview-incidents">
        {open?.map((one) => (
          <li key={one.id}>
            <Badge kind={one.severity === 'alert' ? 'bad' : 'warn'}>{one.severity}</Badge>
            <a href={link(place, `incidents/${one.id}`)}>
              <Emphasis text={one.description} />
            </a>
            <span class="soft">
              since <Ago at={one.started_at} utc={utc} /> · <Emphasis text={one.impact} />
            </span>
          </li>
        ))}
        {more > 0 && (
          <li>
            <a href={link(place, 'incidents')}>{more} more</a>
          </li>
        )}
      </ul>
    </Panel>
  );
}
