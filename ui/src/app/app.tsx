import { useEffect } from 'preact/hooks';
import { WithCatalog } from '../kit/withcatalog';
import { screens } from '../screens/screens';
import { followLinks, usePlace } from './router';
import { match } from './screens';
import { lookWho, useSession } from './session';
import { SignIn } from './signin';

/** The whole dashboard: who is signed in, the navigation, and the screen of the place. */
export function App() {
  const session = useSession();
  useEffect(() => {
    lookWho();
  }, []);
  switch (session.state) {
    case 'unknown':
      return null;
    case 'out':
      return <SignIn ended={session.ended} />;
    case 'unreachable':
      return (
        <main>
          <p role="alert">The server does not answer.</p>
          <button type="button" onClick={lookWho}>
            Try again
          </button>
        </main>
      );
    case 'in':
      return <Frame />;
  }
}

function Frame() {
  const place = usePlace();
  const found = match(screens, place.path);
  return (
    // biome-ignore lint/a11y: links are what is clicked
    <div onClick={followLinks}>
      <main>
        <WithCatalog>{found ? <found.screen.component id={found.id} /> : <p>There is no such screen.</p>}</WithCatalog>
      </main>
    </div>
  );
}
