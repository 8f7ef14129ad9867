import { useState } from 'preact/hooks';
import { change } from '../../api/client';
import { useMay } from '../../app/session';
import { Button, Form, TextInput } from '../../kit/form';
import { ReadOnly } from '../../kit/may';
import { Panel } from '../../kit/panel';
import { toast, toastError } from '../../kit/toast';
import type { ErrorType } from './kind';

interface NoteProps {
  type: ErrorType;
  onChanged: () => void;
}

/** What people write about a type of errors, for each other. */
export function Note({ type, onChanged }: NoteProps) {
  const may = useMay('data:write');
  const [draft, setDraft] = useState<string>();
  const save = async (notes: string | null) => {
    await change('patch', '/data/v1/errors/{id}', { path: { id: type.id }, body: { notes } });
    setDraft(undefined);
    toast(notes ? 'The note is saved.' : 'The note is removed.');
    onChanged();
  };
  return (
    <Panel
      title="Note"
      doc="What people write about this type of errors, for each other: it is in the API too. At most 10,000 characters."
      actions={
        may &&
        draft === undefined && (
          <Button onClick={() => setDraft(type.notes ?? '')}>{type.notes ? 'Edit' : 'Write'}</Button>
        )
      }
    >
      {draft !== undefined ? (
        <Form
          submit="Save"
          onSubmit={() => save(draft.trim() || null)}
          onCancel={() => setDraft(undefined)}
          more={
            type.notes && (
              <Button kind="danger" onClick={() => save(null).catch(toastError)}>
                Remove
              </Button>
            )
          }
        >
          <TextInput
            label="Note"
            name="notes"
            rows={4}
            value={draft}
            onInput={setDraft}
            autofocus
            placeholder="What it means, who looks after it, what helps"
          />
        </Form>
      ) : type.notes ? (
        <p class="errors-text errors-note-text">{type.notes}</p>
      ) : (
        <p class="errors-text soft">No note yet.</p>
      )}
      <div class="errors-text">
        <ReadOnly permission="data:write" what="write a note" />
      </div>
    </Panel>
  );
}
