import './exports.css';
import { useState } from 'preact/hooks';
import { type Ask, ask, asPage, failureOf, type QueryOf, server } from '../../api/client';
import { useAnswer } from '../../api/use';
import { formatCount } from '../../format/format';
import { Checkbox, Form, NumberInput, Select } from '../../kit/form';
import { Panel } from '../../kit/panel';
import { ScopeBar } from '../../kit/scope';
import { ErrorBox } from '../../kit/states';
import { useParam, useScope } from '../../state/scope';

type Query = QueryOf<'/data/v1/exports/query'>;

const formats = [
  { value: 'csv', label: 'CSV' },
  { value: 'parquet', label: 'Parquet' },
  { value: 'ndjson', label: 'NDJSON' },
];

/** The views of the scope as a file, which is made while it is downloaded. */
export function OnDemand() {
  const { query } = useScope();
  const [format, setFormat] = useParam('format', 'csv');
  const [gzip, setGzip] = useState(true);
  const [version, setVersion] = useState<number>();
  const packs = format !== 'parquet';
  const question = ask('/data/v1/exports/query', {
    query: {
      ...query,
      format: format as Query['format'],
      ...(packs && gzip && { compression: 'gzip' as const }),
      ...(version !== undefined && { version }),
    },
  });
  const list = useAnswer(ask('/data/v1/video-views', { query: { ...query, limit: 1 } }));
  const views = list.data?.total_row_count;
  return (
    <div class="screen">
      <ScopeBar compare={false} />
      <Panel
        title="Views as a file"
        doc="All views that ended in the range and match the filters, with all columns. The file is made while it is downloaded: there is no limit to its size."
        question={question}
      >
        <Form submit="Download" onSubmit={() => download(question)} disabled={views === 0}>
          <div class="exports-count" aria-live="polite">
            {list.error ? (
              <ErrorBox error={list.error} retry={list.reload} />
            ) : views === undefined ? (
              'Counting …'
            ) : views === 0 ? (
              'No view matches.'
            ) : (
              <b>
                {formatCount(views)} {views === 1 ? 'view' : 'views'}
              </b>
            )}
          </div>
          <div class="exports-fields">
            <Select label="Format" name="format" value={format} onChange={setFormat} options={formats} />
            <NumberInput
              label="Version of the columns"
              name="version"
              help="The newest by default. Older ones have fewer columns."
              value={version}
              onInput={setVersion}
              step={1}
            />
          </div>
          <Checkbox
            label="Packed with gzip"
            help={packs ? undefined : 'Parquet is packed by itself.'}
            checked={packs && gzip}
            disabled={!packs}
            onChange={setGzip}
          />
        </Form>
      </Panel>
    </div>
  );
}

/** Has the browser save the file, after it was asked whether there will be one: what is wrong is told here. */
async function download(question: Ask<unknown>) {
  const url = new URL(question.address, server).href;
  const head = await fetch(url, { method: 'HEAD', headers: asPage });
  if (!head.ok) {
    // What is wrong is in the body, which only a GET has.
    const answer = await fetch(url, { headers: asPage });
    if (!answer.ok) throw await failureOf(answer);
    await answer.body?.cancel();
  }
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}
