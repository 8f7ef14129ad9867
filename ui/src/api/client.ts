/**
 * The API as the screens ask it. Everything on screen is asked for here, so
 * that everything on screen can be had by curl too.
 *
 * A question is made by {@link ask} from a path of the reference and its
 * parameters, whose types come from the description of the API.
 */
import type { paths } from './schema';

/** The base URL of the server, whatever the prefix it is reached under. */
export const server = new URL('..', document.baseURI);

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Query<O> = O extends { parameters: { query?: infer Q } } ? (Q extends object ? Q : never) : never;
type Names<O> = O extends { parameters: { path: infer N } } ? N : never;
type Body<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;
type Answer<O> = O extends { responses: { 200: { content: { 'application/json': infer A } } } }
  ? A
  : O extends { responses: { 201: { content: { 'application/json': infer A } } } }
    ? A
    : undefined;

/** What a GET of a path answers. */
export type AnswerOf<P extends PathsWith<'get'>> = Answer<paths[P]['get']>;
/** A row of what a GET of a path answers. */
export type RowOf<P extends PathsWith<'get'>> = AnswerOf<P> extends { data: (infer R)[] } ? R : never;
/** The query parameters of a GET of a path. */
export type QueryOf<P extends PathsWith<'get'>> = Query<paths[P]['get']>;

interface Parts<O> {
  path?: Names<O>;
  query?: Query<O>;
}

/** A question that has an answer of type A. Two with the same address are the same. */
export interface Ask<A> {
  /** Relative to {@link server}, so that it fits any prefix. */
  readonly address: string;
  readonly answer?: A; // never set: it carries the type
}

/** An answer that is an error, with the API's own words for people. */
export class Failure extends Error {
  override name = 'Failure';

  constructor(
    readonly status: number,
    readonly messages: string[],
    readonly requestId: string,
  ) {
    super(messages.join(' '));
  }
}

/** What went wrong, in words for people: those of the API, unless it could not be reached. */
export const messagesOf = (error: unknown): string[] =>
  error instanceof Failure ? error.messages : ['The server could not be reached.'];

/** The same as one text. */
export const wordsOf = (error: unknown): string => messagesOf(error).join(' ');

/** Makes the question of a GET. */
export function ask<P extends PathsWith<'get'>>(
  path: P,
  parts: Parts<paths[P]['get']> = {},
): Ask<Answer<paths[P]['get']>> {
  return { address: addressOf(path, parts) };
}

/** What is being asked, by address, so that parts of a screen that want the same share an answer. */
const asking = new Map<string, { answer: Promise<unknown>; aborter: AbortController; waiting: number }>();

/**
 * Asks. An error is a {@link Failure}, or what fetch throws when there is no
 * server. The same that is asked already is not asked twice; it is given up
 * when nobody waits for it any more.
 */
export function get<A>(question: Ask<A>, signal?: AbortSignal): Promise<A> {
  const { address } = question;
  const shared = asking.get(address) ?? start(address);
  shared.waiting++;
  return new Promise<A>((resolve, reject) => {
    const giveUp = () => {
      reject(signal?.reason);
      if (--shared.waiting > 0) return;
      if (asking.get(address) === shared) asking.delete(address);
      shared.aborter.abort();
    };
    signal?.addEventListener('abort', giveUp);
    shared.answer
      .then(resolve as (answer: unknown) => void, reject)
      .finally(() => signal?.removeEventListener('abort', giveUp)); // a signal may be that of many polls
  });
}

function start(address: string) {
  const aborter = new AbortController();
  const answer = send('GET', address, undefined, aborter.signal).finally(() => {
    if (asking.get(address) === shared) asking.delete(address);
  });
  const shared = { answer, aborter, waiting: 0 };
  asking.set(address, shared);
  return shared;
}

/** Changes something: PUT, POST, PATCH or DELETE of a path. */
export async function change<M extends Exclude<Method, 'get'>, P extends PathsWith<M>>(
  method: M,
  path: P,
  parts: Parts<paths[P][M]> & { body?: Body<paths[P][M]> } = {},
): Promise<Answer<paths[P][M]>> {
  try {
    return (await send(method.toUpperCase(), addressOf(path, parts), parts.body)) as Answer<paths[P][M]>;
  } finally {
    asking.clear(); // what was asked before may not know of it
  }
}

function addressOf(path: string, { path: names, query }: { path?: unknown; query?: unknown }): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String((names as never)[name])));
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) params.append(name, String(one));
    }
  }
  const text = params.toString().replaceAll('%5B%5D', '[]').replaceAll('%3A', ':');
  return filled.slice(1) + (text && `?${text}`);
}

/** With these headers the browser does not ask for a password when nobody is signed in: the page does. */
export const asPage = { 'X-Requested-With': 'XMLHttpRequest' };

/** Called when an answer says that nobody is signed in any more. */
let onSignedOut = () => {};
export function whenSignedOut(call: () => void) {
  onSignedOut = call;
}

/** Called with whether the server could be reached. */
let onAnswered = (_reached: boolean) => {};
export function whenAnswered(call: (reached: boolean) => void) {
  onAnswered = call;
}

/** What a proxy answers in place of a server that is not there. */
const gone = [502, 504];

async function send(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(new URL(address, server), {
    method,
    signal,
    headers: body === undefined ? asPage : { ...asPage, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: 'same-origin',
  }).catch((error) => {
    if (!signal?.aborted) onAnswered(false);
    throw error;
  });
  onAnswered(!gone.includes(response.status));
  if (response.status === 204) return undefined;
  if (!response.ok) throw await failureOf(response);
  return response.json();
}

/** The error that an answer is. */
export async function failureOf(response: Response): Promise<Failure> {
  const answer = await response.json().catch(() => undefined);
  if (response.status === 401) onSignedOut();
  return new Failure(
    response.status,
    answer?.error?.messages ?? [`The server answered with status ${response.status}.`],
    response.headers.get('X-Request-Id') ?? '',
  );
}

/** The command that asks the same, for a shell. */
export function curl(question: Ask<unknown>): string {
  return `curl -sg -u "$TOKEN" '${new URL(question.address, server).href.replaceAll("'", '%27')}'`;
}
