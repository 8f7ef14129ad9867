import type { ComponentType } from 'preact';

/** A screen of the dashboard. */
export interface Screen {
  /** Below the dashboard's path; ":id" stands for one part of it. */
  path: string;
  /** In the navigation and the title of the window. */
  title: string;
  /** The letter that leads there after "g"; without one, the screen is not in the navigation. */
  key?: string;
  component: ComponentType<{ id: string }>;
}

/** What a path leads to, and what ":id" stands for in it. */
export function match(screens: Screen[], path: string): { screen: Screen; id: string } | undefined {
  const parts = path.split('/');
  for (const screen of screens) {
    const pattern = screen.path.split('/');
    if (pattern.length !== parts.length) continue;
    let id = '';
    const fits = pattern.every((part, i) => {
      if (part !== ':id') return part === parts[i];
      id = parts[i] as string;
      return id !== '';
    });
    if (fits) return { screen, id };
  }
  return undefined;
}
