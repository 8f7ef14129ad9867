import './pager.css';
import { formatCount } from '../format/format';
import { Button } from './button';

interface PagerProps {
  /** From 1. */
  page: number;
  limit: number;
  total: number;
  onPage: (page: number) => void;
}

/** Which rows of how many are shown, and the pages beside. Without other pages it only says how many. */
export function Pager({ page, limit, total, onPage }: PagerProps) {
  const first = (page - 1) * limit + 1;
  const last = Math.min(total, page * limit);
  const more = total > limit || page > 1;
  return (
    <nav class="pager" aria-label="Pages">
      <span>
        {total === 0
          ? 'none'
          : more
            ? `${formatCount(first)}–${formatCount(last)} of ${formatCount(total)}`
            : `${formatCount(total)} in total`}
      </span>
      {more && (
        <>
          <Button label="Previous page" disabled={page <= 1} onClick={() => onPage(page - 1)}>
            ‹
          </Button>
          <Button label="Next page" disabled={last >= total} onClick={() => onPage(page + 1)}>
            ›
          </Button>
        </>
      )}
    </nav>
  );
}
