import './badge.css';
import type { ComponentChildren } from 'preact';

/** A word that tells a state. The word says it, the colour only helps. */
export function Badge({
  kind = 'plain',
  children,
}: {
  kind?: 'good' | 'bad' | 'warn' | 'plain';
  children: ComponentChildren;
}) {
  return <span class={`badge badge-${kind}`}>{children}</span>;
}
