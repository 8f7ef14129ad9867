import './view.css';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { ask, Failure } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { useTitle } from '../../app/title';
import { formatDuration } from '../../format/format';
import { Badge } from '../../kit/badge';
import { CopyButton } from '../../kit/copy';
import { Empty, ErrorBox, Skeleton } from '../../kit/states';
import { Tabs } from '../../kit/tabs';
import { Time } from '../../kit/time';
import { link, useParam, useScope } from '../../state/scope';
import { EventList } from './events';
import { Fields } from './fields';
import { isMeasured } from './fieldtext';
import { NeighbourPanel, type Neighbours, useNeighbours, viewerLink } from './neighbours';
import { Errors, Requests } from './requests';
import { type Course, outcomes, pace, stateText } from './states';
import { Timeline } from './timeline';

/** One view: how it went, when what happened, and all that is known of it. */
export function View({ id }: { id: string }) {
  return <OneView key={id} id={id} />; // nothing of a view stays for the next one
}

function OneView({ id }: { id: string }) {
  const place = usePlace();
  const [every, setEvery] = useState(0);
  const timeline = useAnswer(ask('/data/v1/video-views/{id}/timeline', { path: { id } }), { every });
  const course = timeline.data?.data;
  const whole = useAnswer(course && ask('/data/v1/video-views/{id}', { path: { id } }), { every });
  const { utc } = useScope();
  useEffect(() => {
    if (course) setEvery(pace(course, Date.now()));
  }, [course]);
  const neighbours = useNeighbours(course);
  useTitle(course?.title ?? '');
  if (timeline.error && !course) {
    const gone = timeline.error instanceof Failure && timeline.error.status === 404;
    return (
      <div class="screen">
        <h1>View</h1>
        {gone ? (
          <Empty title="There is no such view">
            It may be older than views are kept, or of another environment. <a href={link(place, 'views')}>All views</a>
          </Empty>
        ) : (
          <ErrorBox error={timeline.error} retry={timeline.reload} />
        )}
      </div>
    );
  }
  return (
    <div class="screen">
      <Head course={course} neighbours={neighbours} utc={utc} />
      {course && <Lists course={course} known={timeline} utc={utc} />}
      <Fields
        title="Metrics"
        doc="The numbers of this one view. Over many views they make the metrics of the same titles."
        before={timeline}
        known={whole}
        which={isMeasured}
        utc={utc}
      />
      <Fields
        title="Dimensions and more"
        doc="All else that is known of the view. What views can be filtered by leads to those that have the same."
        before={timeline}
        known={whole}
        which={(field) => !isMeasured(field)}
        utc={utc}
      />
      {course && <NeighbourPanel course={course} neighbours={neighbours} utc={utc} />}
    </div>
  );
}

function Head({ course, neighbours, utc }: { course?: Course; neighbours: Neighbours; utc: boolean }) {
  const place = usePlace();
  const { before, after } = neighbours;
  return (
    <header class="view-head">
      <p class="view-path">
        <a href={link(place, 'views')}>Views</a>
      </p>
      <h1>{course ? (course.title ?? `View ${course.id}`) : 'View'}</h1>
      <p class="view-verdict">
        {course ? course.verdict : <Skeleton width="28rem" height="1.5rem" />}
        {course?.in_progress && <span aria-hidden="true"> …</span>}
      </p>
      <p class="view-facts">
        {course && (
          <>
            <Badge kind={outcomes[course.outcome].kind}>{outcomes[course.outcome].title}</Badge>
            {course.in_progress && course.outcome !== 'in_progress' && <Badge kind="good">In progress</Badge>}
            <Time at={course.start} utc={utc} seconds />
            <span>{formatDuration(course.length)}</span>
            {course.viewer_id && (
              <a href={viewerLink(place, course)} class="view-viewer">
                Viewer {course.viewer_id}
              </a>
            )}
            <span class="mono view-id">{course.id}</span>
          </>
        )}
      </p>
      <nav class="view-actions" aria-label="Views of the same viewer">
        <Neighbour id={before[0]?.id} title="‹ Previous" label="Previous view of the same viewer" />
        <Neighbour id={after[0]?.id} title="Next ›" label="Next view of the same viewer" />
        <CopyButton text={() => location.href} label="Copy link" />
      </nav>
      <p class="unseen" role="status">
        {course?.in_progress && course.states.length > 0 && stateText(course.states.at(-1) as Course['states'][number])}
      </p>
    </header>
  );
}

function Neighbour({ id, title, label }: { id?: string; title: string; label: string }) {
  const place = usePlace();
  if (!id) {
    return (
      <button type="button" class="button" disabled aria-label={label}>
        {title}
      </button>
    );
  }
  return (
    <a class="button" href={link(place, `views/${id}`)} aria-label={label}>
      {title}
    </a>
  );
}

/** The timeline and the lists below it, which point at the same time. */
function Lists({
  course,
  known,
  utc,
}: {
  course: Course;
  known: Parameters<typeof Timeline>[0]['known'];
  utc: boolean;
}) {
  const [hovered, setHovered] = useState<number>();
  const [chosen, setChosen] = useState<number>();
  const [tab, setTab] = useParam('tab', 'events');
  const onCursor = useCallback((at: number | undefined, choose?: boolean) => {
    setHovered(at);
    if (choose) setChosen(at);
  }, []);
  const cursor = hovered ?? chosen;
  const count = (list: unknown[]) => (course.events_kept ? list.length : undefined);
  return (
    <>
      <Timeline course={course} known={known} cursor={cursor} onCursor={onCursor} />
      <section class="panel view-lists" aria-label="What happened">
        <Tabs
          label="What happened"
          selected={tab}
          onSelect={setTab}
          tabs={[
            { id: 'events', title: 'Events', count: count(course.events) },
            { id: 'requests', title: 'Requests', count: count(course.requests) },
            { id: 'errors', title: 'Errors', count: count(course.errors) },
          ]}
        >
          {!course.events_kept ? (
            <Empty title="Its events are no longer stored">
              The view is older than events are kept, and its requests and errors are gone with them: how it went is
              still known.
            </Empty>
          ) : tab === 'requests' ? (
            <Requests course={course} onCursor={onCursor} />
          ) : tab === 'errors' ? (
            <Errors course={course} onCursor={onCursor} />
          ) : (
            <EventList {...{ course, cursor, chosen, onCursor, utc }} />
          )}
        </Tabs>
      </section>
    </>
  );
}
