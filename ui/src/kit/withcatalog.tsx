import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { loadCatalog, useCatalog } from '../state/catalog';
import { ErrorBox } from './states';

/** Shows its children when the catalogue is there, which all screens need. For those who are signed in. */
export function WithCatalog({ children }: { children: ComponentChildren }) {
  const { ready, error } = useCatalog();
  useEffect(() => {
    if (!ready) loadCatalog();
  }, [ready]);
  if (ready) return <>{children}</>;
  return error ? <ErrorBox error={error} retry={loadCatalog} /> : null;
}
