// Dark or light: as the system says, unless a person chose.

import { computed, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "millrace-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
system.addEventListener("change", () => (systemDark.value = system.matches));

function kept(): Theme {
  try {
    const said = localStorage.getItem(KEPT);
    return THEMES.find((each) => each === said) ?? "system";
  } catch {
    // storage may be forbidden; the choice then lasts as long as the page
    return "system";
  }
}

export const theme = signal<Theme>(kept());
export const isDark = computed(() =>
  theme.value === "system" ? systemDark.value : theme.value === "dark",
);

isDark.subscribe((dark) => {
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
});

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  try {
    localStorage.setItem(KEPT, theme.value);
  } catch {
    // see above
  }
}
