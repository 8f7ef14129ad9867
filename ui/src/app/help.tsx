import { Dialog } from '../kit/dialog';
import type { Shortcut } from './keys';

/** The keys that do something. */
export function Help({ shortcuts, onClose }: { shortcuts: Shortcut[]; onClose: () => void }) {
  const all = [
    ...shortcuts,
    { keys: 'Esc', title: 'Close what is open, leave a field' },
    { keys: '← →', title: 'Move the cursor of a chart that has the focus' },
  ];
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="help">
        {all.map(({ keys, title }) => (
          <div class="help-line" key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{title}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
