import './annotations.css';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { ask, change, type RowOf } from '../api/client';
import { useAnswer } from '../api/use';
import { useMay } from '../app/session';
import { formatTime, fromLocalInput, toLocalInput } from '../format/time';
import { useScope } from '../state/scope';
import { type Range, timeframe } from '../state/timeframe';
import type { Annotation } from './chart';
import { Dialog } from './dialog';
import { plainText } from './emphasis';
import { Button, Form, TextInput } from './form';
import { ReadOnly } from './may';
import { Empty, ErrorBox } from './states';
import { Time } from './time';
import { toast } from './toast';

type Note = RowOf<'/data/v1/annotations'>;

/** At most so many notes of a range are drawn, and incidents, of those that began last. */
const most = { notes: 200, incidents: 50 };

/**
 * What charts of a range note: people's annotations, and incidents while they
 * lasted; and the button with the dialog in which annotations are written. One
 * is enough for all charts of a screen.
 */
export function useAnnotations(range: Range) {
  const { utc } = useScope();
  const [open, setOpen] = useState(false);
  const known = useAnswer(
    ask('/data/v1/annotations', { query: { 'timeframe[]': timeframe(range), limit: most.notes } }),
  );
  const incidents = useAnswer(ask('/data/v1/incidents', { query: { limit: most.incidents } }));
  const notes = known.data?.data;
  const marks = useMemo(
    () => [...(notes ?? []).map(markOf), ...(incidents.data?.data ?? []).flatMap((one) => lastedOf(one, range))],
    [notes, incidents.data, range],
  );
  const close = useCallback(() => setOpen(false), []);
  const actions = (
    <>
      <Button title="Notes about moments, on the charts" onClick={() => setOpen(true)}>
        Annotations{notes && notes.length > 0 ? ` (${notes.length})` : ''}
      </Button>
      {open && (
        <Notes notes={notes ?? []} range={range} utc={utc} error={known.error} reload={known.reload} onClose={close} />
      )}
    </>
  );
  return { marks, actions };
}

const markOf = (note: Note): Annotation => ({ from: Date.parse(note.date) / 1000, text: note.note });

function lastedOf(one: RowOf<'/data/v1/incidents'>, range: Range): Annotation[] {
  const from = Date.parse(one.started_at) / 1000;
  const to = one.resolved_at ? Date.parse(one.resolved_at) / 1000 : range.to;
  if (from >= range.to || to <= range.from) return [];
  return [{ from, to, text: plainText(one.description), kind: 'incident' }];
}

/** What the dialog shows: the list, or one note that is written or deleted. */
type Place = { is: 'list' } | { is: 'form' | 'removal'; note?: Note };

interface NotesProps {
  notes: Note[];
  range: Range;
  utc: boolean;
  error?: Error;
  reload: () => void;
  onClose: () => void;
}

function Notes({ notes, range, utc, error, reload, onClose }: NotesProps) {
  const [place, setPlace] = useState<Place>({ is: 'list' });
  const back = (said?: string) => {
    setPlace({ is: 'list' });
    if (!said) return;
    toast(said);
    reload();
  };
  if (place.is === 'form') {
    return (
      <Dialog key="form" title={place.note ? 'Edit annotation' : 'New annotation'} onClose={onClose}>
        <NoteForm note={place.note} range={range} utc={utc} onDone={back} />
      </Dialog>
    );
  }
  if (place.is === 'removal' && place.note) {
    return (
      <Dialog key="removal" title="Delete this annotation?" onClose={onClose}>
        <Removal note={place.note} utc={utc} onDone={back} />
      </Dialog>
    );
  }
  return (
    <Dialog key="list" title="Annotations" onClose={onClose}>
      {error ? <ErrorBox error={error} retry={reload} /> : <List notes={notes} range={range} utc={utc} to={setPlace} />}
    </Dialog>
  );
}

interface ListProps {
  notes: Note[];
  range: Range;
  utc: boolean;
  to: (place: Place) => void;
}

function List({ notes, range, utc, to }: ListProps) {
  const may = useMay('data:write');
  return (
    <>
      {notes.length === 0 ? (
        <Empty title="No annotations">
          None between {formatTime(range.from * 1000, utc)} and {formatTime(range.to * 1000, utc)}.
        </Empty>
      ) : (
        <ul class="annotations">
          {notes.map((note) => (
            <li key={note.id}>
              <span class="annotations-time">
                <Time at={note.date} utc={utc} />
              </span>
              <span class="annotations-note">{note.note}</span>
              {may && (
                <span class="annotations-actions">
                  <Button kind="quiet" label={`Edit: ${note.note}`} onClick={() => to({ is: 'form', note })}>
                    Edit
                  </Button>
                  <Button kind="quiet" label={`Delete: ${note.note}`} onClick={() => to({ is: 'removal', note })}>
                    Delete
                  </Button>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      <ReadOnly permission="data:write" what="annotate" />
      {may && (
        <p class="dialog-foot">
          <Button kind="primary" autofocus onClick={() => to({ is: 'form' })}>
            New annotation
          </Button>
        </p>
      )}
    </>
  );
}

interface FormProps {
  note?: Note;
  range: Range;
  utc: boolean;
  onDone: (said?: string) => void;
}

function NoteForm({ note, range, utc, onDone }: FormProps) {
  const [text, setText] = useState(note?.note ?? '');
  const [initial] = useState(() =>
    toLocalInput(note ? Date.parse(note.date) : Math.min(Date.now(), range.to * 1000 - 60_000), utc),
  );
  const [at, setAt] = useState(initial);
  const save = async () => {
    // The field knows no seconds, and of an hour that comes twice only the first: who leaves it, leaves the moment.
    const date = note && at === initial ? Date.parse(note.date) : fromLocalInput(at, utc);
    const body = { note: text, date: Math.floor(date / 1000) };
    if (note) await change('patch', '/data/v1/annotations/{id}', { path: { id: note.id }, body });
    else await change('post', '/data/v1/annotations', { body });
    onDone(note ? 'The annotation is changed.' : 'The annotation is on the charts.');
  };
  return (
    <Form submit="Save" onSubmit={save} onCancel={() => onDone()}>
      <TextInput label="Note" name="note" rows={3} required value={text} onInput={setText} />
      <TextInput
        label={utc ? 'Moment, in UTC' : 'Moment'}
        name="date"
        type="datetime-local"
        required
        value={at}
        onInput={setAt}
      />
    </Form>
  );
}

function Removal({ note, utc, onDone }: { note: Note; utc: boolean; onDone: (said?: string) => void }) {
  const remove = async () => {
    await change('delete', '/data/v1/annotations/{id}', { path: { id: note.id } });
    onDone('The annotation is deleted.');
  };
  return (
    <Form submit="Delete" danger onSubmit={remove} onCancel={() => onDone()}>
      <p class="annotations-note">
        <Time at={note.date} utc={utc} /> · {note.note}
      </p>
    </Form>
  );
}
