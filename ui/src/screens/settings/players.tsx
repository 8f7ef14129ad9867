import { CopyButton } from '../../kit/copy';
import { Tabs } from '../../kit/tabs';
import { useParam } from '../../state/scope';
import { domainOf, obstacles, snippets } from './snippets';

/** What to write so that players send beacons here, for each SDK. */
export function Players({ envKey, url }: { envKey: string; url: string }) {
  const list = snippets({ key: envKey, domain: domainOf(url), url });
  const [sdk, setSdk] = useParam('sdk', 'html5');
  const chosen = list.find((one) => one.id === sdk) ?? (list[0] as (typeof list)[number]);
  return (
    <>
      <p class="settings-text">
        Players that send to Mux Data send here once they have this domain and this key: <code>{domainOf(url)}</code>,{' '}
        <code>{envKey}</code>.
      </p>
      {obstacles(url).map((text) => (
        <p key={text} class="settings-warning">
          {text}
        </p>
      ))}
      <Tabs label="SDK" tabs={list} selected={chosen.id} onSelect={(id) => setSdk(id, { replace: true })}>
        <div class="settings-snippet">
          {chosen.install && <Code label="Install" text={chosen.install} />}
          <Code label={`${chosen.title}, ${chosen.language}`} text={chosen.code} />
          <p class="settings-text">{chosen.note}</p>
        </div>
      </Tabs>
    </>
  );
}

function Code({ label, text }: { label: string; text: string }) {
  return (
    <div class="settings-code-box">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="settings-code-scroll" tabIndex={0} aria-label={label}>
        <pre class="settings-code">
          <code>{text}</code>
        </pre>
      </section>
      <CopyButton text={text} />
    </div>
  );
}
