import './bar.css';

/** How much of a whole, from 0 to 1, as a bar behind a number that says it too. */
export function Bar({ share, color = 1 }: { share: number | null | undefined; color?: 1 | 2 | 3 | 4 | 5 | 6 }) {
  const width = Math.max(0, Math.min(1, share ?? 0)) * 100;
  return (
    <span class="bar" aria-hidden="true">
      <span class="bar-fill" style={{ width: `${width}%`, background: `var(--series-${color})` }} />
    </span>
  );
}
