import { Badge } from '../../kit/badge';
import type { Incident } from './quantity';

/** What state an incident is in. */
export function State({ incident }: { incident: Pick<Incident, 'status'> }) {
  return <Badge kind={incident.status === 'open' ? 'bad' : 'plain'}>{incident.status}</Badge>;
}

/** How bad it is. */
export function Severity({ severity }: { severity: Incident['severity'] }) {
  return <Badge kind={severity === 'alert' ? 'bad' : 'warn'}>{severity}</Badge>;
}
