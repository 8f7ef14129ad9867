import { useState } from 'preact/hooks';
import { Failure } from '../api/client';
import { signIn } from './session';
import './signin.css';

/** Asks for a token, once; the server keeps a session for it. */
export function SignIn({ ended }: { ended?: boolean }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError('');
    try {
      await signIn(String(values.get('id')).trim(), String(values.get('secret')).trim());
    } catch (failure) {
      setBusy(false);
      setError(failure instanceof Failure ? failure.message : 'The server does not answer.');
    }
  };
  return (
    <main class="signin">
      <form class="signin-form" onSubmit={submit} aria-labelledby="signin-title">
        <h1 class="signin-title" id="signin-title">
          Playhead
        </h1>
        {ended && !error && <p class="signin-note">The session has ended: sign in again.</p>}
        <label class="signin-field">
          Token ID
          <input name="id" autocomplete="username" autocapitalize="off" spellcheck={false} required />
        </label>
        <label class="signin-field">
          Secret
          <input name="secret" type="password" autocomplete="current-password" required />
        </label>
        <p class="signin-error" role="alert">
          {error}
        </p>
        <button class="signin-button" type="submit" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
