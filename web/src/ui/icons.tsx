import type { SVGProps } from "react";

function Icon({ className = "", ...props }: SVGProps<SVGSVGElement>) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      width="1.25em"
      height="1.25em"
      aria-hidden="true"
      focusable="false"
      className={`shrink-0 ${className}`}
      {...props}
    />
  );
}

type Props = SVGProps<SVGSVGElement>;

export const Crown = (props: Props) => (
  <Icon {...props}>
    <path d="M4 18h16M4.5 15 3 6.5l5 4L12 4l4 6.5 5-4L19.500 15z" fill="currentColor" />
  </Icon>
);
export const Bot = (props: Props) => (
  <Icon {...props}>
    <rect x="4" y="8" width="16" height="11" rx="3" />
    <path d="M12 8V4M9 13v1.500M15 13v1.500M2 13v2M22 13v2" />
  </Icon>
);
export const Hand = (props: Props) => (
  <Icon {...props}>
    <path d="M8 13V5.500a1.500 1.500 0 0 1 3 0V12m0-1V4a1.500 1.500 0 0 1 3 0v8m0-6.500a1.500 1.500 0 0 1 3 0V15a6 6 0 0 1-6 6h-1c-2 0-3.500-1-4.500-2.500L4 14.500a1.600 1.600 0 0 1 2.500-1.900L8 14" />
  </Icon>
);
export const Person = (props: Props) => (
  <Icon {...props}>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 20.500a8 8 0 0 1 16 0" />
  </Icon>
);
export const Store = (props: Props) => (
  <Icon {...props}>
    <path d="M4 10v10h16V10M3 10l2-6h14l2 6M3 10a3 3 0 0 0 6 0 3 3 0 0 0 6 0 3 3 0 0 0 6 0M10 20v-5h4v5" />
  </Icon>
);
export const Down = (props: Props) => (
  <Icon {...props}>
    <path d="m6 9 6 6 6-6" />
  </Icon>
);
export const Plus = (props: Props) => (
  <Icon {...props}>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);
export const Minus = (props: Props) => (
  <Icon {...props}>
    <path d="M5 12h14" />
  </Icon>
);
export const Check = (props: Props) => (
  <Icon {...props}>
    <path d="m5 13 4.500 4.500L19 7" />
  </Icon>
);
export const Cross = (props: Props) => (
  <Icon {...props}>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
);
export const Pause = (props: Props) => (
  <Icon {...props}>
    <path d="M8 5v14M16 5v14" />
  </Icon>
);
export const Play = (props: Props) => (
  <Icon {...props}>
    <path d="M7 5l12 7-12 7z" />
  </Icon>
);
export const Clock = (props: Props) => (
  <Icon {...props}>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3 2" />
  </Icon>
);
export const Broom = (props: Props) => (
  <Icon {...props}>
    <path d="M19 4l-7 8M9.500 10.500l4 3.500c1 3-1 6-3.500 7L3 16.500c2-.5 4-2 6.500-6zM8 21l1.500-3M5 19l2-2.500" />
  </Icon>
);
export const Sound = (props: Props) => (
  <Icon {...props}>
    <path d="M4 10v4h3l5 4V6l-5 4zM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11" />
  </Icon>
);

/** What is going on in the pot, in the order in which it is shown. */
export const COOKING = [
  (props: Props) => (
    <Icon {...props}>
      <path d="M12 3c1 4 5 5.500 5 10.500a5 5 0 0 1-10 0c0-2.500 1.500-3.500 2-5.500 1.500 1 2 2 2 3.500C12.500 9.500 13 6 12 3z" />
    </Icon>
  ),
  (props: Props) => (
    <Icon {...props}>
      <path d="M3 11h12v2a5 5 0 0 1-5 5H8a5 5 0 0 1-5-5zM15 12h7M6 7c0-1.500 1-1.500 1-3M10 7c0-1.500 1-1.500 1-3" />
    </Icon>
  ),
  (props: Props) => (
    <Icon {...props}>
      <path d="M7 14v6h10v-6M7 14a4 4 0 0 1-.5-7.900 5.500 5.500 0 0 1 11 0A4 4 0 0 1 17 14M7 17h10" />
    </Icon>
  ),
  (props: Props) => (
    <Icon {...props}>
      <path d="M7 3h10M7 21h10M8 3v4l4 5 4-5V3M8 21v-4l4-5 4 5v4" />
    </Icon>
  ),
] as const;
