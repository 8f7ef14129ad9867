import './states.css';
import type { ComponentChildren } from 'preact';
import { Failure, messagesOf, wordsOf } from '../api/client';
import { Badge } from './badge';
import { Button } from './button';

/** Fewer views than this tell little: what is made of them is shown soft. */
export const fewViews = 30;

export const isFew = (n: number | null | undefined): boolean => n !== null && n !== undefined && n < fewViews;

/** There is nothing to show, and what could be done about it. */
export function Empty({ title = 'Nothing here', children }: { title?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}

/** What went wrong, in the words of the API, and another try. */
export function ErrorBox({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <div class="error-box" role="alert">
      {messagesOf(error).map((message) => (
        <p key={message}>{message}</p>
      ))}
      <p class="error-box-foot">
        {retry && <Button onClick={retry}>Try again</Button>}
        {error instanceof Failure && error.requestId && <span>Request {error.requestId}</span>}
      </p>
    </div>
  );
}

/** What is shown could not be asked for again: it is as it was before. */
export function Stale({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <>
      <span role="status" title={wordsOf(error)}>
        <Badge kind="warn">Not up to date</Badge>
      </span>
      <Button kind="quiet" onClick={retry}>
        Try again
      </Button>
    </>
  );
}

/** Stands where something will be, in its size, so that nothing jumps. */
export function Skeleton({ height = '1rem', width }: { height?: string; width?: string }) {
  return <div class="skeleton" style={{ height, width }} aria-hidden="true" />;
}

/** Says that a number is made of few views. */
export function Few({ n, unit = 'views' }: { n: number; unit?: string }) {
  return (
    <span class="few" title={`Made of ${n} ${unit} only: chance alone can move it much.`}>
      few {unit}
    </span>
  );
}
