import { useState } from 'preact/hooks';
import { Button } from '../../kit/button';
import { CopyButton } from '../../kit/copy';
import { Dialog } from '../../kit/dialog';
import { Checkbox } from '../../kit/form';

/** A secret that cannot be shown again: it has to be confirmed that it is kept. */
export function Secret({
  title,
  parts,
  onClose,
}: {
  title: string;
  parts: { label: string; text: string; long?: boolean }[];
  onClose: () => void;
}) {
  const [kept, setKept] = useState(false);
  return (
    <Dialog title={title} onClose={() => kept && onClose()} wide={parts.some((part) => part.long)}>
      <div class="form">
        <p class="settings-text">
          Copy it now: the server does not keep what it would need to show it again. It is given up by revoking it.
        </p>
        {parts.map((part) => (
          <div class="settings-secret" key={part.label}>
            <span class="settings-secret-label">{part.label}</span>
            <code class={part.long ? 'settings-secret-text settings-secret-long' : 'settings-secret-text'}>
              {part.text}
            </code>
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
