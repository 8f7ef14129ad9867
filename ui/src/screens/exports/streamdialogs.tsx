import { useEffect, useState } from 'preact/hooks';
import { change, wordsOf } from '../../api/client';
import { formatWhole } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Confirm, Dialog } from '../../kit/dialog';
import { Secret } from '../../kit/secret';
import { Time } from '../../kit/time';
import { toast, toastError } from '../../kit/toast';
import { useScope } from '../../state/scope';
import { StreamForm } from './streamform';
import type { Stream } from './streams';

/** What is being done about a stream. */
export type Act =
  | { what: 'create' }
  | { what: 'edit' | 'test' | 'rotate' | 'delete'; stream: Stream }
  | { what: 'secret'; name: string; secret: string; until?: string };

interface Props {
  act: Act;
  /** Goes on with something else, or ends. */
  next: (act?: Act) => void;
  changed: () => void;
}

/** The dialog for what is being done. */
export function StreamDialog({ act, next, changed }: Props) {
  const { utc } = useScope();
  const close = () => next();
  switch (act.what) {
    case 'create':
    case 'edit':
      return <StreamForm stream={act.what === 'edit' ? act.stream : undefined} next={next} changed={changed} />;
    case 'test':
      return <Test stream={act.stream} onClose={close} />;
    case 'rotate':
      return <Rotate stream={act.stream} next={next} changed={changed} />;
    case 'delete':
      return <Delete stream={act.stream} onClose={close} changed={changed} />;
    case 'secret':
      return (
        <Secret
          title={`The secret of ${act.name}`}
          parts={[{ label: 'Secret', text: act.secret }]}
          note={
            <>
              Requests are signed with it: the receiver checks them with it.
              {act.until && (
                <>
                  {' '}
                  The one before signs, too, until <Time at={act.until} utc={utc} />.
                </>
              )}
            </>
          }
          onClose={close}
        />
      );
  }
}

function Test({ stream, onClose }: { stream: Stream; onClose: () => void }) {
  const [result, setResult] = useState<{ ok: boolean; text: string }>();
  useEffect(() => {
    change('post', '/data/v1/exports/streams/{id}/test', { path: { id: stream.id } })
      .then(({ data }) =>
        setResult({
          ok: data.ok,
          text: data.error ?? `It was reached in ${formatWhole(data.took_ms, 'milliseconds')}.`,
        }),
      )
      .catch((error) => setResult({ ok: false, text: wordsOf(error) }));
  }, [stream.id]);
  return (
    <Dialog title={`Test of ${stream.name}`} onClose={onClose}>
      <p>Whether the receiver can be reached. No message is sent.</p>
      <p class="exports-result" role="status">
        {result ? <Badge kind={result.ok ? 'good' : 'bad'}>{result.ok ? 'Reached' : 'Not reached'}</Badge> : 'Trying …'}{' '}
        {result?.text}
      </p>
    </Dialog>
  );
}

function Rotate({ stream, next, changed }: { stream: Stream; next: (act?: Act) => void; changed: () => void }) {
  const [busy, run] = useAction();
  const rotate = () =>
    run(async () => {
      const { data } = await change('post', '/data/v1/exports/streams/{id}/rotate-secret', { path: { id: stream.id } });
      changed();
      next({ what: 'secret', name: data.name, secret: data.secret ?? '', until: data.rotated_until ?? undefined });
    });
  return (
    <Confirm
      title={`Rotate the secret of ${stream.name}`}
      action="Make a new secret"
      danger={false}
      busy={busy}
      onConfirm={rotate}
      onClose={() => next()}
    >
      <p>Requests are signed with a new secret, and for a while with the present one beside it.</p>
    </Confirm>
  );
}

function Delete({ stream, onClose, changed }: { stream: Stream; onClose: () => void; changed: () => void }) {
  const [busy, run] = useAction();
  const remove = () =>
    run(async () => {
      await change('delete', '/data/v1/exports/streams/{id}', { path: { id: stream.id } });
      onClose();
      changed();
      toast(`${stream.name} is deleted.`);
    });
  return (
    <Confirm title={`Delete ${stream.name}?`} action="Delete" busy={busy} onConfirm={remove} onClose={onClose}>
      <p>
        Nothing more is sent to {stream.target}. What was sent stays there. A new stream begins with what is new then.
      </p>
    </Confirm>
  );
}

/** Whether something is under way, and what runs it: what fails is said. */
function useAction(): [boolean, (action: () => Promise<void>) => void] {
  const [busy, setBusy] = useState(false);
  return [
    busy,
    (action) => {
      setBusy(true);
      action().catch((error) => {
        setBusy(false);
        toastError(error);
      });
    },
  ];
}
