import type { RowOf } from '../../api/client';
import { Badge } from '../../kit/badge';

export type ErrorType = RowOf<'/data/v1/errors'>;

/** What errors of a type do to a view. */
export type Kind = 'fatal' | 'warning' | 'business';

const words: Record<Kind, { one: string; many: string; badge: 'bad' | 'warn' | 'plain'; says: string }> = {
  fatal: { one: 'fatal', many: 'Fatal', badge: 'bad', says: 'It ended playback, and nobody meant it to.' },
  warning: { one: 'warning', many: 'Warnings', badge: 'warn', says: 'Playback went on.' },
  business: {
    one: 'business exception',
    many: 'Business exceptions',
    badge: 'plain',
    says: 'It was meant to be, such as a video that is not sold in a country.',
  },
};

export const kinds = Object.keys(words) as Kind[];

export const kindTitle = (kind: Kind): string => words[kind].many;

export function kindOf({ severity, business_exception }: Pick<ErrorType, 'severity' | 'business_exception'>): Kind {
  if (business_exception) return 'business';
  return severity === 'warning' ? 'warning' : 'fatal';
}

export function KindBadge({ type }: { type: Pick<ErrorType, 'severity' | 'business_exception'> }) {
  const { badge, one, says } = words[kindOf(type)];
  return (
    <span title={says}>
      <Badge kind={badge}>{one}</Badge>
    </span>
  );
}

/** What a type is called where there is one line: its message, or else its code. */
export const nameOf = ({ message, player_error_code }: Pick<ErrorType, 'message' | 'player_error_code'>): string =>
  message || (player_error_code ? `Error ${player_error_code}` : 'An error without code and message');

/** Whether a type has a text in its code, message or notes, whatever the case. */
export function mentions(type: ErrorType, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [type.player_error_code, type.message, type.notes, type.description, String(type.id)].some((one) =>
    one?.toLowerCase().includes(wanted),
  );
}
