import './may.css';
import type { ComponentChildren } from 'preact';
import { type Permission, useMay } from '../app/session';
import { Empty } from './states';

/** What needs a permission; in its place, why it is not there. */
export function Needs({ permission, children }: { permission: Permission; children?: ComponentChildren }) {
  if (useMay(permission)) return <>{children}</>;
  return (
    <Empty title="This token may not see this">
      It lacks the permission <code>{permission}</code>. Sign in with a token that has it.
    </Empty>
  );
}

/** Says why there is nothing to change with; nothing where there is. */
export function ReadOnly({ permission, what }: { permission: Permission; what: string }) {
  if (useMay(permission)) return null;
  return (
    <p class="read-only">
      To {what}, a token needs the permission <code>{permission}</code>, which this one lacks.
    </p>
  );
}
