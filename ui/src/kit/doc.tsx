import './doc.css';
import { Popover } from './popover';

/** A "?" that tells, in the catalogue's words, what something is. */
export function Doc({ text, about }: { text: string; about?: string }) {
  if (!text) return null;
  return (
    <Popover button="?" label={about ? `What is ${about}?` : 'What is this?'} title={text} class="doc">
      {() => <p class="doc-text">{text}</p>}
    </Popover>
  );
}
