import './timepicker.css';
import { useState } from 'preact/hooks';
import { formatTime, fromLocalInput, toLocalInput } from '../format/time';
import { parseFixed, parseRange, presets, type Range, rangeText } from '../state/timeframe';
import { Button } from './button';
import { Popover } from './popover';

interface TimePickerProps {
  /** As the URL has it. */
  text: string;
  range: Range;
  utc: boolean;
  onPick: (text: string) => void;
  onZone: (utc: boolean) => void;
}

/** A range in words: "Last 24 hours", "Nov 27, 14:00 – Nov 28, 02:30", "…, so far" while it is not over. */
export function rangeWords(text: string, range: Range, utc: boolean): string {
  const relative = /^(\d+):(\w+)$/.exec(text);
  if (!relative) {
    const { from, to } = parseFixed(text) ?? range;
    return `${formatTime(from * 1000, utc)} – ${formatTime(to * 1000, utc)}${range.to < to ? ', so far' : ''}`;
  }
  const [, amount, unit] = relative as unknown as [string, string, string];
  if (text === '60:minutes') return 'Last hour';
  return amount === '1' ? `Last ${unit.replace(/s$/, '')}` : `Last ${amount} ${unit}`;
}

/** Chooses the range of time, and the zone that times are read in. */
export function TimePicker({ text, range, utc, onPick, onZone }: TimePickerProps) {
  return (
    <Popover
      class="button timepicker"
      label={`Time: ${rangeWords(text, range, utc)} ${utc ? 'UTC' : 'local'}`}
      shortcut="time"
      button={
        <>
          <span>{rangeWords(text, range, utc)}</span> <span class="timepicker-zone">{utc ? 'UTC' : 'local'}</span>
          <span aria-hidden="true">▾</span>
        </>
      }
    >
      {(close) => (
        <div class="timepicker-body">
          {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons */}
          <div class="timepicker-presets" role="group" aria-label="Ranges up to now">
            {presets.map((preset) => (
              <Button
                key={preset}
                kind="quiet"
                pressed={preset === text}
                autofocus={preset === text}
                onClick={() => {
                  close();
                  onPick(preset);
                }}
              >
                {rangeWords(preset, parseRange(preset, 0) as Range, utc)}
              </Button>
            ))}
          </div>
          <Custom
            range={parseFixed(text) ?? range}
            utc={utc}
            onZone={onZone}
            onPick={(picked) => {
              close();
              onPick(picked);
            }}
          />
        </div>
      )}
    </Popover>
  );
}

interface CustomProps {
  range: Range;
  utc: boolean;
  onZone: (utc: boolean) => void;
  onPick: (text: string) => void;
}

function Custom({ range, utc, onZone, onPick }: CustomProps) {
  const [moments, setMoments] = useState({ from: range.from * 1000, to: range.to * 1000 });
  const wrong = !(moments.from < moments.to);
  const input = (name: 'from' | 'to', label: string) => (
    <label class="timepicker-moment">
      {label}
      <input
        class="input"
        type="datetime-local"
        value={Number.isNaN(moments[name]) ? '' : toLocalInput(moments[name], utc)}
        onChange={(event) => setMoments({ ...moments, [name]: fromLocalInput(event.currentTarget.value, utc) })}
        required
      />
    </label>
  );
  return (
    <form
      class="timepicker-custom"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) onPick(rangeText({ from: moments.from / 1000, to: moments.to / 1000 }));
      }}
    >
      {input('from', 'From')}
      {input('to', 'To, not included')}
      <p class="timepicker-wrong" role="status">
        {wrong && 'The end has to be after the begin.'}
      </p>
      <fieldset class="timepicker-zones">
        <legend class="unseen">Time zone</legend>
        <Button pressed={!utc} onClick={() => onZone(false)}>
          Local time
        </Button>
        <Button pressed={utc} onClick={() => onZone(true)}>
          UTC
        </Button>
      </fieldset>
      <Button kind="primary" type="submit" disabled={wrong}>
        Show this range
      </Button>
    </form>
  );
}
