/** All screens, in the order of the navigation. A new one is a line here and a folder beside. */
import type { Screen } from '../app/screens';
import { ErrorScreen } from './errors/error';
import { Errors } from './errors/errors';
import { Exports } from './exports/exports';
import { IncidentScreen } from './incidents/incident';
import { Incidents } from './incidents/incidents';
import { Metrics } from './metrics/metrics';
import { Overview } from './overview/overview';
import { Realtime } from './realtime/realtime';
import { Wall } from './realtime/wall';
import { NewRule, RuleScreen } from './rules/rule';
import { Rules } from './rules/rules';
import { Settings } from './settings/settings';
import { View } from './view/view';
import { Views } from './views/views';

export const screens: Screen[] = [
  { path: '', title: 'Overview', key: 'o', component: Overview },
  { path: 'metrics', title: 'Metrics', key: 'm', component: Metrics },
  { path: 'metrics/:id', title: 'Metrics', component: Metrics },
  { path: 'realtime', title: 'Real-time', key: 'r', component: Realtime },
  { path: 'realtime/wall', title: 'Wall', bare: true, component: Wall },
  { path: 'views', title: 'Views', key: 'v', component: Views },
  { path: 'views/:id', title: 'View', component: View },
  { path: 'errors', title: 'Errors', key: 'e', component: Errors },
  { path: 'errors/:id', title: 'Error', component: ErrorScreen },
  { path: 'incidents', title: 'Incidents', key: 'i', component: Incidents },
  { path: 'incidents/:id', title: 'Incident', component: IncidentScreen },
  { path: 'rules', title: 'Rules', under: 'incidents', component: Rules },
  { path: 'rules/new', title: 'New rule', under: 'incidents', component: NewRule },
  { path: 'rules/:id', title: 'Rule', under: 'incidents', component: RuleScreen },
  { path: 'exports', title: 'Exports', key: 'x', mixed: true, component: Exports },
  { path: 'settings', title: 'Settings', key: 's', mixed: true, component: Settings },
  { path: 'settings/:id', title: 'Settings', mixed: true, component: Settings },
];
