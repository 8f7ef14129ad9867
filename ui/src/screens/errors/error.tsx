import './errors.css';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { useTitle } from '../../app/title';
import { formatCount, formatShare, none } from '../../format/format';
import { Change } from '../../kit/change';
import { ScopeBar } from '../../kit/scope';
import { Empty, ErrorBox, Skeleton } from '../../kit/states';
import { Tile, Tiles } from '../../kit/tile';
import { Ago } from '../../kit/time';
import { link, useScope } from '../../state/scope';
import { Breakdown } from './breakdown';
import { Category } from './category';
import { type ErrorType, KindBadge, nameOf } from './kind';
import { Note } from './note';
import { Samples } from './samples';
import { Trend } from './trend';

/** One type of errors: how often, where, in which views, and what people say of it. */
export function ErrorScreen({ id }: { id: string }) {
  const place = usePlace();
  const scope = useScope();
  const listed = useAnswer(ask('/data/v1/errors', { query: scope.query }));
  const here = listed.data?.data.find((one) => String(one.id) === id);
  // Where no view of the scope had it, it is known by an earlier one.
  const missing = listed.data !== undefined && !here;
  const earlier = useAnswer(missing ? ask('/data/v1/errors', { query: { 'timeframe[]': ['90:days'] } }) : undefined);
  const type = here ?? earlier.data?.data.find((one) => String(one.id) === id);
  useTitle(type && nameOf(type));
  const known = listed.error ? listed : earlier;
  const reload = () => {
    listed.reload();
    earlier.reload();
  };
  return (
    <div class="screen errors">
      <p class="errors-back">
        <a href={link(place, 'errors')}>‹ Errors</a>
      </p>
      {type ? (
        <Head type={type} />
      ) : known.error ? (
        <>
          <h1>Error</h1>
          <ErrorBox error={known.error} retry={known.reload} />
        </>
      ) : listed.loading || earlier.loading || !earlier.data ? (
        <>
          <h1 class="unseen">Error</h1>
          <Skeleton height="4.5rem" />
        </>
      ) : (
        <>
          <h1>Error {id}</h1>
          <Empty title="Nothing is known of this type of errors">No view of the last 90 days had one.</Empty>
        </>
      )}
      {type && (
        <>
          <ScopeBar />
          <Numbers id={id} type={here} loading={listed.data === undefined} />
          <Trend
            title="Over time"
            doc="Views that had an error of this type, and which share of all views they are. Drag to zoom."
            id={id}
            name="Views with it"
          />
          <div class="grid-2">
            <Note type={type} onChanged={reload} />
            <Category type={type} onChanged={reload} />
          </div>
          <Breakdown id={id} />
          <Samples id={id} type={type} />
        </>
      )}
    </div>
  );
}

function Head({ type }: { type: ErrorType }) {
  return (
    <header class="errors-head">
      <h1>{nameOf(type)}</h1>
      <p class="errors-about">
        <KindBadge type={type} />
        <span>
          Code{' '}
          {type.player_error_code ? <code class="errors-code">{type.player_error_code}</code> : 'that no player tells'}
        </span>
        <span>Type {type.id}</span>
        {type.description && <span>{type.description}</span>}
      </p>
    </header>
  );
}

/** How many views had it, which share they are, and when the last of them was. */
function Numbers({ id, type, loading }: { id: string; type: ErrorType | undefined; loading: boolean }) {
  const scope = useScope();
  const question = ask('/data/v1/errors', { query: scope.query });
  const series = useAnswer(ask('/data/v1/errors/{id}/timeseries', { path: { id }, query: scope.query }));
  const prior = useAnswer(scope.compare ? ask('/data/v1/errors', { query: scope.queryBefore }) : undefined);
  const views = series.data?.data.reduce((sum, step) => sum + step.views, 0);
  const was = prior.data?.data.find((one) => String(one.id) === id);
  const change = (now: number, before: number | undefined, format: (value: number) => string) =>
    scope.compare && prior.data && <Change now={now} before={before ?? 0} better="lower" format={format} />;
  return (
    <Tiles label="How often">
      <Tile
        title="Views with it"
        value={formatCount(type?.count ?? 0)}
        few={false}
        loading={loading}
        question={question}
        change={change(type?.count ?? 0, was?.count, formatCount)}
      />
      <Tile
        title="Share of views"
        value={type ? formatShare(type.percentage) : views ? formatShare(0) : none}
        n={views}
        loading={loading}
        question={question}
        change={change(type?.percentage ?? 0, was?.percentage, formatShare)}
      />
      <section class="tile" aria-label="Last seen">
        <div class="tile-head">
          <h3 class="tile-title">Last seen</h3>
        </div>
        {loading ? (
          <Skeleton height="2rem" width="60%" />
        ) : (
          <p class="tile-value">{type ? <Ago at={type.last_seen} utc={scope.utc} /> : 'not in this range'}</p>
        )}
        <p class="tile-foot" />
      </section>
    </Tiles>
  );
}
