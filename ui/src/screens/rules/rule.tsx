import './rules.css';
import { useState } from 'preact/hooks';
import { ask, change, Failure, get } from '../../api/client';
import { useAnswer } from '../../api/use';
import { go, usePlace } from '../../app/router';
import { useMay } from '../../app/session';
import { Confirm } from '../../kit/dialog';
import { Button, Form } from '../../kit/form';
import { ReadOnly } from '../../kit/may';
import { Panel } from '../../kit/panel';
import { ErrorBox, Skeleton } from '../../kit/states';
import { Time } from '../../kit/time';
import { toast } from '../../kit/toast';
import { useCatalog } from '../../state/catalog';
import { link, useScope } from '../../state/scope';
import type { Rule } from '../incidents/quantity';
import { Backtest } from './backtest';
import { bodyOf, type Draft, draftOf, newDraft } from './draft';
import { RuleFields } from './fields';

/** A rule that is read and edited, with what it would have done beside it. */
export function RuleScreen({ id }: { id: string }) {
  const known = useAnswer(ask('/data/v1/alert-rules/{id}', { path: { id } }));
  const rule = known.data?.data;
  return (
    <div class="screen">
      <h1>{rule ? `Rule: ${rule.name}` : 'Rule'}</h1>
      {rule ? (
        <Editor key={`${rule.id} ${rule.version}`} rule={rule} />
      ) : known.error ? (
        <ErrorBox error={known.error} retry={known.reload} />
      ) : (
        <Skeleton height="24rem" />
      )}
    </div>
  );
}

export function NewRule() {
  return (
    <div class="screen">
      <h1>New rule</h1>
      <Editor />
    </div>
  );
}

function Editor({ rule }: { rule?: Rule }) {
  const place = usePlace();
  const catalog = useCatalog();
  const { utc } = useScope();
  const may = useMay('data:write');
  const [draft, setDraft] = useState<Draft>(() => (rule ? draftOf(rule) : newDraft(catalog)));
  const [removing, setRemoving] = useState(false);
  const back = () => go(link(place, 'rules'));
  const save = async () => {
    const body = bodyOf(draft);
    if (rule) {
      await isSame(rule);
      await change('patch', '/data/v1/alert-rules/{id}', { path: { id: rule.id }, body });
    } else await change('post', '/data/v1/alert-rules', { body });
    toast(rule ? 'The rule is changed.' : 'The rule is there.');
    back();
  };
  return (
    <div class="rules-editor">
      <Panel title={rule ? 'Edit' : 'Rule'}>
        <Form
          submit={rule ? 'Save changes' : 'Create rule'}
          disabled={!may}
          onSubmit={save}
          onCancel={back}
          more={
            rule &&
            may && (
              <Button kind="danger" onClick={() => setRemoving(true)}>
                Delete …
              </Button>
            )
          }
        >
          <RuleFields draft={draft} onChange={(part) => setDraft((before) => ({ ...before, ...part }))} />
          {rule && (
            <p class="rules-edited">
              Version {rule.version}, edited <Time at={rule.updated_at} utc={utc} />. Saving closes its open incident.
            </p>
          )}
          <ReadOnly permission="data:write" what="save rules" />
        </Form>
      </Panel>
      <Backtest draft={draft} />
      {rule && removing && <Removal rule={rule} onDone={back} onClose={() => setRemoving(false)} />}
    </div>
  );
}

/** Refuses to write over what somebody else has made of a rule since it was read. */
async function isSame(rule: Rule) {
  const { version } = (await get(ask('/data/v1/alert-rules/{id}', { path: { id: rule.id } }))).data;
  if (version === rule.version) return;
  const text = `Somebody has changed this rule meanwhile: it is at version ${version}. Reload the page to see it.`;
  throw new Failure(409, [text], '');
}

function Removal({ rule, onDone, onClose }: { rule: Rule; onDone: () => void; onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const remove = async () => {
    setBusy(true);
    try {
      await change('delete', '/data/v1/alert-rules/{id}', { path: { id: rule.id } });
      toast('The rule is deleted.');
      onDone();
    } catch (failed) {
      setError(failed as Error);
      setBusy(false);
    }
  };
  return (
    <Confirm title="Delete this rule?" action="Delete" busy={busy} onConfirm={remove} onClose={onClose}>
      <p>“{rule.name}” opens no more incidents. One that is open closes; those of before stay as they are.</p>
      {error && <ErrorBox error={error} />}
    </Confirm>
  );
}
