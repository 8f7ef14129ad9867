import { type Ask, curl } from '../api/client';
import { CopyButton } from './copy';

/** The commands that ask the same as what is on screen. */
export const curlText = (questions: Ask<unknown>[]): string => questions.map(curl).join('\n');

export function CurlButton({ questions }: { questions: Ask<unknown>[] }) {
  return <CopyButton text={() => curlText(questions)} label="Copy as curl" />;
}
