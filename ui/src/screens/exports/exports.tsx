import { Needs } from '../../kit/may';
import { Tabs } from '../../kit/tabs';
import { useParam } from '../../state/scope';
import { Days } from './days';
import { OnDemand } from './ondemand';
import { Streams } from './streams';

const tabs = [
  { id: 'days', title: 'Daily files' },
  { id: 'query', title: 'On demand' },
  { id: 'streams', title: 'Streams' },
];

/** How views leave: as files of whole days, as a file of what is chosen, and as messages. */
export function Exports() {
  const [tab, setTab] = useParam('tab', 'days');
  return (
    <div class="screen">
      <h1>Exports</h1>
      <div>
        <Tabs label="Ways that views leave" tabs={tabs} selected={tab} onSelect={setTab}>
          <Needs key={tab} permission={tab === 'streams' ? 'system:read' : 'data:read'}>
            {tab === 'query' ? <OnDemand /> : tab === 'streams' ? <Streams /> : <Days />}
          </Needs>
        </Tabs>
      </div>
    </div>
  );
}
