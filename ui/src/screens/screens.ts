/** All screens, in the order of the navigation. A new one is a line here and a folder beside. */
import type { Screen } from '../app/screens';
import { Overview } from './overview/overview';

export const screens: Screen[] = [{ path: '', title: 'Overview', key: 'o', component: Overview }];
