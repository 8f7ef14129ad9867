/** What is known of a view, field by field: titles, groups and formats come from the catalogue. */
import { useState } from 'preact/hooks';
import type { AnswerOf } from '../../api/client';
import type { Known } from '../../api/use';
import { usePlace } from '../../app/router';
import { Doc } from '../../kit/doc';
import { Checkbox } from '../../kit/form';
import { Panel } from '../../kit/panel';
import { Time } from '../../kit/time';
import { useCatalog } from '../../state/catalog';
import { filterText } from '../../state/filter';
import { link } from '../../state/scope';
import { fieldText, isKnown } from './fieldtext';

type Field = AnswerOf<'/data/v1/catalog'>['data']['view_fields'][number];
type Values = Record<string, unknown>;

interface FieldsProps {
  title: string;
  doc: string;
  known: Known<{ data: Values }>;
  /** What is asked before it. */
  before: Known<unknown>;
  /** Which fields of the catalogue. */
  which: (field: Field) => boolean;
  utc: boolean;
}

/** Fields in their groups. What is not known is left out, unless it is asked for. */
export function Fields({ title, doc, known, before, which, utc }: FieldsProps) {
  const { view_fields: fields } = useCatalog();
  const [all, setAll] = useState(false);
  const values = known.data?.data ?? {};
  const groups = new Map<string, Field[]>();
  for (const field of fields as Field[]) {
    if (!which(field) || !(all || isKnown(values[field.key]))) continue;
    groups.set(field.group, [...(groups.get(field.group) ?? []), field]);
  }
  return (
    <Panel
      title={title}
      doc={doc}
      question={known.question}
      known={[before, known]}
      minHeight="12rem"
      actions={<Checkbox label="Also what is not known" checked={all} onChange={setAll} />}
    >
      <div class="fields">
        {[...groups].map(([group, list]) => (
          <section class="fields-group" key={group} aria-label={group}>
            <h3 class="fields-title">{group}</h3>
            <dl class="facts">
              {list.map((field) => (
                <div class="facts-row" key={field.key}>
                  <dt>
                    {field.title} <Doc text={field.doc} about={field.title} />
                  </dt>
                  <dd>
                    <Value field={field} value={values[field.key]} utc={utc} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Panel>
  );
}

/** Texts of more characters than this are scrolled, such as what an error tells of itself. */
const long = 400;

/** A value; that of a dimension leads to the views that have it too. */
function Value({ field, value, utc }: { field: Field; value: unknown; utc: boolean }) {
  const place = usePlace();
  const { dimension } = useCatalog();
  if (!isKnown(value)) return <span class="soft">not known</span>;
  if (field.format === 'time') return <Time at={value as string} utc={utc} seconds />;
  const text = fieldText(field.format, value);
  if (!field.dimension || !dimension(field.dimension).filterable) {
    if (text.length <= long) return <>{text}</>;
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      <section class="fields-long" aria-label={field.title} tabIndex={0}>
        {text}
      </section>
    );
  }
  const exact = Array.isArray(value) ? `[${value.join(',')}]` : String(value);
  const filter = filterText({ op: 'is', dimension: field.dimension, value: exact });
  return (
    <a
      class="fields-value"
      href={link(place, 'views', {}, { filters: [filter] })}
      title={`Views where ${field.title} is ${text}`}
    >
      {text}
    </a>
  );
}
