import './secret.css';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from './button';
import { CopyButton } from './copy';
import { Dialog } from './dialog';
import { Checkbox } from './form';

/** A secret that cannot be shown again: it has to be confirmed that it is kept. */
export function Secret({
  title,
  parts,
  note,
  onClose,
}: {
  title: string;
  parts: { label: string; text: string; long?: boolean }[];
  /** What else is to be said of it. */
  note?: ComponentChildren;
  onClose: () => void;
}) {
  const [kept, setKept] = useState(false);
  return (
    <Dialog title={title} onClose={() => kept && onClose()} wide={parts.some((part) => part.long)}>
      <div class="form">
        <p class="secret-note">Copy it now: it is shown this once. {note}</p>
        {parts.map((part) => (
          <div class="secret" key={part.label}>
            <span class="secret-label">{part.label}</span>
            <code class={part.long ? 'secret-value secret-long' : 'secret-value'}>{part.text}</code>
            <CopyButton text={part.text} label={`Copy ${part.label.toLowerCase()}`} />
          </div>
        ))}
        <Checkbox label="I have copied it to where it is kept." checked={kept} onChange={setKept} />
        <p class="form-foot">
          <Button kind="primary" disabled={!kept} onClick={onClose}>
            Done
          </Button>
        </p>
      </div>
    </Dialog>
  );
}
