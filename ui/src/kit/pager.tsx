import './pager.css';
import { useEffect } from 'preact/hooks';
import type { Known } from '../api/use';
import { formatCount } from '../format/format';
import { useParam } from '../state/scope';
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

type OnPage = (page: number, options?: { replace: boolean }) => void;

/** The page that the URL asks for, and how to go to another. */
export function usePage(): [number, OnPage] {
  const [text, set] = useParam('page', '1');
  return [Math.max(1, Math.floor(Number(text)) || 1), (page, options) => set(String(page), options)];
}

/** Goes to the last page where there are no longer as many: of a link, say, or of a list that moves on. */
export function useLastPage(
  page: number,
  limit: number,
  { data, loading, error }: Known<{ total_row_count: number }>,
  onPage: OnPage,
) {
  const total = loading || error ? 0 : (data?.total_row_count ?? 0);
  const last = Math.ceil(total / limit);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page is set once for each answer
  useEffect(() => {
    if (last > 0 && page > last) onPage(last, { replace: true });
  }, [page, last]);
}
