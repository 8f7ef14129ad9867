import { useState } from 'preact/hooks';
import { ask, change } from '../../api/client';
import { useAnswer } from '../../api/use';
import { useMay } from '../../app/session';
import { Button, Checkbox, Form, Select } from '../../kit/form';
import { ReadOnly } from '../../kit/may';
import { Panel } from '../../kit/panel';
import { toast, toastError } from '../../kit/toast';
import { type ErrorType, KindBadge } from './kind';

type Severity = 'fatal' | 'warning';

interface CategoryProps {
  type: ErrorType;
  onChanged: () => void;
}

/** What an operator says of all errors with the code of a type. */
export function Category({ type, onChanged }: CategoryProps) {
  const known = useAnswer(ask('/data/v1/error-categories'));
  const may = useMay('data:write');
  const [editing, setEditing] = useState(false);
  const code = type.player_error_code;
  const category = known.data?.data.find((one) => one.code === code);
  const changed = (text: string) => {
    setEditing(false);
    toast(text);
    known.reload();
    onChanged();
  };
  return (
    <Panel
      title="Category"
      doc={
        'Whether errors with this code end playback, and whether they are meant to be. Only fatal errors that are no business exceptions count as playback failures. ' +
        'What is said here goes before what players say, and holds for all errors with the code, whatever their message.'
      }
      known={known}
      actions={may && code && !editing && known.data && <Button onClick={() => setEditing(true)}>Categorise</Button>}
    >
      {editing && code ? (
        <Editor
          code={code}
          type={type}
          set={category !== undefined}
          onClose={() => setEditing(false)}
          onChanged={changed}
        />
      ) : (
        <div class="errors-text">
          <p>
            <KindBadge type={type} /> {category ? 'as set here for all errors with the code' : 'as most players said'}
            {category && code && (
              <>
                {' '}
                <code class="errors-code">{code}</code>
              </>
            )}
          </p>
          <p class="field-help">
            {!code
              ? 'Players tell no code with it, and categories are of codes.'
              : category
                ? 'Views that ended before it was set keep what players said.'
                : may
                  ? 'Say otherwise for all errors with the code, from now on.'
                  : ''}
          </p>
          <ReadOnly permission="data:write" what="set a category" />
        </div>
      )}
    </Panel>
  );
}

interface EditorProps {
  code: string;
  type: ErrorType;
  /** Whether there is a category to remove. */
  set: boolean;
  onClose: () => void;
  onChanged: (text: string) => void;
}

function Editor({ code, type, set, onClose, onChanged }: EditorProps) {
  const [severity, setSeverity] = useState<Severity>(type.severity === 'warning' ? 'warning' : 'fatal');
  const [business, setBusiness] = useState(type.business_exception);
  const path = { code };
  return (
    <Form
      submit="Set"
      onCancel={onClose}
      onSubmit={async () => {
        await change('put', '/data/v1/error-categories/{code}', {
          path,
          body: { severity, business_exception: business },
        });
        onChanged(`Errors with the code ${code} are categorised.`);
      }}
      more={
        set && (
          <Button
            kind="danger"
            onClick={() =>
              change('delete', '/data/v1/error-categories/{code}', { path })
                .then(() => onChanged(`Errors with the code ${code} are what players say again.`))
                .catch(toastError)
            }
          >
            Leave to players
          </Button>
        )
      }
    >
      <Select
        label="Severity"
        name="severity"
        value={severity}
        onChange={(value) => setSeverity(value as Severity)}
        options={[
          { value: 'fatal', label: 'Fatal: it ends playback' },
          { value: 'warning', label: 'Warning: playback goes on' },
        ]}
      />
      <Checkbox
        label="Business exception"
        help="It is meant to be, such as a subscription that has ended."
        checked={business}
        onChange={setBusiness}
      />
      <p class="field-help">{effect(code, severity, business)}</p>
    </Form>
  );
}

/** What it changes, in words. */
function effect(code: string, severity: Severity, business: boolean): string {
  const now =
    severity === 'fatal' && !business
      ? 'count as playback failures'
      : business
        ? 'are no playback failures, and count as business exceptions'
        : 'are no playback failures: views go on with them';
  return `From now on, all errors with the code ${code} ${severity === 'warning' && business ? 'are no playback failures' : now}, whatever players say. Views that have ended stay as they are.`;
}
