import { server } from '../api/client';
import { Menu } from '../kit/menu';
import { toast } from '../kit/toast';
import { forgetCatalog } from '../state/catalog';
import { signOut, type Who } from './session';
import { setTheme, themes, useTheme } from './theme';

const themeTitles = { system: 'Theme of the system', light: 'Light', dark: 'Dark' };

/** Who is signed in and sees which environment, and what is of the reader alone. */
export function Account({ who, onHelp }: { who: Who; onHelp: () => void }) {
  const theme = useTheme();
  return (
    <Menu
      label={`${who.environment_name} ${who.environment_type} · ${who.access_token_name}`}
      class="account"
      button={
        <>
          <span class="account-environment">{who.environment_name}</span>{' '}
          <span class="account-mark" aria-hidden="true">
            ⌄
          </span>
          <span class="account-rest">
            {who.environment_type} · {who.access_token_name}
          </span>
        </>
      }
      items={[
        ...themes.map((one) => ({ title: themeTitles[one], checked: theme === one, onPick: () => setTheme(one) })),
        { title: 'Keyboard', onPick: onHelp },
        { title: 'Reference of the API', href: new URL('reference', server).href },
        { title: 'Sign out', onPick: leave },
      ]}
    />
  );
}

async function leave() {
  try {
    await signOut();
    forgetCatalog();
  } catch {
    toast('The server cannot be reached: still signed in.', { bad: true });
  }
}
