import './settings.css';
import type { ComponentType } from 'preact';
import { go, usePlace } from '../../app/router';
import type { Permission } from '../../app/session';
import { Needs } from '../../kit/may';
import { Tabs } from '../../kit/tabs';
import { link } from '../../state/scope';
import { Categories } from './categories';
import { Channels } from './channels';
import { Environments } from './environments';
import { Ingest } from './ingest';
import { Server } from './server';
import { SigningKeys } from './signingkeys';
import { Tokens } from './tokens';

const tabs: { id: string; title: string; permission: Permission; component: ComponentType }[] = [
  { id: 'environments', title: 'Environments', permission: 'system:read', component: Environments },
  { id: 'ingest', title: 'Ingest health', permission: 'system:read', component: Ingest },
  { id: 'tokens', title: 'Tokens', permission: 'system:read', component: Tokens },
  { id: 'signing-keys', title: 'Signing keys', permission: 'system:read', component: SigningKeys },
  { id: 'channels', title: 'Notification channels', permission: 'system:read', component: Channels },
  { id: 'error-categories', title: 'Error categories', permission: 'data:read', component: Categories },
  { id: 'server', title: 'Retention and settings', permission: 'system:read', component: Server },
];

/** Who sends, who reads, who is told, and what the server was started with. */
export function Settings({ id }: { id: string }) {
  const place = usePlace();
  const tab = tabs.find((one) => one.id === id) ?? (tabs[0] as (typeof tabs)[number]);
  return (
    <div class="screen">
      <h1>Settings</h1>
      <Tabs
        label="Settings"
        tabs={tabs}
        selected={tab.id}
        onSelect={(next) => go(link(place, next === 'environments' ? 'settings' : `settings/${next}`))}
      >
        <div class="screen">
          <Needs permission={tab.permission}>
            <tab.component />
          </Needs>
        </div>
      </Tabs>
    </div>
  );
}
