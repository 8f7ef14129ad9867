/** Who is signed in: a session of the server, whose cookie no script can read. */
import { useSyncExternalStore } from 'preact/compat';
import { type AnswerOf, ask, change, Failure, get, whenSignedOut } from '../api/client';

export type Who = AnswerOf<'/system/v1/whoami'>['data'];

/** What is known: nothing yet, that nobody is signed in, who is, or that the server does not answer. */
export type Session =
  | { state: 'unknown' }
  | { state: 'out'; ended?: boolean }
  | { state: 'in'; who: Who }
  | { state: 'unreachable' };

let session: Session = { state: 'unknown' };
const listeners = new Set<() => void>();

function becomes(next: Session) {
  if (session.state === 'in' && next.state === 'in' && sameWho(session.who, next.who)) return;
  if (session.state === 'out' && next.state === 'out' && session.ended) return;
  session = next;
  for (const call of listeners) call();
}

whenSignedOut(() => {
  if (session.state === 'in') becomes({ state: 'out', ended: true });
});

const sameWho = (a: Who, b: Who) => JSON.stringify(a) === JSON.stringify(b);

/** Finds out who is signed in. */
export async function lookWho() {
  try {
    const answer = await get(ask('/system/v1/whoami'));
    becomes({ state: 'in', who: answer.data });
  } catch (error) {
    if (error instanceof Failure && error.status === 401) becomes({ state: 'out', ended: session.state === 'in' });
    else if (session.state === 'unknown') becomes({ state: 'unreachable' });
  }
}

/** The other windows of this browser: the cookie is theirs too. */
let others: BroadcastChannel | undefined;

/** Finds out again who is signed in when that changes in another window, until the returned function is called. */
export function hearOthers(): () => void {
  others = new BroadcastChannel('playhead-session');
  others.onmessage = lookWho;
  return () => others?.close();
}

/** Signs in with a token; throws what the server says against it. */
export async function signIn(id: string, secret: string) {
  const answer = await change('put', '/session', { body: { id, secret } });
  becomes({ state: 'in', who: answer.data });
  others?.postMessage('in');
}

export async function signOut() {
  await change('delete', '/session');
  others?.postMessage('out');
  becomes({ state: 'out' });
}

export function useSession(): Session {
  return useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => session,
  );
}

export type Permission = Who['permissions'][number];

/** Whether the token of who is signed in allows something. */
export function useMay(permission: Permission): boolean {
  const session = useSession();
  return session.state === 'in' && session.who.permissions.includes(permission);
}
