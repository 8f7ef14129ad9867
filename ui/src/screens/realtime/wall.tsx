import './wall.css';
import { useEffect, useState } from 'preact/hooks';
import { go, usePlace } from '../../app/router';
import { format } from '../../format/format';
import { Spark } from '../../kit/spark';
import { Skeleton } from '../../kit/states';
import { useCatalog } from '../../state/catalog';
import { link } from '../../state/scope';
import { numberOf, numbersOf, ticksOf } from './history';
import { useLive, useLiveFilters } from './live';
import { LiveState } from './state';

/** The newest numbers for a screen on a wall: to be read from five metres, with nothing to be touched. */
export function Wall() {
  const catalog = useCatalog();
  const place = usePlace();
  const { filters } = useLiveFilters();
  const live = useLive(filters);
  const moved = useMoved();
  const back = link(place, 'realtime');
  useAwake();
  useLeave(back);

  const points = live.history?.points ?? [];
  const { at } = ticksOf(points);
  const newest = points.at(-1);
  const metrics = catalog.places.realtime.tiles.flatMap(
    (id) => catalog.realtime_metrics.find((m) => m.id === id) ?? [],
  );
  return (
    <div class={moved ? 'wall' : 'wall wall-still'}>
      <header class="wall-head">
        <h1>Real-time{filters.length ? `: ${filters.join(', ')}` : ''}</h1>
        <LiveState live={live} />
        <a class="wall-leave" href={back}>
          Leave: Esc
        </a>
      </header>
      {live.connection === 'ended' && live.why && <p class="wall-why">{live.why.message}</p>}
      <div class={live.connection === 'open' ? 'wall-tiles' : 'wall-tiles wall-old'}>
        {metrics.map((metric) => {
          const { text, unit } = format(numberOf(newest, metric.id), metric.type);
          return (
            <section class="wall-tile" key={metric.id} aria-label={metric.title}>
              <h2>{metric.title}</h2>
              {live.history ? (
                <p class="wall-value" style={{ '--letters': text.length + 0.3 * unit.length + 0.5 }}>
                  {text}
                  {unit && <span class="wall-unit">{unit}</span>}
                </p>
              ) : (
                <Skeleton height="30%" />
              )}
              <Spark values={numbersOf(points, at, metric.id)} />
            </section>
          );
        })}
      </div>
    </div>
  );
}

/** Whether the pointer has moved lately: while it does not, there is nothing but numbers. */
function useMoved(): boolean {
  const [moved, setMoved] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onMove = () => {
      clearTimeout(timer);
      timer = setTimeout(() => setMoved(false), 3000);
      setMoved(true);
    };
    addEventListener('pointermove', onMove);
    return () => {
      clearTimeout(timer);
      removeEventListener('pointermove', onMove);
    };
  }, []);
  return moved;
}

/** Keeps the screen on, if the browser can. */
function useAwake() {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let left = false;
    const take = async () => {
      if (document.visibilityState !== 'visible') return; // the browser gives it up when the page is hidden
      // It says no when the battery is low, say.
      const taken = await navigator.wakeLock?.request('screen').catch(() => undefined);
      if (left) taken?.release();
      else lock = taken;
    };
    take();
    document.addEventListener('visibilitychange', take);
    return () => {
      left = true;
      document.removeEventListener('visibilitychange', take);
      lock?.release();
    };
  }, []);
}

/** Leaves with Esc, which also is how a browser leaves the full screen. */
function useLeave(back: string) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && go(back);
    const onFull = () => document.fullscreenElement || go(back);
    addEventListener('keydown', onKey);
    document.addEventListener('fullscreenchange', onFull);
    return () => {
      removeEventListener('keydown', onKey);
      document.removeEventListener('fullscreenchange', onFull);
    };
  }, [back]);
  useEffect(
    () => () => {
      if (document.fullscreenElement) document.exitFullscreen();
    },
    [],
  );
}
