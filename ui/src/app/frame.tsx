import './frame.css';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useReachable } from '../api/reachable';
import { Needs } from '../kit/may';
import { Popover } from '../kit/popover';
import { toast } from '../kit/toast';
import { WithCatalog } from '../kit/withcatalog';
import { screens } from '../screens/screens';
import { link } from '../state/scope';
import { Account } from './account';
import { Begin } from './begin';
import { Boundary } from './boundary';
import { Help } from './help';
import { reach, type Shortcut, useShortcuts } from './keys';
import { followLinks, go, type Place, usePlace } from './router';
import { match, type Screen, sectionOf } from './screens';
import { useMay, type Who } from './session';
import { nextTheme, setTheme } from './theme';
import { useWindowTitle } from './title';

/** What is around all screens: the navigation, the keyboard, and what is said when something is amiss. */
export function Frame({ who }: { who: Who }) {
  const place = usePlace();
  const found = match(screens, place.path);
  const section = sectionOf(screens, place.path);
  const [help, setHelp] = useState(false);
  const shortcuts = useKeys(place, () => setHelp(true));
  useShortcuts(shortcuts);
  useWindowTitle(found?.screen.title ?? 'No such screen', who.environment_name, 'Playhead');
  const main = useFocusOf(place.path, found?.screen);
  const content = (
    <main ref={main} class="frame-main" tabIndex={-1}>
      <Unreachable />
      {!found?.screen.bare && <Begin who={who} place={place} />}
      <Boundary of={place.path}>
        <WithCatalog>{found ? <Shown {...found} /> : <NoScreen place={place} />}</WithCatalog>
      </Boundary>
    </main>
  );
  const open = () => setHelp(true);
  return (
    // biome-ignore lint/a11y: links are what is clicked
    <div onClick={followLinks} class={found?.screen.bare ? 'frame-bare' : 'frame'}>
      {!found?.screen.bare && (
        <>
          <button type="button" class="frame-skip button" onClick={() => main.current?.focus()}>
            Skip to the content
          </button>
          <header class="frame-side">
            <span class="frame-name">Playhead</span>
            <Navigation place={place} section={section} />
            <Account who={who} onHelp={open} />
          </header>
          <header class="frame-bar">
            <Popover class="button button-quiet frame-menu" label="Menu" button={<>☰</>}>
              {(close) => (
                // biome-ignore lint/a11y: each of its links leads elsewhere
                <div class="frame-sheet" onClick={(event) => (event.target as Element).closest('a') && close()}>
                  <Navigation place={place} section={section} />
                </div>
              )}
            </Popover>
            <span class="frame-name">{section?.title ?? 'Playhead'}</span>
            <Account who={who} onHelp={open} />
          </header>
        </>
      )}
      {content}
      {help && <Help shortcuts={shortcuts} onClose={() => setHelp(false)} />}
    </div>
  );
}

function Shown({ screen, id }: { screen: Screen; id: string }) {
  const reads = useMay('data:read');
  if (reads || screen.mixed) return <screen.component id={id} />;
  return (
    <div class="screen">
      <h1>{screen.title}</h1>
      <Needs permission="data:read" />
    </div>
  );
}

const inNavigation = screens.filter((screen) => screen.key);

function Navigation({ place, section }: { place: Place; section?: Screen }) {
  return (
    <nav class="frame-nav" aria-label="Screens">
      {inNavigation.map((screen) => (
        <a
          key={screen.path}
          class="frame-link"
          href={link(place, screen.path)}
          aria-current={screen === section ? 'page' : undefined}
          title={`${screen.title} (g ${screen.key})`}
        >
          {screen.title}
        </a>
      ))}
    </nav>
  );
}

function useKeys(place: Place, help: () => void): Shortcut[] {
  const latest = useRef({ place, help });
  latest.current = { place, help };
  return useMemo(
    () => [
      ...inNavigation.map((screen) => ({
        keys: `g ${screen.key}`,
        title: screen.title,
        act: () => go(link(latest.current.place, screen.path)),
      })),
      { keys: '/', title: 'Search, or add a filter', act: () => reach('search', 'filter') },
      { keys: 'p', title: 'Choose the period', act: () => reach('time') },
      { keys: 'm', title: 'Choose the metric, where there is one', act: () => reach('metric') },
      { keys: 't', title: 'Change the theme: of the system, light, dark', act: changeTheme },
      { keys: '?', title: 'These keys', act: () => latest.current.help() },
    ],
    [],
  );
}

function changeTheme() {
  const next = nextTheme();
  setTheme(next);
  toast(`Theme: ${next}`);
}

/** Another screen begins at its top and has the focus, so that those who hear the page are told of it. */
function useFocusOf(path: string, screen: Screen | undefined) {
  const main = useRef<HTMLElement>(null);
  const last = useRef<{ path: string; screen?: Screen }>(undefined);
  useEffect(() => {
    const before = last.current;
    last.current = { path, screen };
    if (!before || before.path === path) return;
    const lost = document.activeElement === document.body || document.activeElement === null;
    if (before.screen === screen && !lost) return;
    const title = main.current?.querySelector<HTMLElement>('h1');
    if (title) title.tabIndex = -1;
    (title ?? main.current)?.focus({ preventScroll: true });
  }, [path, screen]);
  return main;
}

function Unreachable() {
  const reachable = useReachable();
  return (
    <div role="status">
      {!reachable && (
        <p class="frame-trouble">The server cannot be reached. What is shown is from before; it is tried again.</p>
      )}
    </div>
  );
}

function NoScreen({ place }: { place: Place }) {
  return (
    <div class="screen">
      <h1>There is no such screen</h1>
      <p>
        Nothing is at “{place.path}”. <a href={link(place, '')}>To the overview</a>
      </p>
    </div>
  );
}
