import './tile.css';
import type { ComponentChildren } from 'preact';
import { type Ask, wordsOf } from '../api/client';
import { copyText } from './copy';
import { curlText } from './curl';
import { Menu } from './menu';
import { N } from './n';
import { isFew, Skeleton } from './states';

interface TileProps {
  title: string;
  /** The catalogue's words about it. */
  doc?: string;
  /** As text. */
  value: string;
  unit?: string;
  /** Of how many views it is made. */
  n?: number | null;
  /** What is counted by n; views by default. */
  of?: string;
  /** Whether that is few; by default, as the kit judges n. */
  few?: boolean;
  change?: ComponentChildren;
  href?: string;
  spark?: ComponentChildren;
  loading?: boolean;
  /** Whether another value is awaited. */
  busy?: boolean;
  error?: Error;
  question?: Ask<unknown>;
  /** Questions, where it is made of several. */
  questions?: Ask<unknown>[];
  selected?: boolean;
}

/** One number, with what it is, of how many it is made and how it has changed. */
export function Tile({ title, doc, value, unit, n, of, change, href, spark, loading, error, ...rest }: TileProps) {
  const few = rest.few ?? isFew(n);
  const questions = rest.questions ?? (rest.question ? [rest.question] : []);
  return (
    <section
      class={`tile${rest.selected ? ' tile-selected' : ''}`}
      aria-label={title}
      aria-busy={rest.busy || undefined}
    >
      <div class="tile-head">
        <h3 class="tile-title">{href ? <a href={href}>{title}</a> : title}</h3>
        {(doc || questions.length > 0) && (
          <Menu
            label={`About ${title}`}
            text={doc}
            class="tile-menu"
            items={questions.length > 0 ? [{ title: 'Copy as curl', onPick: () => copyText(curlText(questions)) }] : []}
          />
        )}
      </div>
      {loading ? (
        <Skeleton height="2rem" width="60%" />
      ) : (
        <p class={`tile-value${few ? ' tile-few' : ''}`}>
          {value}
          {unit && <span class="tile-unit">{unit === '%' ? unit : ` ${unit}`}</span>}
        </p>
      )}
      <p class="tile-foot">
        {error ? (
          <span class="tile-error" role="alert">
            {wordsOf(error)}
          </span>
        ) : loading ? (
          <Skeleton width="50%" height="0.875rem" />
        ) : (
          <>
            {change}
            {n !== undefined && n !== null && <N n={n} unit={of} />}
          </>
        )}
      </p>
      {spark && <div class="tile-spark">{spark}</div>}
    </section>
  );
}

/** Tiles side by side, as many as fit. */
export function Tiles({ label, dense, children }: { label: string; dense?: boolean; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of sections, not of form fields
    <div class={dense ? 'tiles tiles-dense' : 'tiles'} role="group" aria-label={label}>
      {children}
    </div>
  );
}
