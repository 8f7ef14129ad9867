import { useEffect } from 'preact/hooks';
import { Button } from '../kit/button';
import { Frame } from './frame';
import { hearOthers, lookWho, useSession } from './session';
import { SignIn } from './signin';

/** The whole dashboard: for who is signed in the frame with the screens, else the sign-in. */
export function App() {
  const session = useSession();
  useEffect(() => {
    lookWho();
    // Somebody may have signed in or out in another tab.
    const deaf = hearOthers();
    const shown = () => document.visibilityState === 'visible' && lookWho();
    document.addEventListener('visibilitychange', shown);
    return () => {
      deaf();
      document.removeEventListener('visibilitychange', shown);
    };
  }, []);
  switch (session.state) {
    case 'unknown':
      return null;
    case 'out':
      return <SignIn ended={session.ended} />;
    case 'unreachable':
      return (
        <main class="signin">
          <div class="signin-form" role="alert">
            <h1 class="signin-title">Playhead</h1>
            <p class="signin-note">The server cannot be reached.</p>
            <Button onClick={lookWho}>Try again</Button>
          </div>
        </main>
      );
    case 'in':
      // What is on screen is of one environment.
      return <Frame key={`${session.who.environment_id} ${session.who.access_token_name}`} who={session.who} />;
  }
}
