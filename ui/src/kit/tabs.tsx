import './tabs.css';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { formatCount } from '../format/format';

export interface Tab {
  id: string;
  title: string;
  count?: number;
}

interface TabsProps {
  label: string;
  tabs: Tab[];
  selected: string;
  onSelect: (id: string) => void;
  /** What the selected tab shows. */
  children?: ComponentChildren;
}

/** Views of the same thing, of which one is shown. Arrow keys go from one to the next. */
export function Tabs({ label, tabs, selected, onSelect, children }: TabsProps) {
  const id = useId();
  const at = Math.max(
    0,
    tabs.findIndex((tab) => tab.id === selected),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = (next + tabs.length) % tabs.length;
    onSelect((tabs[index] as Tab).id);
    (event.currentTarget as Element).querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map((tab, i) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-${tab.id}`}
            class="tabs-tab"
            aria-selected={i === at}
            aria-controls={children ? `${id}-panel` : undefined}
            tabIndex={i === at ? 0 : -1}
            onClick={() => onSelect(tab.id)}
          >
            {tab.title}
            {tab.count !== undefined && <span class="tabs-count">{formatCount(tab.count)}</span>}
          </button>
        ))}
      </div>
      {children && (
        <div role="tabpanel" id={`${id}-panel`} class="tabs-panel" aria-labelledby={`${id}-${tabs[at]?.id}`}>
          {children}
        </div>
      )}
    </>
  );
}
