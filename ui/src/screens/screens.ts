/** All screens, in the order of the navigation. A new one is a line here and a folder beside. */
import type { Screen } from '../app/screens';
import { Metrics } from './metrics/metrics';
import { Overview } from './overview/overview';

export const screens: Screen[] = [
  { path: '', title: 'Overview', key: 'o', component: Overview },
  { path: 'metrics', title: 'Metrics', key: 'm', component: Metrics },
  { path: 'metrics/:id', title: 'Metrics', component: Metrics },
];
