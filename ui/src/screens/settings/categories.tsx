import { useState } from 'preact/hooks';
import { ask, change, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { useMay } from '../../app/session';
import { Badge } from '../../kit/badge';
import { Button } from '../../kit/button';
import { Dialog } from '../../kit/dialog';
import { Checkbox, Form, Select, TextInput } from '../../kit/form';
import { ReadOnly } from '../../kit/may';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { toast, toastError } from '../../kit/toast';

type Category = RowOf<'/data/v1/error-categories'>;

/** What operators say of codes of errors, whatever players say. */
export function Categories() {
  const known = useAnswer(ask('/data/v1/error-categories'));
  const write = useMay('data:write');
  const [edited, setEdited] = useState<Category | 'new'>();
  const remove = async (code: string) => {
    try {
      await change('delete', '/data/v1/error-categories/{code}', { path: { code } });
      toast(`${code} is again what players say of it.`);
      known.reload();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <>
      <Panel
        title="Error categories"
        doc="All errors with a code are what is said here, whatever players say. It holds for errors that come from now on: only fatal ones that are no business exceptions are failures."
        flush
        known={known}
        actions={write && <Button onClick={() => setEdited('new')}>New category</Button>}
      >
        <Table
          caption="Error categories"
          rows={known.data?.data}
          rowKey={(category) => category.code}
          empty={<Empty title="No categories">Errors have the severity that players report.</Empty>}
          columns={[
            { key: 'code', title: 'Code', cell: (category) => <code class="settings-key">{category.code}</code> },
            {
              key: 'severity',
              title: 'Severity',
              cell: (category) => (
                <Badge kind={category.severity === 'fatal' ? 'bad' : 'warn'}>{category.severity}</Badge>
              ),
            },
            {
              key: 'business',
              title: 'Business exception',
              doc: 'An error that is meant to be, such as a subscription that has ended.',
              cell: (category) => (category.business_exception ? 'yes' : 'no'),
            },
            ...(write
              ? [
                  {
                    key: 'do',
                    title: '',
                    cell: (category: Category) => (
                      <span class="settings-buttons">
                        <Button kind="quiet" label={`Change ${category.code}`} onClick={() => setEdited(category)}>
                          Change
                        </Button>
                        <Button kind="quiet" label={`Remove ${category.code}`} onClick={() => remove(category.code)}>
                          Remove
                        </Button>
                      </span>
                    ),
                  },
                ]
              : []),
          ]}
        />
        <ReadOnly permission="data:write" what="change categories" />
      </Panel>
      {edited && (
        <CategoryForm
          category={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
          onDone={() => {
            setEdited(undefined);
            known.reload();
          }}
        />
      )}
    </>
  );
}

function CategoryForm({ category, onClose, onDone }: { category?: Category; onClose: () => void; onDone: () => void }) {
  const [code, setCode] = useState(category?.code ?? '');
  const [severity, setSeverity] = useState(category?.severity ?? 'fatal');
  const [business, setBusiness] = useState(category?.business_exception ?? false);
  const submit = async () => {
    await change('put', '/data/v1/error-categories/{code}', {
      path: { code },
      body: { severity, business_exception: business },
    });
    onDone();
  };
  return (
    <Dialog title={category ? `Category of ${category.code}` : 'New category'} onClose={onClose}>
      <Form submit="Save" onSubmit={submit} onCancel={onClose}>
        <TextInput
          label="Code"
          name="code"
          help="As players send it."
          value={code}
          onInput={setCode}
          required
          mono
          disabled={category !== undefined}
        />
        <Select
          label="Severity"
          name="severity"
          value={severity}
          onChange={(value) => setSeverity(value as Category['severity'])}
          options={[
            { value: 'fatal', label: 'Fatal: playback has failed' },
            { value: 'warning', label: 'Warning: playback goes on' },
          ]}
        />
        <Checkbox
          label="Business exception"
          help="It is meant to be, such as a subscription that has ended: no failure of playback."
          checked={business}
          onChange={setBusiness}
        />
      </Form>
    </Dialog>
  );
}
