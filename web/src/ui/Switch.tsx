import { Switch as Base } from "@base-ui/react/switch";

interface Props {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
}

/** On or off, with its words beside it. */
export function Switch({ checked, onChange, label }: Props) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch brings its own input
    <label className="flex min-h-11 cursor-pointer items-center gap-3 rounded-lg text-body">
      <Base.Root
        checked={checked}
        onCheckedChange={onChange}
        className="flex h-8 w-14 shrink-0 rounded-full border-2 border-soft bg-well p-0.5 transition-colors duration-150 data-checked:border-press data-checked:bg-press forced-colors:forced-color-adjust-none forced-colors:border-[ButtonText] forced-colors:bg-[ButtonFace] forced-colors:data-checked:border-[Highlight] forced-colors:data-checked:bg-[Highlight]"
      >
        <Base.Thumb className="aspect-square h-full rounded-full bg-soft transition-transform duration-150 data-checked:translate-x-6 data-checked:bg-press-ink forced-colors:bg-[ButtonText] forced-colors:data-checked:bg-[HighlightText]" />
      </Base.Root>
      {label}
    </label>
  );
}
