import type { ComponentType } from 'preact';

/** A screen of the dashboard. */
export interface Screen {
  /** Below the dashboard's path; ":id" stands for one part of it. */
  path: string;
  /** In the navigation and the title of the window. */
  title: string;
  /** The letter that leads there after "g"; without one, the screen is not in the navigation. */
  key?: string;
  /** Signed in as always, but with nothing around it. */
  bare?: true;
  /** It says itself what its parts need; all others need data:read. */
  mixed?: true;
  /** The path of the screen that it belongs to in the navigation, if that is not the first part of its own. */
  under?: string;
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

/** The screen of the navigation that a path belongs to. */
export function sectionOf(screens: Screen[], path: string): Screen | undefined {
  const screen = match(screens, path)?.screen;
  if (!screen || screen.key) return screen;
  const section = screen.under ?? screen.path.split('/')[0];
  return screens.find((one) => one.path === section);
}
