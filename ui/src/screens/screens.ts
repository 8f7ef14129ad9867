/** All screens, in the order of the navigation. A new one is a line here and a folder beside. */
import type { Screen } from '../app/screens';
import { ErrorScreen } from './errors/error';
import { Errors } from './errors/errors';
import { Exports } from './exports/exports';
import { Metrics } from './metrics/metrics';
import { Overview } from './overview/overview';
import { Realtime } from './realtime/realtime';
import { Wall } from './realtime/wall';
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
  { path: 'exports', title: 'Exports', key: 'x', component: Exports },
  { path: 'settings', title: 'Settings', key: 's', component: Settings },
  { path: 'settings/:id', title: 'Settings', component: Settings },
];
