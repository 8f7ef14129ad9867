import './signin.css';
import { useState } from 'preact/hooks';
import { Failure } from '../api/client';
import { Form, TextInput } from '../kit/form';
import { signIn } from './session';
import { useWindowTitle } from './title';

/** Asks for a token, once; the server keeps a session for it. */
export function SignIn({ ended }: { ended?: boolean }) {
  const [id, setId] = useState('');
  const [secret, setSecret] = useState('');
  useWindowTitle('Sign in', 'Playhead');
  const submit = async () => {
    try {
      await signIn(id.trim(), secret.trim());
    } catch (error) {
      if (error instanceof Failure && error.status === 401) setSecret('');
      throw error;
    }
  };
  // A token that is pasted as one, "ID:SECRET", is parted: ids have no colon.
  const enterId = (text: string) => {
    const [before, after] = text.split(/:(.*)/s);
    setId(before ?? '');
    if (after) setSecret(after);
  };
  return (
    <main class="signin">
      <div class="signin-form">
        <h1 class="signin-title">Playhead</h1>
        <p class="signin-note">
          {ended
            ? 'The session has ended: sign in again.'
            : 'Sign in with a token of the environment that you want to see.'}
        </p>
        <Form submit="Sign in" onSubmit={submit}>
          <TextInput label="Token ID" name="id" value={id} onInput={enterId} autocomplete="username" required />
          <TextInput
            label="Secret"
            name="secret"
            type="password"
            value={secret}
            onInput={setSecret}
            autocomplete="current-password"
            required
          />
        </Form>
      </div>
    </main>
  );
}
