import { useSession } from '../../app/session';

/** Whether the token may change notes and categories. */
export function useMayWrite(): boolean {
  const session = useSession();
  return session.state === 'in' && session.who.permissions.includes('data:write');
}
