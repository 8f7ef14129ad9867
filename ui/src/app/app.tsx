import { screens } from '../screens/screens';
import { followLinks, usePlace } from './router';
import { match } from './screens';

/** The whole dashboard: who is signed in, the navigation, and the screen of the place. */
export function App() {
  const place = usePlace();
  const found = match(screens, place.path);
  return (
    // biome-ignore lint/a11y: links are what is clicked
    <div onClick={followLinks}>
      <main>{found ? <found.screen.component id={found.id} /> : <p>There is no such screen.</p>}</main>
    </div>
  );
}
