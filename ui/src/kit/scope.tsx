import './scope.css';
import type { ComponentChildren } from 'preact';
import { useScope } from '../state/scope';
import { Button } from './button';
import { CopyButton } from './copy';
import { FilterBar } from './filters';
import { rangeWords, TimePicker } from './timepicker';

interface ScopeBarProps {
  /** Only these dimensions can be filtered by. */
  dimensions?: string[];
  /** About the present moment: without a range. */
  realtime?: boolean;
  /** Whether the screen can compare with the period before. */
  compare?: boolean;
  /** What the screen chooses besides. */
  children?: ComponentChildren;
  /** Beside the range: what is noted about it, say. */
  side?: ComponentChildren;
}

/** What the screen is about: range, filters, comparison. All of it is in the URL. */
export function ScopeBar({ dimensions, realtime, compare = !realtime, children, side }: ScopeBarProps) {
  const scope = useScope();
  const { setScope } = scope;
  const noRange = realtime ? undefined : scope.noRange;
  return (
    <div class="scope">
      {noRange !== undefined && (
        <p class="scope-wrong" role="status">
          “{noRange}” is no range of time. {rangeWords(scope.rangeText, scope.range, scope.utc)} is shown instead.
        </p>
      )}
      <div class="scope-main">
        {children}
        <FilterBar filters={scope.filters} dimensions={dimensions} onChange={(filters) => setScope({ filters })} />
      </div>
      <div class="scope-side">
        {side}
        {compare && (
          <Button
            pressed={scope.compare}
            title="Show the period of the same length before, too"
            onClick={() => setScope({ compare: !scope.compare })}
          >
            Compare
          </Button>
        )}
        {!realtime && (
          <TimePicker
            text={scope.rangeText}
            range={scope.range}
            utc={scope.utc}
            onPick={(rangeText) => setScope({ rangeText })}
            onZone={(utc) => setScope({ utc })}
          />
        )}
        <CopyButton text={() => location.href} label="Copy link" />
      </div>
    </div>
  );
}
