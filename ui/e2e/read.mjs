/** Reads values as the dashboard writes them, so that they can be compared with the API's. */
import assert from 'node:assert/strict';

const units = {
  '%': 0.01,
  '/min': 1,
  'kbit/s': 1e3,
  'Mbit/s': 1e6,
  ms: 1,
  s: 1e3,
  min: 60e3,
  h: 3600e3,
};

/** What a text such as "1.24 s", "3 h 12 min", "12.3%" says in the API's unit, and how exactly. */
function read(text, type) {
  const parts = [...text.matchAll(/([\d,]+(?:\.(\d+))?)\s*([a-zA-Z/%]+)?/g)];
  assert.ok(parts.length > 0, `“${text}” has no number`);
  let value = 0;
  let least = 0;
  for (const [, number, decimals = '', unit = ''] of parts) {
    const factor = type === 'score' ? 0.01 : unit ? units[unit] : 1;
    assert.ok(factor, `“${text}” has an unknown unit`);
    value += Number(number.replaceAll(',', '')) * factor;
    least = factor * 10 ** -decimals.length;
  }
  return { value, exact: least / 2 };
}

/** Fails unless a text is how a value of a type is written: to half of its last digit. */
export function isWritten(text, value, type, about) {
  if (value === null) {
    assert.equal(text, '–', about);
    return;
  }
  const shown = read(text, type);
  assert.ok(
    Math.abs(shown.value - value) <= shown.exact * 1.0001 + 1e-9,
    `${about}: “${text}” is not ${value} (${type})`,
  );
}

/** A count as it is written. */
export const counted = (n) => n.toLocaleString('en-US');
