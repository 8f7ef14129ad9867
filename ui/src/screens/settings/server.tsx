import { ask, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { formatBytes } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Panel } from '../../kit/panel';
import { Table } from '../../kit/table';

type Setting = RowOf<'/system/v1/settings'>;

const first = 'Retention';

const examples = `playhead serve --view-retention 8760h
PLAYHEAD_VIEW_RETENTION=8760h playhead serve
echo 'view-retention = "8760h"' >> playhead.toml`;

/** What the server was started with: how long it keeps what, and all else. */
export function Server() {
  const question = ask('/system/v1/settings');
  const known = useAnswer(question);
  const groups = [...new Set([first, ...(known.data?.data ?? []).map((one) => one.group)])];
  return (
    <div class="settings-server">
      <Panel title="How to change a setting">
        <p class="settings-text">
          Settings are read when the server starts: change one where it was set, and start the server again. A flag goes
          before a variable of the environment, and that before the file of settings that <code>--config</code> names.
        </p>
        <pre class="settings-code settings-code-short">{examples}</pre>
      </Panel>
      {groups.map((group) => (
        <Panel
          key={group}
          title={group}
          flush
          known={known}
          question={question}
          minHeight={group === first ? '14rem' : undefined}
        >
          <Table
            caption={`Settings of ${group}`}
            rows={known.data?.data.filter((one) => one.group === group)}
            rowKey={(one) => one.name}
            columns={[
              { key: 'name', title: 'Setting', cell: (one) => <Name setting={one} /> },
              { key: 'value', title: 'Value', cell: (one) => <Value setting={one} /> },
              {
                key: 'default',
                title: 'Default',
                cell: (one) => <code class="settings-value">{shown(one, one.default) || '–'}</code>,
              },
              { key: 'help', title: 'What it does', cell: (one) => <span class="settings-help">{one.help}</span> },
            ]}
          />
        </Panel>
      ))}
    </div>
  );
}

function Name({ setting }: { setting: Setting }) {
  return (
    <code class="settings-key" title={setting.variable}>
      {setting.name}
    </code>
  );
}

function Value({ setting }: { setting: Setting }) {
  if (setting.secret) return setting.set ? <Badge kind="plain">set, not shown</Badge> : <>–</>;
  const text = shown(setting, setting.value ?? '');
  return (
    <span class="settings-buttons">
      <code class="settings-value">{text || '–'}</code>
      {setting.set && <Badge kind="plain">set</Badge>}
    </span>
  );
}

/** Hours as days where there are many of them, and bytes by the thousand. */
function shown({ type }: Setting, value: string): string {
  const hours = /^(\d+)h$/.exec(value);
  if (type === 'duration' && hours && Number(hours[1]) >= 48 && Number(hours[1]) % 24 === 0) {
    return `${value} (${Number(hours[1]) / 24} days)`;
  }
  if (type === 'bytes' && Number(value) >= 1000) return `${value} (${formatBytes(Number(value))})`;
  return value;
}
