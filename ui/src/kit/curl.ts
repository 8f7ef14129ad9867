import { type Ask, curl } from '../api/client';

/** The commands that ask the same as what is on screen. */
export const curlText = (questions: Ask<unknown>[]): string => questions.map(curl).join('\n');
