import './combobox.css';
import { type Option, PickList } from './picklist';
import { Popover } from './popover';

interface ComboboxProps {
  label: string;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
  /** Called while somebody types, where the server searches. */
  onSearch?: (text: string) => void;
  loading?: boolean;
  /** Whether what is typed can be picked though it is not in the list. */
  free?: boolean;
  placeholder?: string;
  disabled?: boolean;
}

/** A button that shows what is chosen, and opens the list to search. */
export function Combobox({
  label,
  value,
  options,
  onChange,
  placeholder = 'Choose',
  disabled,
  ...list
}: ComboboxProps) {
  const chosen = options.find((option) => option.value === value)?.label ?? value;
  return (
    <Popover
      class="button combobox"
      label={`${label}: ${chosen || placeholder}`}
      disabled={disabled}
      button={
        <>
          <span class="combobox-value">{chosen || placeholder}</span>
          <span aria-hidden="true">▾</span>
        </>
      }
    >
      {(close) => (
        <PickList
          {...list}
          label={label}
          options={options}
          selected={value}
          onPick={(picked) => {
            close();
            if (picked !== value) onChange(picked);
          }}
        />
      )}
    </Popover>
  );
}
