import './toast.css';
import { render } from 'preact';
import { wordsOf } from '../api/client';

let place: HTMLElement | undefined;
let shown: { id: number; text: string; bad: boolean }[] = [];
let last = 0;

/** Says shortly, at the edge of the window and to those who hear the page, that something was done. */
export function toast(text: string, { bad = false } = {}) {
  if (!place) {
    place = document.createElement('div');
    place.className = 'toasts';
    place.setAttribute('role', 'status');
    document.body.append(place);
  }
  const id = ++last;
  shown = [...shown.slice(-2), { id, text, bad }];
  // The region has to be there before what it says.
  requestAnimationFrame(draw);
  setTimeout(() => {
    shown = shown.filter((one) => one.id !== id);
    draw();
  }, 6_000);
}

/** Says what went wrong with what somebody did. */
export const toastError = (error: unknown) => toast(wordsOf(error), { bad: true });

function draw() {
  render(
    shown.map((one) => (
      <p key={one.id} class={one.bad ? 'toast toast-bad' : 'toast'}>
        {one.text}
      </p>
    )),
    place as HTMLElement,
  );
}
