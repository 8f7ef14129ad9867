import { formatCount, formatWhole } from '../../format/format';
import { type Format, valueText } from '../../state/catalog';

/** Whether a field has a value. */
export const isKnown = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);

const measured = new Set<string>([
  'score',
  'percentage',
  'milliseconds',
  'per_minute',
  'per_millisecond',
  'mbps',
  'number',
]);

/** Whether a field is a number that the view was measured by. */
export const isMeasured = (field: { format: Format; dimension: string | null }): boolean =>
  measured.has(field.format) && field.dimension === null;

/** A field of a view as people read it. Numbers may come in texts. */
export function fieldText(format: Format, value: unknown): string {
  switch (format) {
    case 'score':
    case 'percentage':
    case 'milliseconds':
    case 'per_minute':
    case 'mbps':
    case 'number':
      return formatWhole(Number(value), format);
    case 'per_millisecond':
      return formatWhole(Number(value) * 60_000, 'per_minute');
    case 'pixels':
      return `${formatCount(Number(value))} px`;
    case 'fps':
      return `${Number(value)} fps`;
    case 'degrees':
      return `${Number(value)}°`;
    case 'list':
      return Array.isArray(value) ? value.join(' → ') : String(value);
    default:
      return valueText(format, String(value));
  }
}
