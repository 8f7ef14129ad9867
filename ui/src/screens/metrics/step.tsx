import '../../kit/form.css';
import type { Choice } from './choice';

/** The widths of a step that the API has, in seconds. */
const steps = { minute: 60, ten_minutes: 600, hour: 3600, day: 86_400 };

export type Step = keyof typeof steps;

const titles: Record<Step, string> = {
  minute: '1 minute',
  ten_minutes: '10 minutes',
  hour: '1 hour',
  day: '1 day of UTC',
};

/** As many steps can be drawn, and read. */
const mostSteps = 5000;

interface Props {
  choice: Choice;
  /** The length of the range. */
  seconds: number;
  /** What the server has chosen, if nobody else has. */
  used?: Step;
}

/** How wide the steps of the chart are. */
export function StepSelect({ choice, seconds, used }: Props) {
  const fit = (Object.keys(steps) as Step[]).filter(
    (step) => step === choice.step || (seconds / steps[step] < mostSteps && seconds > steps[step]),
  );
  return (
    <select
      class="input metrics-step"
      aria-label="Width of a step"
      value={choice.step}
      onChange={(event) => choice.set({ step: event.currentTarget.value })}
    >
      <option value="">{used && !choice.step ? `By range: ${titles[used]}` : 'By range'}</option>
      {fit.map((step) => (
        <option key={step} value={step}>
          {titles[step]}
        </option>
      ))}
    </select>
  );
}
